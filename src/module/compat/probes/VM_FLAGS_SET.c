// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm_flags_set(): how a driver changes the flags of a mapping.
 *
 * Upstream: "mm: introduce vma->vm_flags wrapper functions" (bc292ab00f6c),
 * Linux 6.3
 * Absent: implicit declaration of function 'vm_flags_set'
 * Absent: undeclared function 'vm_flags_set'
 */
#include <linux/mm.h>
#include <linux/module.h>

void probe(struct vm_area_struct *vma);
void probe(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO);
}

MODULE_LICENSE("GPL");
