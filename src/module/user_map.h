/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_USER_MAP_H
#define P2P_USER_MAP_H

struct p2p_buffer;
struct vm_area_struct;

int p2p_user_map(struct p2p_buffer *buf, struct vm_area_struct *vma);
void p2p_user_map_zap(struct p2p_buffer *buf);

#endif /* P2P_USER_MAP_H */
