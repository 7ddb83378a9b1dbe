/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables of user space; the list of differences is in compat.h. */
#ifndef P2P_USER_PAGES_H
#define P2P_USER_PAGES_H

#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>

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
	/*
	 * An entry that is there already is made writable only if this says that
	 * the touch is a write; if not, the touch would come back for ever, where
	 * the mapping makes its entries read-only first (soft-dirty).
	 * vfio-pci-core always says that it is none.
	 */
	const bool write = vmf->flags & FAULT_FLAG_WRITE;

	switch (order) {
	case PMD_ORDER:
		return vmf_insert_pfn_pmd(vmf, p2p_pfn(pfn), write);
#if defined(CONFIG_ARCH_SUPPORTS_PUD_PFNMAP)
	case PUD_ORDER:
		return vmf_insert_pfn_pud(vmf, p2p_pfn(pfn), write);
#endif
	default:
		return VM_FAULT_FALLBACK;
	}
}
#endif

/*
 * A type of memory that is other than the kernel's own mapping has it: on x86 all
 * functions that insert PFNs give the one that is there already, which is uncached
 * for what vfio-pci-core has mapped.  i915 does it this way for the same reason.
 * Neither type is cached, so that the two can be side by side.
 */
#define P2P_HAS_INSERT_AS_IS	IS_ENABLED(CONFIG_ARCH_HAS_PTE_SPECIAL)

/**
 * struct p2p_entries - page table entries to make
 * @mm: whose
 * @pfn: of the next
 * @prot: of all
 */
struct p2p_entries {
	struct mm_struct *mm;
	unsigned long pfn;
	pgprot_t prot;
};

static inline int p2p_make_entry(pte_t *pte, unsigned long addr, void *data)
{
	struct p2p_entries *entries = data;

#if P2P_HAS_INSERT_AS_IS
	/* Somebody else may have been faster. */
	if (pte_none(ptep_get(pte)))
		set_pte_at(entries->mm, addr, pte,
			   pte_mkspecial(pfn_pte(entries->pfn, entries->prot)));
#endif
	entries->pfn++;
	return 0;
}

/* Within a PFN mapping.  Return: 0 or -ENOMEM. */
static inline int p2p_insert_as_is(struct vm_area_struct *vma,
				   unsigned long addr, unsigned long pfn,
				   unsigned long nr)
{
	struct p2p_entries entries = {
		.mm = vma->vm_mm,
		.pfn = pfn,
		.prot = vma->vm_page_prot,
	};

	return apply_to_page_range(vma->vm_mm, addr, nr << PAGE_SHIFT,
				   p2p_make_entry, &entries);
}

/*
 * Page table entries without access, as those of PROT_NONE: to the CPU they are not
 * there, but who pins pages finds the page.  Not so where entries of that kind are
 * taken for hints of NUMA balancing, see probes/HONOR_NUMA_FAULT.c: there a pin would
 * wait for ever.
 */
#if defined(CONFIG_X86_64) && \
	(defined(HAVE_HONOR_NUMA_FAULT) || !defined(CONFIG_NUMA_BALANCING))
#define P2P_HAS_NO_ACCESS	true
#else
#define P2P_HAS_NO_ACCESS	false
#endif

/*
 * Bits of task_struct.flags: threads of the kernel, of a process or not.  "fork, vhost:
 * Use CLONE_THREAD to fix freezer/ps regression" (f9010dbdce91), Linux 6.4, has the last.
 */
#if defined(PF_USER_WORKER)
#define P2P_PF_WORKER	(PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER)
#else
#define P2P_PF_WORKER	(PF_KTHREAD | PF_IO_WORKER)
#endif

/*
 * A CPU with L1TF may follow an entry without access (PROT_NONE).  For it not to find
 * data there the address in it is inverted, which leads beyond all memory; but from the
 * other half of the address space it leads into memory.  As pfn_modify_allowed() of the
 * kernel, which mprotect() asks.
 */
static inline bool p2p_no_access_is_safe(phys_addr_t last)
{
#if defined(CONFIG_X86_64)
	return !boot_cpu_has_bug(X86_BUG_L1TF) ||
	       PHYS_PFN(last) < l1tf_pfn_limit();
#else
	return true;
#endif
}

static inline pgprot_t p2p_prot_no_access(pgprot_t prot)
{
#if defined(CONFIG_X86_64)
	return __pgprot((pgprot_val(prot) & ~_PAGE_PRESENT) | _PAGE_PROTNONE);
#else
	return prot;
#endif
}

#endif /* P2P_USER_PAGES_H */
