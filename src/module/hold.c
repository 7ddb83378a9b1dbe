// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a file has of the pools of a BAR: one slice, for ALLOC, which it may share with
 * other files if that is for an IOMMU; or one for each
 * piece of the ranges of a dma-buf that lies in one pool.
 *
 * The file comes first, and then its slices, as long as nobody else has it: once a
 * slice is taken it has an inode by which it can be zapped.
 */
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "device.h"
#include "hold.h"
#include "mapping.h"
#include "pool.h"
#include "slice.h"

/* How soon nobody but who has pinned its pages has them. */
#define P2P_ZAP_DELAY	msecs_to_jiffies(10)

static void zap_now(struct work_struct *work)
{
	p2p_hold_zap(container_of(work, struct p2p_hold, zap.work));
}

/**
 * p2p_hold_create - for a file that is about to be made
 * @dev: the device
 * @iommu: what it is to have is for an IOMMU's mappings only
 *
 * Return: one without slices, or NULL.
 */
struct p2p_hold *p2p_hold_create(struct p2p_device *dev, bool iommu)
{
	struct p2p_hold *hold = kzalloc(sizeof(*hold), GFP_KERNEL_ACCOUNT);

	if (!hold)
		return NULL;
	hold->dev = dev;
	hold->iommu = iommu;
	INIT_LIST_HEAD(&hold->node);
	INIT_DELAYED_WORK(&hold->zap, zap_now);
	p2p_access_get(&dev->exporter.access);
	return hold;
}

/**
 * p2p_hold_free - the file is gone
 * @hold: of it
 *
 * Context: may sleep.
 */
void p2p_hold_free(struct p2p_hold *hold)
{
	cancel_delayed_work_sync(&hold->zap);
	p2p_hold_let_go(hold);
	p2p_access_put(&hold->dev->exporter.access);
	kfree(hold);
}

/**
 * p2p_hold_set_inode - the file was made
 * @hold: without slices
 * @inode: of the file, which nobody has yet
 *
 * Memory of a file system on persistent memory (DAX) can't be pinned for long
 * (FOLL_LONGTERM), and that is what the kernel takes this for: EOPNOTSUPP.  It has
 * to, for vfio's type 1 IOMMU: what that has pinned it does not let go of if the
 * page is PG_reserved, as all of ZONE_DEVICE are.  To clear that bit is no way out:
 * by it KVM knows that it must not map a page as cached memory.  Who looks for
 * pages without a lock may not see it, but type 1 does not do so.
 *
 * What is for an IOMMU has to be pinned for long.  There type 1 is told by its faults,
 * see pin_map.c.
 */
void p2p_hold_set_inode(struct p2p_hold *hold, struct inode *inode)
{
	if (!hold->iommu)
		inode->i_flags |= S_DAX;
	hold->inode = inode;
}

static void add_slice(struct p2p_hold *hold, struct p2p_slice *slice,
		      pgoff_t file_page)
{
	slice->file_page = file_page;
	slice->held = true;
	hold->slices[hold->nr++] = slice;
}

/* What is pinned still is freed later; see p2p_pool_sweep(). */
static void let_go_locked(struct p2p_hold *hold)
{
	unsigned int i;

	lockdep_assert_held_write(&hold->dev->pages.lock);
	for (i = 0; i < hold->nr; i++) {
		struct p2p_slice *slice = hold->slices[i];

		slice->held = false;
		if (slice->shared || !p2p_slice_in_use(slice))
			p2p_slice_free(slice);
	}
	list_del_init(&hold->node);
	hold->nr = 0;
	kvfree(hold->slices);
	hold->slices = NULL;
}

/**
 * p2p_hold_let_go - give back what is not in use, and the rest soon
 * @hold: its mappings are gone, or it is closed
 *
 * Context: may sleep.
 */
void p2p_hold_let_go(struct p2p_hold *hold)
{
	struct p2p_pages *pages = &hold->dev->pages;

	down_write(&pages->lock);
	let_go_locked(hold);
	up_write(&pages->lock);
}

static int make_room(struct p2p_hold *hold, unsigned int nr)
{
	hold->slices = kvmalloc_array(nr, sizeof(*hold->slices),
				      GFP_KERNEL_ACCOUNT);
	return hold->slices ? 0 : -ENOMEM;
}

