// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs with struct pages, so that O_DIRECT and whatever else pins user memory
 * reaches them: what there is, and what events do to it.
 *
 * Objects.  REGISTER makes a pool (pool.c): a range of a BAR, whose pages are made
 * by memremap_pages().  ALLOC makes a slice of a pool (slice.c), which a file has
 * (hold.c, slice_file.c), which each mapping (page_map.c) of it holds.  A slice holds
 * its pool, a pool holds the p2p_device and, until its pages are gone, this module.
 * None of them holds the vfio device open: its last close takes the pages from them
 * all, and leaves files whose mappings raise SIGBUS.  EXPORT with pages makes slices
 * of all pieces of its ranges, and the file is the dma-buf: an ordinary one for
 * importers (buffer.c), which events tell and wait for, after the pages were taken.
 *
 * The type of the pages is generic, with PCI_P2PDMA too, for which nobody checks
 * routes at DMA time; so REGISTER does, for all devices (register.c).  What
 * pci_p2pdma_add_resource() makes does not fit the table below:
 *   - it is undone by releasing a group of devres (up to 6.18), which has to have all
 *     such memory of the function, and whatever else got into devres meanwhile; so
 *     there could be one registration of a device only.  On 7.x it is not undone at
 *     all, since vfio-pci's own provider has begun before;
 *   - undoing it waits for pins without a limit, and nobody can tell before whether
 *     there are any: a close could neither be refused nor say why it hangs;
 *   - mappings by sysfs (p2pmem/allocate) are made in whole by mmap and have no
 *     fault handler: nothing takes them away before a reset, nor could it give them
 *     back; and root has them without owning the device.
 * Pages of that type without it are not to be had: the PCI core finds what it needs in
 * a struct of its own around the dev_pagemap.
 *
 * Locks: changing -> mmap_lock (bar_use.c) -> lock -> page tables, reclaim.  lock
 * is taken within all of vfio's locks, the device's, and mmap_lock, and nothing of
 * these is taken inside.  It is held for no longer than it takes to go through
 * the page tables, never while somebody is waited for.
 *
 * Taking the pages away is always: forbid (blocked, or the pool is closed), with
 * lock held for writing, so that no fault is under way; zap; then wait for those
 * who pin, by looking at the reference counts.  Who had the page before the zap
 * is counted by then: pinning raises the count before it looks at the page table
 * again.
 *
 *   event				before it	pinned for long
 *   reset by ioctl, of each device	take, <= 5 s	EBUSY, nothing has happened
 *     it concerns that is of the same
 *     IOMMU group, or of one whose fd
 *     the caller gives
 *   decode off, D3hot by config	take, <= 5 s	EBUSY, nothing has happened
 *     write, LOW_POWER_ENTRY
 *   other resets (sysfs, FLR bits,	block, <= 10 s	goes on with a warning: DMA
 *     hot reset of others' devices),			of that time is lost, as with
 *     seen by reset_prepare				a BAR in a type 1 container
 *   UNREGISTER; REVOKE of a		close, <= 5 s	EBUSY, nothing has happened
 *     dma-buf with pages
 *   last close				close, <= 1 s	parked
 *   unbind				gone, zap	(last close)
 *
 * Afterwards a touch maps the page again, if the device decodes memory.
 *
 * Pages for an IOMMU's mappings only are pinned by their nature, until somebody unmaps
 * them, and to wait for that is of no use.  So what is pinned does not count for
 * resets, and goes on pointing to the device as mappings of type 1 do; or, if REGISTER
 * said so, what can be refused is refused at once, and the rest goes on with the
 * warning.  UNREGISTER does not wait, and the last close parks at once.  Who exits may
 * have vfio's file closed before iommufd's, so that is nothing to complain of; what is
 * still parked a second later is.
 *
 * Parked: who closes may be the one who pins, on its way out, so close can't wait
 * for long.  The pages stay until the last pin is gone, which a work item looks
 * for.  Until then the device can't be opened (EBUSY), and its driver stays: who
 * unbinds it, or removes it, waits as for a device that is open, with the line that
 * vfio then writes into the log.  So nobody else gets the BAR, nor its addresses.
 * This module can't be unloaded.  The log tells when that begins and ends.
 *
 * Who opens the device waits a second for what is parked, with dev_set->lock held and,
 * for a device of a group, the group's lock.  What has pages pinned lets go of them
 * without either: iommufd when it unmaps, or when its file is gone; but by closing
 * another vfio device, the last one in an address space, only with the locks of that
 * one.  These are others, unless the two are in one set (devices of one slot or bus):
 * then the wait is shorter, and what it waits for may come only after it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/vfio.h>
#include <linux/workqueue.h>

#include "buffer.h"
#include "device.h"
#include "hold.h"
#include "pages.h"
#include "pool.h"

/* Of a device: all are gone through with locks of vfio held. */
#define P2P_MAX_POOLS	64

#define P2P_TAKE_WAIT	(5 * HZ)
#define P2P_RESET_WAIT	(10 * HZ)
#define P2P_CLOSE_WAIT	HZ
/* For an IOMMU: who has a page for a moment only, on the way in or out of a pin. */
#define P2P_MOMENT	(HZ / 10)
/* How long who opens a device waits; longer than it takes to look again. */
#define P2P_OPEN_WAIT	HZ
#define P2P_OPEN_WAIT_IN_SET	(HZ / 4)
#define P2P_REAP_MIN	(HZ / 50UL)
#define P2P_REAP_MAX	(HZ / 8UL)
/* How long what an IOMMU has pinned may be parked without a word. */
#define P2P_PARKED_SILENT	HZ

static struct workqueue_struct *reaper;

int p2p_pages_start(void)
{
	reaper = alloc_workqueue("vfio_p2p_pages", WQ_UNBOUND, 0);
	return reaper ? 0 : -ENOMEM;
}

/**
 * p2p_pages_stop - the module is unloaded
 *
 * Context: may sleep; nothing is parked, but the last work item may be ending.
 */
void p2p_pages_stop(void)
{
	destroy_workqueue(reaper);
}

void p2p_pages_init(struct p2p_pages *pages)
{
	p2p_bar_use_init(&pages->use);
	mutex_init(&pages->changing);
	init_rwsem(&pages->lock);
	INIT_LIST_HEAD(&pages->pools);
	INIT_LIST_HEAD(&pages->parked);
	INIT_LIST_HEAD(&pages->holds);
}

static bool any_parked(struct p2p_pages *pages)
{
	bool parked;

	down_read(&pages->lock);
	parked = !list_empty(&pages->parked);
	up_read(&pages->lock);
	return parked;
}

/*
 * Other than those for an IOMMU by which a reset may pass: what these reach now, their
 * owner has left open.
 */
static bool any_parked_in_the_way(struct p2p_pages *pages)
{
	struct p2p_pool *pool;
	bool parked = false;

	down_read(&pages->lock);
	list_for_each_entry(pool, &pages->parked, node)
		parked = parked || !pool->iommu || pool->refuse_reset;
	up_read(&pages->lock);
	return parked;
}

/* Return: 0, also if some are still parked; or -EINTR. */
static int wait_while_parked(struct p2p_device *dev)
{
	struct vfio_device_set *set = dev->vdev->vdev.dev_set;
	unsigned long until = jiffies;

	if (READ_ONCE(set->device_count) > 1)
		until += P2P_OPEN_WAIT_IN_SET;
	else
		until += P2P_OPEN_WAIT;

	while (any_parked(&dev->pages) && time_before(jiffies, until)) {
		schedule_timeout_killable(P2P_REAP_MIN / 2 + 1);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/**
 * p2p_pages_open - may the device be opened
 * @dev: the device
 *
 * Context: dev_set->lock held; may sleep, for a second if something is parked.
 * Return: 0, -EBUSY or -EINTR.
 */
int p2p_pages_open(struct p2p_device *dev)
{
	int ret;

	ret = wait_while_parked(dev);
	if (ret)
		return ret;
	if (!any_parked(&dev->pages))
		return 0;

	pci_notice_ratelimited(dev->pdev,
			       "not opened: pages of a BAR are still pinned by users of its last owner\n");
	return -EBUSY;
}

/**
 * struct some - which of a device's pages
 * @pool: those of a pool
 * @hold: those that a file has
 * @refuse_reset: those for an IOMMU that a reset may not meet pinned
 *
 * If none is given: all but those for an IOMMU.
 */
struct some {
	struct p2p_pool *pool;
	const struct p2p_hold *hold;
	bool refuse_reset;
};

static bool any_pool_in_use(struct p2p_pages *pages, bool refuse_reset)
{
	struct p2p_pool *pool;

	list_for_each_entry(pool, &pages->pools, node)
		if (pool->iommu == refuse_reset &&
		    pool->refuse_reset == refuse_reset &&
		    p2p_pool_in_use(pool))
			return true;
	return false;
}

static bool in_use(struct p2p_pages *pages, struct some some)
{
	bool ret;

	down_read(&pages->lock);
	if (some.pool)
		ret = p2p_pool_in_use(some.pool);
	else if (some.hold)
		ret = p2p_hold_in_use(some.hold);
	else
		ret = any_pool_in_use(pages, some.refuse_reset);
	up_read(&pages->lock);
	return ret;
}

/*
 * Nothing tells when a pin goes; most are I/O under way and go soon.
 *
 * Return: whether all have gone by then.
 */
static bool wait_for_pins(struct p2p_pages *pages, struct some some,
			  unsigned long until)
{
	unsigned int ms = 1;

	while (in_use(pages, some)) {
		if (time_after(jiffies, until))
			return false;
		msleep(ms);
		ms = min(2 * ms, 50u);
	}
	return true;
}

/* Not those for an IOMMU */
static bool wait_for_all(struct p2p_pages *pages, unsigned long until)
{
	const struct some all = {};

	return wait_for_pins(pages, all, until);
}

/* Those for an IOMMU for which a reset is refused: that is known at once. */
static bool none_refuses(struct p2p_pages *pages)
{
	const struct some some = { .refuse_reset = true };

	return wait_for_pins(pages, some, jiffies + P2P_MOMENT);
}

static bool wait_for_pool(struct p2p_pages *pages, struct p2p_pool *pool,
			  unsigned long until)
{
	const struct some some = { .pool = pool };

	return wait_for_pins(pages, some, until);
}

static bool wait_for_hold(struct p2p_pages *pages, const struct p2p_hold *hold,
			  unsigned long until)
{
	const struct some some = { .hold = hold };

	return wait_for_pins(pages, some, until);
}

/**
 * p2p_pages_take - block, if nothing is pinned for long
 * @dev: the device
 *
 * Context: may sleep, 5 seconds at most.
 * Return: 0, then p2p_pages_unblock() has to follow; or -EBUSY, and all is as it
 * was.
 */
int p2p_pages_take(struct p2p_device *dev)
{
	struct p2p_pages *pages = &dev->pages;

	p2p_pages_block(pages);
	if (!p2p_pages_any(pages) ||
	    (none_refuses(pages) &&
	     wait_for_all(pages, jiffies + P2P_TAKE_WAIT)))
		return 0;

	p2p_pages_unblock(pages);
	pci_notice_ratelimited(dev->pdev,
			       "reset or power off refused: pages of a BAR are pinned, as registered buffers, in a pipe, or by an IOMMU's mappings\n");
	return -EBUSY;
}

/**
 * p2p_pages_drain - wait for pins, before an event that can't be refused
 * @dev: the device, blocked
 *
 * Context: may sleep, 10 seconds at most.
 */
void p2p_pages_drain(struct p2p_device *dev)
{
	struct p2p_pages *pages = &dev->pages;

	/* What is parked has been waited for, when the device was closed. */
	if (!wait_for_all(pages, jiffies + P2P_RESET_WAIT) ||
	    !none_refuses(pages) || any_parked_in_the_way(pages))
		pci_warn(dev->pdev,
			 "reset although pages of a BAR are pinned: DMA to them will be lost\n");
}

/**
 * p2p_pages_drop - take away what can't be had any more
 * @pages: of the device, paused, or so that it does not decode
 *
 * Context: may sleep.
 */
void p2p_pages_drop(struct p2p_pages *pages)
{
	/* Faults that have looked before are over then, and leave a page at most. */
	down_write(&pages->lock);
	up_write(&pages->lock);
	p2p_holds_zap(pages);
}

/**
 * p2p_pages_refresh - the device may have changed
 * @dev: the device
 *
 * Context: may sleep.
 */
void p2p_pages_refresh(struct p2p_device *dev)
{
	struct p2p_access *access = &dev->exporter.access;

	if (!access->decodes(access))
		p2p_pages_drop(&dev->pages);
}

/**
 * p2p_pages_shutdown - the driver lets go of the device
 * @dev: the device, perhaps still open
 *
 * Context: may sleep; waits for nobody who pins.
 */
void p2p_pages_shutdown(struct p2p_device *dev)
{
	struct p2p_pages *pages = &dev->pages;

	down_write(&pages->lock);
	pages->gone = true;
	up_write(&pages->lock);
	p2p_holds_zap(pages);
	p2p_pages_attrs_end(dev);
}

static void set_state(struct p2p_pool *pool, enum p2p_pool_state state)
{
	struct p2p_pages *pages = &pool->dev->pages;

	down_write(&pages->lock);
	pool->state = state;
	up_write(&pages->lock);
}

/*
 * After pools were closed.  Who pins without a lock may have seen a page table as
 * it was, and touch the reference count for a moment; it does so with interrupts
 * off, which a grace period waits for.
 */
static void wait_for_glimpses(void)
{
	synchronize_rcu();
}

/*
 * Driver and device stay while something is parked: unbinding waits until nobody
 * uses the vfio device, and says so, as it does while that is open.  vfio core
 * has these two as functions, but does not export them before 7.x, and then has
 * no header for them.
 */
static void registration_get(struct vfio_device *vdev)
{
	/* It is open, and so has users. */
	refcount_inc(&vdev->refcount);
}

static void registration_put(struct vfio_device *vdev)
{
	if (refcount_dec_and_test(&vdev->refcount))
		complete(&vdev->comp);
}

static void end_pool(struct p2p_pool *pool)
{
	p2p_pool_end(pool);
	module_put(THIS_MODULE);
}

static void tell_parked(struct p2p_pool *pool)
{
	if (pool->told)
		return;
	pool->told = true;
	pci_warn(pool->dev->pdev,
		 "BAR %u: closed while pages of it are pinned; until they are let go it can be neither opened nor unbound\n",
		 pool->bar);
}

static void reap(struct work_struct *work)
{
	struct p2p_pool *pool = container_of(work, struct p2p_pool, reap.work);
	const struct some some = { .pool = pool };
	struct vfio_device *vdev;

	if (in_use(&pool->dev->pages, some)) {
		if (time_after(jiffies, pool->parked_since + P2P_PARKED_SILENT))
			tell_parked(pool);
		pool->reap_delay = min(2 * pool->reap_delay, P2P_REAP_MAX);
		queue_delayed_work(reaper, &pool->reap, pool->reap_delay);
		return;
	}
	if (pool->told)
		pci_notice(pool->dev->pdev,
			   "BAR %u: its pages are not pinned any more\n",
			   pool->bar);
	vdev = &pool->dev->vdev->vdev;
	p2p_pool_end(pool);
	registration_put(vdev);
	module_put(THIS_MODULE);
}

/* Context: dev_set->lock held, in the last close. */
static void park(struct p2p_pool *pool)
{
	struct p2p_pages *pages = &pool->dev->pages;

	pool->parked_since = jiffies;
	if (!pool->iommu)
		tell_parked(pool);
	registration_get(&pool->dev->vdev->vdev);
	down_write(&pages->lock);
	list_move(&pool->node, &pages->parked);
	pool->state = P2P_POOL_PARKED;
	up_write(&pages->lock);
	INIT_DELAYED_WORK(&pool->reap, reap);
	pool->reap_delay = P2P_REAP_MIN;
	queue_delayed_work(reaper, &pool->reap, pool->reap_delay);
}

/**
 * p2p_pages_retire - the last file of the device is closed
 * @dev: the device; nothing is registered or unregistered any more
 *
 * Context: dev_set->lock held; may sleep, for a second if pages are pinned.
 */
void p2p_pages_retire(struct p2p_device *dev)
{
	unsigned long until = jiffies + P2P_CLOSE_WAIT;
	struct p2p_pages *pages = &dev->pages;
	struct p2p_pool *pool, *next;

	/* Who else goes through the list only reads it. */
	list_for_each_entry(pool, &pages->pools, node)
		set_state(pool, P2P_POOL_CLOSED);
	if (!list_empty(&pages->pools)) {
		p2p_holds_zap(pages);
		wait_for_glimpses();
	}
	list_for_each_entry_safe(pool, next, &pages->pools, node) {
		if (wait_for_pool(pages, pool, pool->iommu ? jiffies : until))
			end_pool(pool);
		else
			park(pool);
	}
	p2p_bar_use_forget(&pages->use);
}

static bool overlaps(struct p2p_pages *pages, unsigned int bar, u64 offset,
		     u64 length)
{
	struct p2p_pool *pool;
	bool ret = false;

	down_read(&pages->lock);
	list_for_each_entry(pool, &pages->pools, node)
		ret = ret || (pool->bar == bar &&
			      offset < pool->offset + pool->length &&
			      pool->offset < offset + length);
	up_read(&pages->lock);
	return ret;
}

static unsigned int count_pools(struct p2p_pages *pages)
{
	struct p2p_pool *pool;
	unsigned int nr = 0;

	down_read(&pages->lock);
	list_for_each_entry(pool, &pages->pools, node)
		nr++;
	up_read(&pages->lock);
	return nr;
}

static int add_pool(struct p2p_device *dev, const struct p2p_pool_range *range)
{
	struct p2p_pages *pages = &dev->pages;
	struct p2p_pool *pool;

	pool = p2p_pool_create(dev, range);
	if (IS_ERR(pool))
		return PTR_ERR(pool);

	down_write(&pages->lock);
	list_add_tail(&pool->node, &pages->pools);
	up_write(&pages->lock);
	/* Pairs with p2p_pages_any(): what is read next is the state. */
	smp_mb();
	p2p_pools_add(pool);
	return 0;
}

static int add_backed(struct p2p_device *dev,
		      const struct p2p_pool_range *range,
		      struct address_space *mapping)
{
	int ret;

	ret = p2p_bar_use_register(dev, range->bar, mapping);
	if (ret)
		return ret;
	ret = p2p_pages_attrs_show(dev);
	if (!ret)
		ret = add_pool(dev, range);
	if (ret)
		p2p_bar_use_unregister(dev, range->bar);
	return ret;
}

static int add_for_iommu(struct p2p_device *dev,
			 const struct p2p_pool_range *range,
			 struct address_space *mapping)
{
	int ret;

	ret = p2p_bar_use_begin_iommu(dev, range->bar, mapping);
	if (ret)
		return ret;
	ret = add_pool(dev, range);
	if (ret)
		p2p_bar_use_end_iommu(dev, range->bar);
	p2p_bar_use_changed(dev, range->bar);
	return ret;
}

static int add_locked(struct p2p_device *dev,
		      const struct p2p_pool_range *range,
		      struct address_space *mapping)
{
	if (READ_ONCE(dev->pages.gone))
		return -ENODEV;
	if (overlaps(&dev->pages, range->bar, range->offset, range->length))
		return -EBUSY;
	if (count_pools(&dev->pages) >= P2P_MAX_POOLS)
		return -ENOSPC;
	return range->iommu ? add_for_iommu(dev, range, mapping) :
			      add_backed(dev, range, mapping);
}

/**
 * p2p_pages_add - register a range of a BAR
 * @dev: the device, open
 * @range: of a BAR that vfio-pci-core has claimed; one that p2p_pool_create() takes
 * @mapping: of the file by which the device is open
 *
 * Context: may sleep; no lock of vfio held.
 * Return: 0; -EBUSY: registered, exported or mapped; -ENODEV: the device is being
 * unbound, or this module unloaded; or another error.
 */
int p2p_pages_add(struct p2p_device *dev, const struct p2p_pool_range *range,
		  struct address_space *mapping)
{
	int ret;

	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	ret = mutex_lock_killable(&dev->pages.changing);
	if (!ret) {
		ret = add_locked(dev, range, mapping);
		mutex_unlock(&dev->pages.changing);
	}
	if (ret)
		module_put(THIS_MODULE);
	return ret;
}

static struct p2p_pool *find_pool(struct p2p_pages *pages, unsigned int bar,
				  u64 offset)
{
	struct p2p_pool *pool, *found = NULL;

	down_read(&pages->lock);
	list_for_each_entry(pool, &pages->pools, node)
		if (pool->bar == bar && pool->offset == offset)
			found = pool;
	up_read(&pages->lock);
	return found;
}

/*
 * The dma-bufs that have pages of a pool, which is closed.  What they have of
 * another is gone as well, and free again once nobody has it pinned.
 */
static void end_buffers(struct p2p_device *dev, struct p2p_pool *pool)
{
	struct klist_node *node;
	struct klist_iter iter;

	klist_iter_init(&dev->exporter.buffers, &iter);
	while ((node = klist_next(&iter))) {
		struct p2p_buffer *buf = p2p_buffer_of(node);

		if (!buf->hold || !p2p_hold_has(buf->hold, pool))
			continue;
		p2p_hold_close(buf->hold, true);
		p2p_hold_zap(buf->hold);
		p2p_buffer_end(buf);
		p2p_hold_let_go(buf->hold);
	}
	klist_iter_exit(&iter);
}

static int close_and_end(struct p2p_device *dev, struct p2p_pool *pool)
{
	struct p2p_pages *pages = &dev->pages;
	unsigned long wait;

	/* What is of other pools is mapped again when it is touched. */
	set_state(pool, P2P_POOL_CLOSED);
	p2p_holds_zap(pages);
	wait_for_glimpses();
	wait = pool->iommu ? P2P_MOMENT : P2P_TAKE_WAIT;
	if (!wait_for_pool(pages, pool, jiffies + wait)) {
		set_state(pool, P2P_POOL_LIVE);
		return -EBUSY;
	}
	end_buffers(dev, pool);
	end_pool(pool);
	return 0;
}

static int remove_locked(struct p2p_device *dev, unsigned int bar, u64 offset,
			 struct address_space *mapping)
{
	struct p2p_pool *pool = find_pool(&dev->pages, bar, offset);
	int ret;

	if (!pool)
		return -ENOENT;
	if (!pool->iommu)
		return close_and_end(dev, pool);

	ret = p2p_bar_use_begin_unmake(dev, bar, mapping);
	if (ret)
		return ret;
	ret = close_and_end(dev, pool);
	p2p_bar_use_changed(dev, bar);
	return ret;
}

/**
 * p2p_pages_remove - take a registration back
 * @dev: the device, open
 * @bar: any number
 * @offset: where the registered range begins
 * @mapping: of the file by which the device is open
 *
 * Context: may sleep, for 5 seconds if pages are pinned; no lock of vfio held.
 * Return: 0; -ENOENT: there is none; -EBUSY: pages are pinned, or for an IOMMU and the
 * BAR is mmapped or exported; all is as it was; -EINTR.
 */
int p2p_pages_remove(struct p2p_device *dev, unsigned int bar, u64 offset,
		     struct address_space *mapping)
{
	int ret;

	ret = mutex_lock_killable(&dev->pages.changing);
	if (ret)
		return ret;
	ret = remove_locked(dev, bar, offset, mapping);
	mutex_unlock(&dev->pages.changing);
	return ret;
}

static int take_back_locked(struct p2p_pages *pages, struct p2p_hold *hold)
{
	p2p_hold_close(hold, true);
	p2p_hold_zap(hold);
	wait_for_glimpses();
	if (wait_for_hold(pages, hold, jiffies + P2P_TAKE_WAIT))
		return 0;

	p2p_hold_close(hold, false);
	return -EBUSY;
}

/**
 * p2p_pages_take_back - what one file has, from who maps or pins it, for good
 * @dev: the device, open
 * @hold: what it has, perhaps nothing any more
 *
 * Context: may sleep, for 5 seconds if pages are pinned; no lock of vfio held.
 * Return: 0; -EBUSY: pages are pinned, all is as it was; -EINTR.
 */
int p2p_pages_take_back(struct p2p_device *dev, struct p2p_hold *hold)
{
	int ret;

	ret = mutex_lock_killable(&dev->pages.changing);
	if (ret)
		return ret;
	ret = take_back_locked(&dev->pages, hold);
	mutex_unlock(&dev->pages.changing);
	return ret;
}
