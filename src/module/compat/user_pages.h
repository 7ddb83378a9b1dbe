/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables of user space; the list of differences is in compat.h. */
#ifndef P2P_USER_PAGES_H
#define P2P_USER_PAGES_H

#include <linux/mm.h>

#include "compat_config.h"

#if defined(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP) && \
	!defined(HAVE_INSERT_PFN_UNTYPED)
#include <linux/pfn_t.h>
#endif

/*
 * "mm: introduce vma->vm_flags wrapper functions" (bc292ab00f6c), Linux 6.3
 */
static inline void p2p_vm_flags_set(struct vm_area_struct *vma,
				    unsigned long flags)
{
#if defined(HAVE_VM_FLAGS_SET)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/*
 * Huge pages of device memory that has no struct pages: "mm: introduce
 * ARCH_SUPPORTS_HUGE_PFNMAP and special bits to pmd/pud" (6857be5fecae), Linux
 * 6.12.
 */
#if defined(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP)
#define P2P_HUGE_PFN

/* "mm: remove callers of pfn_t functionality" (21aa65bf82a7), Linux 6.17 */
#if defined(HAVE_INSERT_PFN_UNTYPED)
#define p2p_pfn(pfn)	(pfn)
#else
#define p2p_pfn(pfn)	__pfn_to_pfn_t(pfn, PFN_DEV)
#endif

static inline vm_fault_t p2p_insert_huge_pfn(struct vm_fault *vmf,
					     unsigned long pfn,
					     unsigned int order)
{
	/* As vfio-pci-core: whether it may be written is the mapping's matter. */
	switch (order) {
	case PMD_ORDER:
		return vmf_insert_pfn_pmd(vmf, p2p_pfn(pfn), false);
#if defined(CONFIG_ARCH_SUPPORTS_PUD_PFNMAP)
	case PUD_ORDER:
		return vmf_insert_pfn_pud(vmf, p2p_pfn(pfn), false);
#endif
	default:
		return VM_FAULT_FALLBACK;
	}
}
#endif

#endif /* P2P_USER_PAGES_H */