static struct p2p_slice *take_anywhere(struct p2p_pool *pool, unsigned long nr)
{
	unsigned long first;

	/* The functions of bitmaps count with 32 bits. */
	if (nr > pool->nr)
		return ERR_PTR(-ENOSPC);

	p2p_pool_sweep(pool);
	first = bitmap_find_next_zero_area(pool->taken, pool->nr, 0, nr, 0);
	if (first >= pool->nr)
		return ERR_PTR(-ENOSPC);
	return p2p_slice_take(pool, first, nr);
}

/* From the first pool of the BAR that has room. */
static struct p2p_slice *take_from_any(struct p2p_pages *pages,
				       unsigned int bar, unsigned long nr)
{
	struct p2p_slice *slice = ERR_PTR(-ENOENT);
	struct p2p_pool *pool;

	list_for_each_entry(pool, &pages->pools, node) {
		if (pool->bar != bar || pool->state != P2P_POOL_LIVE ||
		    pool->iommu)
			continue;
		slice = take_anywhere(pool, nr);
		if (slice != ERR_PTR(-ENOSPC))
			break;
	}
	return slice;
}

static int take_any_locked(struct p2p_hold *hold, unsigned int bar,
			   unsigned long nr, u64 *offset)
{
	struct p2p_slice *slice;
	int ret;

	ret = make_room(hold, 1);
	if (ret)
		return ret;

	slice = take_from_any(&hold->dev->pages, bar, nr);
	if (IS_ERR(slice))
		return PTR_ERR(slice);

	add_slice(hold, slice, 0);
	list_add(&hold->node, &hold->dev->pages.holds);
	*offset = slice->pool->offset + ((u64)slice->first << PAGE_SHIFT);
	return 0;
}

/**
 * p2p_hold_take_any - take pages in a row, wherever they are
 * @hold: without slices
 * @bar: any number
 * @length: in bytes, a multiple of the page size, not zero
 * @offset: set to where in the BAR they are
 *
 * Context: may sleep.
 * Return: 0; -ENOENT: the BAR has no pages; -ENOSPC: not as many in a row; -ENOMEM.
 */
int p2p_hold_take_any(struct p2p_hold *hold, unsigned int bar, u64 length,
		      u64 *offset)
{
	struct p2p_pages *pages = &hold->dev->pages;
	int ret;

	down_write(&pages->lock);
	ret = take_any_locked(hold, bar, length >> PAGE_SHIFT, offset);
	up_write(&pages->lock);
	return ret;
}

static bool is_in(const struct p2p_pool *pool, u64 start)
{
	return start >= pool->start && start - pool->start < pool->length;
}

/* Mostly it is the one as before. */
static struct p2p_pool *find_pool(struct p2p_pages *pages, unsigned int bar,
				  u64 start, struct p2p_pool *last)
{
	struct p2p_pool *pool;

	if (last && is_in(last, start))
		return last;
	list_for_each_entry(pool, &pages->pools, node)
		if (pool->bar == bar && pool->state == P2P_POOL_LIVE &&
		    !pool->iommu && is_in(pool, start))
			return pool;
	return NULL;
}

typedef int (*piece_fn)(struct p2p_hold *hold, struct p2p_pool *pool,
			unsigned long first, unsigned long nr,
			pgoff_t file_page);

/* Go through the pieces of the ranges that lie in one pool each. */
static int walk_pieces(struct p2p_hold *hold,
		       const struct p2p_phys_ranges *ranges, piece_fn fn)
{
	struct p2p_pool *pool = NULL;
	pgoff_t file_page = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ranges->nr && !ret; i++) {
		u64 start = ranges->range[i].start;
		u64 end = start + ranges->range[i].length;

		while (start < end && !ret) {
			u64 stop;

			pool = find_pool(&hold->dev->pages, ranges->region,
					 start, pool);
			if (!pool)
				return -ENOENT;
			stop = min_t(u64, end, pool->start + pool->length);
			ret = fn(hold, pool, PHYS_PFN(start - pool->start),
				 PHYS_PFN(stop - start), file_page);
			file_page += PHYS_PFN(stop - start);
			start = stop;
			cond_resched();
		}
	}
	return ret;
}

