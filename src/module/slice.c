// SPDX-License-Identifier: GPL-2.0-only
/*
 * A part of a pool that was handed out.
 *
 * Its pages are free again when its file has let go of it, and nobody has pinned
 * one; see p2p_pool_sweep().
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "device.h"
#include "pool.h"
#include "slice.h"

static struct p2p_slice *make(struct p2p_pool *pool, unsigned long first,
			      unsigned long nr)
{
	struct p2p_slice *slice = kzalloc(sizeof(*slice), GFP_KERNEL_ACCOUNT);

	if (!slice)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&slice->node);
	slice->pool = pool;
	slice->first = first;
	slice->nr = nr;
	slice->busy = first;
	p2p_pool_get(pool);
	return slice;
}

/**
 * p2p_slice_take - make a slice of pages that are free
 * @pool: live
 * @first: index of the first page
 * @nr: number of pages
 *
 * Context: may sleep; pages->lock held for writing.
 * Return: the slice; -EBUSY: not all are free; -ENOMEM.
 */
struct p2p_slice *p2p_slice_take(struct p2p_pool *pool, unsigned long first,
				 unsigned long nr)
{
	struct p2p_slice *slice;

	lockdep_assert_held_write(&pool->dev->pages.lock);
	if (WARN_ON_ONCE(first >= pool->nr || nr > pool->nr - first))
		return ERR_PTR(-EINVAL);
	if (find_next_bit(pool->taken, first + nr, first) < first + nr)
		return ERR_PTR(-EBUSY);

	slice = make(pool, first, nr);
	if (IS_ERR(slice))
		return slice;

	bitmap_set(pool->taken, first, nr);
	list_add(&slice->node, &pool->slices);
	pool->nr_slices++;
	return slice;
}

/**
 * p2p_slice_share - make a slice of pages that others may have, too
 * @pool: live, for an IOMMU
 * @first: index of the first page
 * @nr: number of pages
 *
 * Context: may sleep; pages->lock held for writing.
 * Return: the slice, or -ENOMEM.
 */
struct p2p_slice *p2p_slice_share(struct p2p_pool *pool, unsigned long first,
				  unsigned long nr)
{
	struct p2p_slice *slice;

	lockdep_assert_held_write(&pool->dev->pages.lock);
	if (WARN_ON_ONCE(!pool->iommu || first >= pool->nr ||
			 nr > pool->nr - first))
		return ERR_PTR(-EINVAL);

	slice = make(pool, first, nr);
	if (!IS_ERR(slice))
		slice->shared = true;
	return slice;
}

/**
 * p2p_slice_free - its pages are free again
 * @slice: not in use, or shared; no file has it
 *
 * Context: pages->lock held for writing; the caller holds the device.
 */
void p2p_slice_free(struct p2p_slice *slice)
{
	struct p2p_pool *pool = slice->pool;

	lockdep_assert_held_write(&pool->dev->pages.lock);
	if (!slice->shared) {
		bitmap_clear(pool->taken, slice->first, slice->nr);
		list_del(&slice->node);
		pool->nr_slices--;
	}
	kfree(slice);
	p2p_pool_put(pool);
}

/**
 * p2p_slice_in_use - is one of its pages in a page table, or pinned
 * @slice: of any pool
 *
 * Context: may sleep; pages->lock held.
 */
bool p2p_slice_in_use(struct p2p_slice *slice)
{
	struct p2p_pool *pool = slice->pool;
	const unsigned long end = slice->first + slice->nr;
	unsigned long i;

	if (pool->state == P2P_POOL_DEAD)
		return false;
	/* Mostly it is the same as before, and there may be millions. */
	if (p2p_pool_page_in_use(pool, READ_ONCE(slice->busy)))
		return true;
	for (i = slice->first; i < end; i++) {
		if (p2p_pool_page_in_use(pool, i)) {
			WRITE_ONCE(slice->busy, i);
			WRITE_ONCE(pool->busy, i);
			return true;
		}
		if (!(i % 4096))
			cond_resched();
	}
	return false;
}
