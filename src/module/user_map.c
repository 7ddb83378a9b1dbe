// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap of a dma-buf: the CPU sees its ranges, one behind the other.
 *
 * Nothing is mapped before it is touched.  A revoke takes the pages away, and the
 * next touch then gets SIGBUS; after a restore it gets the memory again.
 *
 * What has pages is mapped otherwise, see page_map.c.
 *
 * Locks: mmap_lock -> dma_resv -> i_mmap_rwsem, which is the order that dma_resv
 * teaches lockdep.
 */
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "access.h"
#include "buffer.h"
#include "compat/user_pages.h"
#include "mapping.h"
#include "pause.h"
#include "user_map.h"

/* The range that has page @page of the dma-buf: the last that begins before it. */
static unsigned int find_range(const struct p2p_buffer *buf, pgoff_t page)
{
	unsigned int low = 0, high = buf->ranges->nr;

	while (high - low > 1) {
		unsigned int middle = low + (high - low) / 2;

		if (buf->first_pages[middle] <= page)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static pgoff_t first_page(const struct p2p_buffer *buf, unsigned int range)
{
	return range ? buf->first_pages[range] : 0;
}

/**
 * struct place - where a page of the dma-buf is
 * @pfn: its page frame
 * @before: pages of the same range before it
 * @after: pages of the same range from it on
 */
struct place {
	unsigned long pfn;
	unsigned long before;
	unsigned long after;
};

static struct place find_place(const struct p2p_buffer *buf, pgoff_t page)
{
	unsigned int nr = find_range(buf, page);
	const struct vfio_p2p_phys_range *range = &buf->ranges->range[nr];
	unsigned long before = page - first_page(buf, nr);

	return (struct place) {
		.pfn = PHYS_PFN(range->start) + before,
		.before = before,
		.after = (range->length >> PAGE_SHIFT) - before,
	};
}

#ifdef P2P_HUGE_PFN
/*
 * The huge page around the touched one, if the mapping and the range have all of
 * it, and virtual and physical address are aligned alike.
 */
static vm_fault_t insert_huge(struct vm_fault *vmf, struct place place,
			      unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	const unsigned long pages = 1UL << order;
	const unsigned long size = PAGE_SIZE << order;
	const unsigned long start = ALIGN_DOWN(vmf->address, size);
	const unsigned long into = (vmf->address - start) >> PAGE_SHIFT;

	if (start < vma->vm_start || vma->vm_end - start < size ||
	    place.before < into || place.after < pages - into ||
	    !IS_ALIGNED(place.pfn - into, pages))
		return VM_FAULT_FALLBACK;
	return p2p_insert_huge_pfn(vmf, place.pfn - into, order);
}
#else
static vm_fault_t insert_huge(struct vm_fault *vmf, struct place place,
			      unsigned int order)
{
	return VM_FAULT_FALLBACK;
}
#endif

/* All of the range around the touched page that is in the same page table */
static vm_fault_t insert_write_combined(struct vm_fault *vmf,
					struct place place)
{
	const unsigned long table = ALIGN_DOWN(vmf->address, PMD_SIZE);
	const unsigned long start = max(table, vmf->vma->vm_start);
	const unsigned long end = min(table + PMD_SIZE, vmf->vma->vm_end);
	const unsigned long before = min((vmf->address - start) >> PAGE_SHIFT,
					 place.before);
	const unsigned long after = min((end - vmf->address) >> PAGE_SHIFT,
					place.after);

	if (p2p_insert_as_is(vmf->vma, vmf->address - (before << PAGE_SHIFT),
			     place.pfn - before, before + after))
		return VM_FAULT_OOM;
	return VM_FAULT_NOPAGE;
}

static vm_fault_t insert(struct vm_fault *vmf, const struct p2p_buffer *buf,
			 unsigned int order)
{
	struct place place = find_place(buf, vmf->pgoff);

	if (order)
		return buf->write_combined ? VM_FAULT_FALLBACK :
					     insert_huge(vmf, place, order);
	if (buf->write_combined)
		return insert_write_combined(vmf, place);
	return vmf_insert_pfn(vmf->vma, vmf->address, place.pfn);
}

/*
 * Not revoked, its device is open.  But after a write to config space nobody may have
 * come yet to revoke it.
 */
static bool may_touch(const struct p2p_buffer *buf)
{
	dma_resv_assert_held(&buf->resv);
	return !buf->revoked && buf->access->decodes(buf->access);
}

/* A signal ends the wait of a process; without it the touch comes back. */
static bool lock_for(const struct vm_fault *vmf, struct p2p_buffer *buf)
{
	if (vmf->flags & FAULT_FLAG_USER)
		return !dma_resv_lock_interruptible(&buf->resv, NULL);
	dma_resv_lock(&buf->resv, NULL);
	return true;
}

static vm_fault_t huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct p2p_buffer *buf = vmf->vma->vm_private_data;
	const unsigned long until = jiffies + P2P_PAUSE_WAIT;
	vm_fault_t ret;
	bool paused;

	do {
		if (!lock_for(vmf, buf))
			return VM_FAULT_NOPAGE;
		ret = VM_FAULT_SIGBUS;
		paused = !buf->revoked && p2p_paused(buf->access);
		if (!paused && may_touch(buf))
			ret = insert(vmf, buf, order);
		dma_resv_unlock(&buf->resv);
		if (paused)
			ret = p2p_pause_wait(vmf, buf->access, until);
	} while (!ret);
	return ret;
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	return huge_fault(vmf, 0);
}

static const struct vm_operations_struct user_map_ops = {
	.fault = fault,
#ifdef P2P_HUGE_PFN
	.huge_fault = huge_fault,
#endif
};

/* The first page of each range, for the search. */
static pgoff_t *count_pages(const struct p2p_phys_ranges *ranges)
{
	pgoff_t *first, page = 0;
	unsigned int i;

	first = kvmalloc_array(ranges->nr, sizeof(*first), GFP_KERNEL_ACCOUNT);
	if (!first)
		return NULL;

	for (i = 0; i < ranges->nr; i++) {
		first[i] = page;
		page += ranges->range[i].length >> PAGE_SHIFT;
	}
	return first;
}

/*
 * Only dma-bufs that are mapped pay for it.  Of two first mmaps at once the
 * slower throws its table away: Linux 6.2 to 6.4 call this with the reservation
 * lock held and others without, so no lock can be taken.
 */
static int make_first_pages(struct p2p_buffer *buf)
{
	pgoff_t *first;

	if (buf->ranges->nr == 1 || READ_ONCE(buf->first_pages))
		return 0;

	first = count_pages(buf->ranges);
	if (!first)
		return -ENOMEM;
	if (cmpxchg(&buf->first_pages, NULL, first))
		kvfree(first);
	return 0;
}

/**
 * p2p_user_map - map a dma-buf into a process
 * @buf: the dma-buf; the mapping's file holds it
 * @vma: checked against its size by the dma-buf core
 *
 * The memory is uncached, or write-combined, and can't be pinned, as with mmap of a
 * vfio device.  A revoked dma-buf can be mapped, and touched once it is restored.
 *
 * Context: mmap_lock held for writing.
 * Return: 0; -EINVAL: private, which would need copies; -ENOMEM.
 */
int p2p_user_map(struct p2p_buffer *buf, struct vm_area_struct *vma)
{
	int ret;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	ret = make_first_pages(buf);
	if (ret)
		return ret;

	/* Counted before others that map it take that for granted. */
	atomic_inc(&buf->access->mmapped);
	if (xchg(&buf->mmapped, true))
		atomic_dec(&buf->access->mmapped);

	p2p_vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	if (buf->write_combined)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	else
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_page_prot = pgprot_decrypted(vma->vm_page_prot);
	vma->vm_private_data = buf;
	vma->vm_ops = &user_map_ops;
	return 0;
}

/**
 * p2p_user_map_zap - take the memory away from all processes
 * @buf: revoked, or its device paused, so that no touch gets it back
 *
 * A mapping that is being made has no pages yet.
 *
 * Context: may sleep; reservation lock held.
 */
void p2p_user_map_zap(struct p2p_buffer *buf)
{
	struct address_space *mapping = buf->inode->i_mapping;

	dma_resv_assert_held(&buf->resv);
	if (mapping_mapped(mapping))
		unmap_mapping_range(mapping, 0, 0, 1);
}
