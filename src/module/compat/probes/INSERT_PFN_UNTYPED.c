// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmf_insert_pfn_pmd() takes a page frame number, no pfn_t.
 *
 * Upstream: "mm: remove callers of pfn_t functionality" (21aa65bf82a7),
 * Linux 6.17
 * Absent: incompatible type for argument 2 of 'vmf_insert_pfn_pmd'
 * Absent: passing 'unsigned long' to parameter of incompatible type 'pfn_t'
 */
#include <linux/mm.h>
#include <linux/module.h>

vm_fault_t probe(struct vm_fault *vmf, unsigned long pfn);
vm_fault_t probe(struct vm_fault *vmf, unsigned long pfn)
{
	return vmf_insert_pfn_pmd(vmf, pfn, false);
}

MODULE_LICENSE("GPL");
