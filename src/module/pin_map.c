// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap of what only an IOMMU's owner may have: iommufd finds the pages by its address,
 * and nobody else does.
 *
 * Each pin begins with a fault, for there is nothing in the page tables before.  The
 * fault handler knows who it is for:
 *
 *   who				by			gets
 *   CPU, and the kernel for it		no PF_MEMALLOC_PIN	SIGBUS, EFAULT
 *     (read, write)
 *   who pins for a moment: O_DIRECT,	no PF_MEMALLOC_PIN	EFAULT
 *     KVM, vmsplice
 *   other processes, ptrace, type 1	FAULT_FLAG_REMOTE	EFAULT
 *   who pins for long, but for	its system call		EFAULT
 *     iommufd (io_uring, AF_XDP)
 *   iommufd				none of these		the page
 *
 * PF_MEMALLOC_PIN is set while FOLL_LONGTERM is served, and only then; pinner.c tells who
 * it is.
 *
 * Then the page is in the page table for a moment, for who pins to find it there.  Its
 * entry gives no access, so that the CPU sees none: a touch faults again and again,
 * until a work item has taken the entry away, and then gets what is said above.  The
 * kernel's own view of such entries is that of NUMA balancing; where that is built in
 * KVM does not follow them.  Who else pins in that moment gets the page.  Type 1 must
 * not: it never lets go of a page that is PG_reserved, see hold.c, and to clear that
 * bit would have it, and KVM, take vfio's own mmap of the BAR for memory.  But it
 * calls for the page by the same means as iommufd, so that only a fault tells them
 * apart; SECURITY.md has what an owner can do to itself by that.
 *
 * Protection: what mmap() makes of vm_page_prot after us has access, and what
 * clear_refs makes of it is not even writable.  So it is made anew with each fault,
 * where only faults can be about to do the same; and mprotect() is refused.
 *
 * Locks: as page_map.c.
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include "compat/user_pages.h"
#include "hold.h"
#include "page_map.h"
#include "pin_map.h"
#include "pinner.h"

static bool pins_for_iommu(const struct vm_fault *vmf)
{
	return (current->flags & PF_MEMALLOC_PIN) &&
	       !(vmf->flags & (FAULT_FLAG_USER | FAULT_FLAG_REMOTE)) &&
	       p2p_pinner_is_iommufd();
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pgprot_t prot;
	vm_fault_t ret;

	if (!pins_for_iommu(vmf))
		return VM_FAULT_SIGBUS;

	prot = pgprot_noncached(vm_get_page_prot(vma->vm_flags));
	WRITE_ONCE(vma->vm_page_prot, p2p_prot_no_access(prot));
	ret = p2p_page_map_fault(vmf);
	if (ret == VM_FAULT_NOPAGE)
		p2p_hold_zap_soon(vma->vm_private_data);
	return ret;
}

static int refuse_mprotect(struct vm_area_struct *vma, unsigned long start,
			   unsigned long end, unsigned long flags)
{
	return -EACCES;
}

static const struct vm_operations_struct pin_map_ops = {
	.fault = fault,
	.mprotect = refuse_mprotect,
};

/**
 * p2p_pin_map - map what a file has, for iommufd to pin it
 * @hold: what it has, for an IOMMU; the mapping's file holds it
 * @vma: within the file
 *
 * Context: mmap_lock held for writing.
 * Return: 0; -EINVAL: private, which would need copies; -EPERM: executable.
 */
int p2p_pin_map(struct p2p_hold *hold, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;

	p2p_vm_flags_set(vma, VM_MIXEDMAP | VM_DONTCOPY | VM_DONTEXPAND |
			      VM_DONTDUMP);
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_private_data = hold;
	vma->vm_ops = &pin_map_ops;
	return 0;
}
