/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_PAGE_MAP_H
#define P2P_PAGE_MAP_H

#include <linux/mm_types.h>

struct p2p_hold;
struct vm_area_struct;
struct vm_fault;

vm_fault_t p2p_page_map_fault(struct vm_fault *vmf);
int p2p_page_map(struct p2p_hold *hold, struct vm_area_struct *vma);

#endif /* P2P_PAGE_MAP_H */
