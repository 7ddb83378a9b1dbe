// SPDX-License-Identifier: GPL-2.0-only
/*
 * The struct pages of a range of a BAR: made, counted, unmade.
 *
 * Pages of the generic type have one reference to begin with, on all kernels; we add
 * some.  What is above that is somebody who uses the page: page tables, and who pins.
 * Nobody is told when a reference goes, and memunmap_pages() does not wait for
 * them; so who has to know looks, again and again (pages.c).
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "compat/zone_pages.h"
#include "device.h"
#include "pool.h"
#include "slice.h"

/*
 * References of ours on each page.  KVM up to Linux 6.12 may give one back that it has
 * not taken, or keep one, see bar_use.c.  With only one of ours it could free the page;
 * so it is in use from then on, as far as we know, until the same happens the other way
 * round.  Half of what a pin counts for (GUP_PIN_COUNTING_BIAS), so that who asks whether
 * a page is pinned (page_maybe_dma_pinned()) gets the same answer as without them.
 */
#define P2P_POOL_BASE	512

/* For who looks.  Locks: all_lock -> pages->lock */
static DEFINE_MUTEX(all_lock);
static LIST_HEAD(all_pools);

struct page *p2p_pool_page(const struct p2p_pool *pool, unsigned long nr)
{
	return pfn_to_page(PHYS_PFN(pool->start) + nr);
}

bool p2p_pool_page_in_use(const struct p2p_pool *pool, unsigned long nr)
{
	return page_ref_count(p2p_pool_page(pool, nr)) != P2P_POOL_BASE;
}

void p2p_pool_get(struct p2p_pool *pool)
{
	kref_get(&pool->ref);
}

static void free_pool(struct kref *ref)
{
	struct p2p_pool *pool = container_of(ref, struct p2p_pool, ref);

	p2p_access_put(&pool->dev->exporter.access);
	kvfree(pool->taken);
	kfree(pool);
}

void p2p_pool_put(struct p2p_pool *pool)
{
	kref_put(&pool->ref, free_pool);
}

/* The one with which they are made is one of ours. */
static void add_refs(struct p2p_pool *pool)
{
	unsigned long i;

	for (i = 0; i < pool->nr; i++) {
		page_ref_add(p2p_pool_page(pool, i), P2P_POOL_BASE - 1);
		if (!(i % 4096))
			cond_resched();
	}
}

/*
 * If memory ends while they are made, the kernel warns, and gives nothing back of what it
 * has made until then (__add_pages()).  So there has to be a good deal more.
 */
static int check_memory(struct p2p_pool *pool)
{
	const u64 needed = (u64)pool->nr * sizeof(struct page);
	const u64 available = (u64)max(si_mem_available(), 0L) << PAGE_SHIFT;

	if (needed <= available / 2)
		return 0;

	pci_notice_ratelimited(pool->dev->pdev, "BAR %u: no pages: they take %llu KiB of memory, more than half of the %llu KiB available\n",
			       pool->bar, needed >> 10, available >> 10);
	return -ENOMEM;
}

/* Those that are there would be left pointing to ours when ours are gone. */
static int check_others(struct p2p_pool *pool)
{
	if (!p2p_pages_exist(pool->start, pool->length))
		return 0;

	pci_notice_ratelimited(pool->dev->pdev, "BAR %u: no pages: the kernel has some there already, with those of the memory beside it, or from an attempt for which memory did not suffice\n",
			       pool->bar);
	return -EEXIST;
}

static int make_pages(struct p2p_pool *pool)
{
	/* What one finds available another must not take. */
	static DEFINE_MUTEX(making);
	int ret;

	pool->pgmap.type = MEMORY_DEVICE_GENERIC;
	pool->pgmap.range.start = pool->start;
	pool->pgmap.range.end = pool->start + pool->length - 1;
	pool->pgmap.nr_range = 1;

	mutex_lock(&making);
	ret = check_memory(pool);
	if (!ret)
		ret = check_others(pool);
	if (!ret)
		ret = p2p_memremap(&pool->pgmap,
				   dev_to_node(&pool->dev->pdev->dev));
	mutex_unlock(&making);
	if (!ret)
		add_refs(pool);
	return ret;
}

/**
 * p2p_pool_create - give a range of a BAR struct pages
 * @dev: the device, open
 * @range: of a memory BAR that vfio-pci-core has mapped: so that the kernel's
 *	direct mapping of it will be uncached, too; start and end are multiples of
 *	p2p_pages_granule()
 *
 * Context: may sleep.
 * Return: the pool, live, with one reference, or an error.
 */
struct p2p_pool *p2p_pool_create(struct p2p_device *dev,
				 const struct p2p_pool_range *range)
{
	struct p2p_pool *pool;
	int ret = -ENOMEM;

	pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);
	if (!pool)
		return ERR_PTR(-ENOMEM);

	kref_init(&pool->ref);
	INIT_LIST_HEAD(&pool->node);
	INIT_LIST_HEAD(&pool->slices);
	pool->dev = dev;
	pool->bar = range->bar;
	pool->offset = range->offset;
	pool->length = range->length;
	pool->iommu = range->iommu;
	pool->refuse_reset = range->refuse_reset;
	pool->start = pci_resource_start(dev->pdev, pool->bar) + pool->offset;
	pool->nr = pool->length >> PAGE_SHIFT;
	pool->taken = kvcalloc(BITS_TO_LONGS(pool->nr), sizeof(long),
			       GFP_KERNEL_ACCOUNT);
	if (!pool->taken)
		goto err_free;

	ret = make_pages(pool);
	if (ret)
		goto err_free;

	p2p_access_get(&dev->exporter.access);
	return pool;

