// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap of what has pages.
 *
 * Nothing is mapped before it is touched.  Then the page table gets the page
 * itself, uncached, so that all who pin pages find it there.  While an event
 * forbids access a touch gets SIGBUS, at once; while one may be about to, it waits.
 *
 * Locks: mmap_lock -> pages->lock -> those of page tables and of reclaim.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "compat/user_pages.h"
#include "device.h"
#include "hold.h"
#include "page_map.h"

static vm_fault_t insert(struct vm_fault *vmf, struct page *page)
{
	switch (vm_insert_page(vmf->vma, vmf->address, page)) {
	case 0:
	case -EBUSY: /* somebody else was faster */
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

/* How long a touch by the kernel waits */
#define P2P_PAUSE_WAIT	(2 * HZ)

/*
 * A write to config space is under way, which is over soon; then it is touched
 * again.  If the kernel touches it, for I/O mostly, this may be the write itself,
 * which has what it writes there: so not for ever.  A process can wait, and be
 * killed.
 */
static vm_fault_t wait_while_paused(struct vm_fault *vmf,
				    struct p2p_pages *pages)
{
	const unsigned long until = jiffies + P2P_PAUSE_WAIT;

	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;

	do {
		schedule_timeout_killable(1);
		if ((vmf->flags & FAULT_FLAG_USER) ||
		    !atomic_read(&pages->paused))
			return VM_FAULT_NOPAGE;
	} while (time_before(jiffies, until) &&
		 !fatal_signal_pending(current));
	return VM_FAULT_SIGBUS;
}

/**
 * p2p_page_map_fault - a touch
 * @vmf: of a mapping that has a hold for its private data
 *
 * Context: mmap_lock, or that of the mapping, held.
 * Return: VM_FAULT_NOPAGE: the page is there, or it is to be tried again; or another.
 */
vm_fault_t p2p_page_map_fault(struct vm_fault *vmf)
{
	struct p2p_hold *hold = vmf->vma->vm_private_data;
	struct p2p_pages *pages = &hold->dev->pages;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct page *page;
	bool paused;

	down_read(&pages->lock);
	page = p2p_hold_page(hold, vmf->pgoff);
	if (page)
		ret = insert(vmf, page);
	paused = !page && p2p_pages_only_paused(pages);
	up_read(&pages->lock);
	return paused ? wait_while_paused(vmf, pages) : ret;
}

static const struct vm_operations_struct page_map_ops = {
	.fault = p2p_page_map_fault,
};

/**
 * p2p_page_map - map what a file has into a process
 * @hold: what it has; the mapping's file holds it
 * @vma: within the file
 *
 * Context: mmap_lock held for writing.
 * Return: 0; -EINVAL: private, which would need copies.
 */
int p2p_page_map(struct p2p_hold *hold, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	p2p_vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_private_data = hold;
	vma->vm_ops = &page_map_ops;
	return 0;
}
