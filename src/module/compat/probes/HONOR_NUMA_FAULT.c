// SPDX-License-Identifier: GPL-2.0-only
/*
 * FOLL_HONOR_NUMA_FAULT: get_user_pages() follows page table entries without access,
 * unless the caller says otherwise, as KVM does.
 *
 * Upstream: "mm/gup: reintroduce FOLL_NUMA as FOLL_HONOR_NUMA_FAULT" (d74943a2f3cd),
 * Linux 6.6
 * Absent: 'FOLL_HONOR_NUMA_FAULT' undeclared
 * Absent: undeclared identifier 'FOLL_HONOR_NUMA_FAULT'
 */
#include <linux/mm.h>
#include <linux/module.h>

unsigned int probe(void);
unsigned int probe(void)
{
	return FOLL_HONOR_NUMA_FAULT;
}

MODULE_LICENSE("GPL");