static int count_piece(struct p2p_hold *hold, struct p2p_pool *pool,
		       unsigned long first, unsigned long nr, pgoff_t file_page)
{
	hold->nr++;
	return 0;
}

static int take_piece(struct p2p_hold *hold, struct p2p_pool *pool,
		      unsigned long first, unsigned long nr, pgoff_t file_page)
{
	struct p2p_slice *slice = p2p_slice_take(pool, first, nr);

	if (IS_ERR(slice))
		return PTR_ERR(slice);
	add_slice(hold, slice, file_page);
	return 0;
}

static void sweep_all(struct p2p_pages *pages)
{
	struct p2p_pool *pool;

	list_for_each_entry(pool, &pages->pools, node)
		p2p_pool_sweep(pool);
}

static int take_locked(struct p2p_hold *hold,
		       const struct p2p_phys_ranges *ranges)
{
	unsigned int nr;
	int ret;

	ret = walk_pieces(hold, ranges, count_piece);
	nr = hold->nr;
	hold->nr = 0;
	if (!ret)
		ret = make_room(hold, nr);
	if (ret)
		return ret;

	sweep_all(&hold->dev->pages);
	ret = walk_pieces(hold, ranges, take_piece);
	if (ret)
		let_go_locked(hold);
	else
		list_add(&hold->node, &hold->dev->pages.holds);
	return ret;
}

/**
 * p2p_hold_take - take the pages of certain ranges
 * @hold: without slices
 * @ranges: of a BAR
 *
 * Context: may sleep.
 * Return: 0; -ENOENT: not all have pages; -EBUSY: not all are free, or one is
 * there twice; -ENOMEM.
 */
int p2p_hold_take(struct p2p_hold *hold, const struct p2p_phys_ranges *ranges)
{
	struct p2p_pages *pages = &hold->dev->pages;
	int ret;

	/* Something is there twice, perhaps millions of times. */
	if (ranges->size > pci_resource_len(hold->dev->pdev, ranges->region))
		return -EBUSY;

	down_write(&pages->lock);
	ret = take_locked(hold, ranges);
	up_write(&pages->lock);
	return ret;
}

static struct p2p_pool *find_iommu_pool(struct p2p_pages *pages,
					unsigned int bar, u64 offset,
					u64 length)
{
	struct p2p_pool *pool;

	list_for_each_entry(pool, &pages->pools, node)
		if (pool->bar == bar && pool->state == P2P_POOL_LIVE &&
		    pool->iommu && offset >= pool->offset &&
		    offset - pool->offset < pool->length &&
		    length <= pool->length - (offset - pool->offset))
			return pool;
	return NULL;
}

static int share_locked(struct p2p_hold *hold, unsigned int bar, u64 offset,
			u64 length)
{
	struct p2p_pages *pages = &hold->dev->pages;
	struct p2p_slice *slice;
	struct p2p_pool *pool;
	int ret;

	pool = find_iommu_pool(pages, bar, offset, length);
	if (!pool)
		return -ENOENT;
	ret = make_room(hold, 1);
	if (ret)
		return ret;
	slice = p2p_slice_share(pool, PHYS_PFN(offset - pool->offset),
				PHYS_PFN(length));
	if (IS_ERR(slice))
		return PTR_ERR(slice);

	add_slice(hold, slice, 0);
	list_add(&hold->node, &pages->holds);
	return 0;
}

/**
 * p2p_hold_share - have a certain range, as other files may, too
 * @hold: without slices, for an IOMMU
 * @bar: any number
 * @offset: in the BAR, a multiple of the page size
 * @length: in bytes, a multiple of the page size, not zero
 *
 * Context: may sleep.
 * Return: 0; -ENOENT: that is not registered for an IOMMU; -ENOMEM.
 */
int p2p_hold_share(struct p2p_hold *hold, unsigned int bar, u64 offset,
		   u64 length)
{
	struct p2p_pages *pages = &hold->dev->pages;
	int ret;

	down_write(&pages->lock);
	ret = share_locked(hold, bar, offset, length);
	up_write(&pages->lock);
	return ret;
}

/**
 * p2p_hold_close - may the pages be had by this file
 * @hold: of the file
 * @closed: not any more
 *
 * Context: may sleep.
 */
void p2p_hold_close(struct p2p_hold *hold, bool closed)
{
	struct p2p_pages *pages = &hold->dev->pages;

	down_write(&pages->lock);
	hold->closed = closed;
	up_write(&pages->lock);
}

