/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_PIN_MAP_H
#define P2P_PIN_MAP_H

struct p2p_hold;
struct vm_area_struct;

int p2p_pin_map(struct p2p_hold *hold, struct vm_area_struct *vma);

#endif /* P2P_PIN_MAP_H */