err_free:
	kvfree(pool->taken);
	kfree(pool);
	return ERR_PTR(ret);
}

/**
 * p2p_pool_free - how many pages are not part of a slice
 * @pool: pages->lock held
 */
unsigned long p2p_pool_free(const struct p2p_pool *pool)
{
	return pool->nr - bitmap_weight(pool->taken, pool->nr);
}

/**
 * p2p_pool_longest - how many of these there are in a row, at most
 * @pool: pages->lock held
 */
unsigned long p2p_pool_longest(const struct p2p_pool *pool)
{
	unsigned long begin, end = 0, longest = 0;

	while ((begin = find_next_zero_bit(pool->taken, pool->nr, end)) <
	       pool->nr) {
		end = find_next_bit(pool->taken, pool->nr, begin);
		longest = max(longest, end - begin);
	}
	return longest;
}

/*
 * What an IOMMU has pinned it has without a file of ours, and files may have the same
 * pages; so it is the pages that count.
 */
static bool any_page_in_use(struct p2p_pool *pool)
{
	unsigned long i;

	for (i = 0; i < pool->nr; i++) {
		if (p2p_pool_page_in_use(pool, i)) {
			WRITE_ONCE(pool->busy, i);
			return true;
		}
		if (!(i % 4096))
			cond_resched();
	}
	return false;
}

/**
 * p2p_pool_in_use - does anybody use one of its pages
 * @pool: zapped
 *
 * Context: may sleep; pages->lock held.
 */
bool p2p_pool_in_use(struct p2p_pool *pool)
{
	struct p2p_slice *slice;

	if (pool->state == P2P_POOL_DEAD)
		return false;
	/* Mostly it is the same as before, and there may be millions. */
	if (p2p_pool_page_in_use(pool, READ_ONCE(pool->busy)))
		return true;
	if (pool->iommu)
		return any_page_in_use(pool);
	list_for_each_entry(slice, &pool->slices, node)
		if (p2p_slice_in_use(slice))
			return true;
	return false;
}

/**
 * p2p_pool_sweep - free what is left of slices that no file has
 * @pool: not dead
 *
 * Their pages may have been pinned when the file let go of them.
 *
 * Context: may sleep; pages->lock held for writing.
 */
void p2p_pool_sweep(struct p2p_pool *pool)
{
	struct p2p_slice *slice, *next;

	lockdep_assert_held_write(&pool->dev->pages.lock);
	list_for_each_entry_safe(slice, next, &pool->slices, node) {
		/* Those of dma-bufs may be millions. */
		cond_resched();
		if (slice->held || p2p_slice_in_use(slice))
			continue;
		/* Not the last of the pool: the registration has one. */
		p2p_slice_free(slice);
	}
}

/**
 * p2p_pools_add - to those that can be seen
 * @pool: in its device's list
 *
 * Context: may sleep; pages->lock not held.
 */
void p2p_pools_add(struct p2p_pool *pool)
{
	mutex_lock(&all_lock);
	list_add_tail(&pool->all_node, &all_pools);
	mutex_unlock(&all_lock);
}

static void remove_from_all(struct p2p_pool *pool)
{
	mutex_lock(&all_lock);
	list_del(&pool->all_node);
	mutex_unlock(&all_lock);
}

/**
 * p2p_pools_for_each - all pools of all devices, also of those that are closed
 * @fn: called for each with pages->lock held, so must not wait for anybody
 * @context: for @fn
 *
 * Context: may sleep.
 */
void p2p_pools_for_each(void (*fn)(struct p2p_pool *pool, void *context),
			void *context)
{
	struct p2p_pool *pool;

	mutex_lock(&all_lock);
	list_for_each_entry(pool, &all_pools, all_node) {
		struct p2p_pages *pages = &pool->dev->pages;

		down_write(&pages->lock);
		p2p_pool_sweep(pool);
		fn(pool, context);
		up_write(&pages->lock);
	}
	mutex_unlock(&all_lock);
}

/**
 * p2p_pool_end - its pages go
 * @pool: closed, zapped before a grace period of RCU, and not in use since
 *
 * Mappings of slices may stay; who touches them gets SIGBUS.
 *
 * Context: may sleep; the registration's reference is given up.
 */
void p2p_pool_end(struct p2p_pool *pool)
{
	struct p2p_pages *pages = &pool->dev->pages;

	remove_from_all(pool);
	down_write(&pages->lock);
	p2p_pool_sweep(pool);
	pool->state = P2P_POOL_DEAD;
	up_write(&pages->lock);

	/* With our references, which nobody looks at then: somebody may still lose one. */
	p2p_memunmap(&pool->pgmap);

	if (pool->iommu)
		p2p_bar_use_end_iommu(pool->dev, pool->bar);
	else
		p2p_bar_use_unregister(pool->dev, pool->bar);
	/* From here on there may be others in its place; who waits looks at the list. */
	down_write(&pages->lock);
	list_del(&pool->node);
	up_write(&pages->lock);
	p2p_pool_put(pool);
}