/*
 * All that the file has at once: each mapping is gone through, and there may be
 * as many slices as pages.
 */
static void zap(struct p2p_hold *hold)
{
	struct address_space *mapping = hold->inode->i_mapping;

	lockdep_assert_held(&hold->dev->pages.lock);
	if (mapping_mapped(mapping))
		unmap_mapping_range(mapping, 0, 0, 1);
}

/**
 * p2p_hold_zap - take its pages from all page tables
 * @hold: closed, or for an IOMMU
 *
 * Context: may sleep.
 */
void p2p_hold_zap(struct p2p_hold *hold)
{
	struct p2p_pages *pages = &hold->dev->pages;

	down_read(&pages->lock);
	if (hold->nr)
		zap(hold);
	up_read(&pages->lock);
}

/**
 * p2p_hold_zap_soon - the same, in a moment
 * @hold: for an IOMMU; some of its pages were mapped
 */
void p2p_hold_zap_soon(struct p2p_hold *hold)
{
	schedule_delayed_work(&hold->zap, P2P_ZAP_DELAY);
}

/**
 * p2p_holds_zap - take the pages of all files from all page tables
 * @pages: of a device; nobody may get one now, or nobody one of a certain pool
 *
 * Context: may sleep.
 */
void p2p_holds_zap(struct p2p_pages *pages)
{
	struct p2p_hold *hold;

	down_read(&pages->lock);
	list_for_each_entry(hold, &pages->holds, node) {
		zap(hold);
		cond_resched();
	}
	up_read(&pages->lock);
}

/**
 * p2p_hold_in_use - does anybody use one of its pages
 * @hold: zapped
 *
 * Context: may sleep; pages->lock held.
 */
bool p2p_hold_in_use(const struct p2p_hold *hold)
{
	unsigned int i;

	for (i = 0; i < hold->nr; i++)
		if (p2p_slice_in_use(hold->slices[i]))
			return true;
	return false;
}

/**
 * p2p_hold_has - has it something of a pool
 * @hold: any
 * @pool: of the same device
 *
 * Context: may sleep.
 */
bool p2p_hold_has(const struct p2p_hold *hold, const struct p2p_pool *pool)
{
	struct p2p_pages *pages = &hold->dev->pages;
	bool found = false;
	unsigned int i;

	down_read(&pages->lock);
	for (i = 0; i < hold->nr && !found; i++)
		found = hold->slices[i]->pool == pool;
	up_read(&pages->lock);
	return found;
}

/* The slice that has a page of the file: the last that begins before it. */
static const struct p2p_slice *find_slice(const struct p2p_hold *hold,
					  pgoff_t file_page)
{
	unsigned int low = 0, high = hold->nr;

	while (high - low > 1) {
		unsigned int middle = low + (high - low) / 2;

		if (hold->slices[middle]->file_page <= file_page)
			low = middle;
		else
			high = middle;
	}
	return hold->slices[low];
}

static bool may_map(const struct p2p_pool *pool)
{
	struct p2p_access *access = &pool->dev->exporter.access;
	struct p2p_pages *pages = &pool->dev->pages;

	/* A live pool's device is open. */
	return pool->state == P2P_POOL_LIVE && !atomic_read(&pages->blocked) &&
	       !pages->gone && access->decodes(access);
}

/**
 * p2p_hold_page - the page at a place of the file
 * @hold: of the file
 * @file_page: the place
 *
 * Context: pages->lock held, until the page is in a page table; no pause under way,
 * see p2p_paused().
 * Return: the page, or NULL: not there, or it may not be touched now.
 */
struct page *p2p_hold_page(const struct p2p_hold *hold, pgoff_t file_page)
{
	const struct p2p_slice *slice;
	unsigned long nr;

	lockdep_assert_held(&hold->dev->pages.lock);
	if (hold->closed || !hold->nr)
		return NULL;

	slice = find_slice(hold, file_page);
	nr = file_page - slice->file_page;
	if (!may_map(slice->pool) || nr >= slice->nr ||
	    WARN_ON_ONCE(slice->first + nr >= slice->pool->nr))
		return NULL;
	return p2p_pool_page(slice->pool, slice->first + nr);
}
