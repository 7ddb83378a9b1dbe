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
#include <linux/mm.h>

#include "compat/user_pages.h"
#include "device.h"
#include "hold.h"
#include "page_map.h"
#include "pause.h"

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

/* Does an event forbid access, whatever calls are under way? */
static bool forbidden(struct p2p_pages *pages)
{
	lockdep_assert_held(&pages->lock);
	return atomic_read(&pages->blocked) || pages->gone;
}

/*
 * While there is a pause nothing is put into a page table; whether an event, which may
 * end at any moment, forbids access as well, only says if it is worth waiting.  A pause
 * that begins after the look at it waits for the lock, and then takes the page.
 */
static vm_fault_t touch(struct vm_fault *vmf, struct p2p_hold *hold,
			bool *paused)
{
	struct p2p_device *dev = hold->dev;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct page *page = NULL;
	bool pausing;

	down_read(&dev->pages.lock);
	pausing = p2p_paused(&dev->exporter.access);
	*paused = pausing && !forbidden(&dev->pages);
	if (!pausing)
		page = p2p_hold_page(hold, vmf->pgoff);
	if (page)
		ret = insert(vmf, page);
	up_read(&dev->pages.lock);
	return ret;
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
	const unsigned long until = jiffies + P2P_PAUSE_WAIT;
	vm_fault_t ret;
	bool paused;

	do {
		ret = touch(vmf, hold, &paused);
		if (paused)
			ret = p2p_pause_wait(vmf, &hold->dev->exporter.access,
					     until);
	} while (!ret);
	return ret;
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
