/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_PAGES_H
#define P2P_PAGES_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include "bar_use.h"

struct address_space;
struct p2p_device;
struct p2p_hold;
struct p2p_pool_range;

/**
 * struct p2p_pages - what of a device's BARs has pages
 * @use: who uses which BAR
 * @blocked: events under way that forbid access
 * @changing: one REGISTER or UNREGISTER at a time; outermost
 * @lock: protects all below; faults hold it for reading while they map
 * @gone: the driver is being unbound; never cleared
 * @pools: struct p2p_pool, of the device as it is open now
 * @parked: those that outlived the last close
 * @holds: struct p2p_hold, what files have of them
 */
struct p2p_pages {
	struct p2p_bar_use use;
	atomic_t blocked;
	struct mutex changing; /* outermost */
	struct rw_semaphore lock; /* protects all below */
	bool gone;
	struct list_head pools;
	struct list_head parked;
	struct list_head holds;
};

/*
 * Are there pages that a change of the device, just made, concerns?  As
 * p2p_exporter_in_use().
 */
static inline bool p2p_pages_any(struct p2p_pages *pages)
{
	/* Pairs with add_pool(). */
	smp_mb();
	return !list_empty(&pages->pools);
}

void p2p_pages_drop(struct p2p_pages *pages);

/**
 * p2p_pages_block - an event begins that forbids access
 * @pages: of the device
 *
 * When this returns no process can touch the pages, nor those that are registered
 * meanwhile, and nobody can pin one, until as many calls of p2p_pages_unblock()
 * followed.  Some may be pinned.
 *
 * Context: may sleep.
 */
static inline void p2p_pages_block(struct p2p_pages *pages)
{
	atomic_inc(&pages->blocked);
	if (p2p_pages_any(pages))
		p2p_pages_drop(pages);
}

/**
 * p2p_pages_unblock - the event is over
 * @pages: of the device
 */
static inline void p2p_pages_unblock(struct p2p_pages *pages)
{
	smp_mb__before_atomic(); /* what the event did is seen by who touches */
	atomic_dec(&pages->blocked);
}

int p2p_pages_start(void);
void p2p_pages_stop(void);

void p2p_pages_init(struct p2p_pages *pages);
int p2p_pages_open(struct p2p_device *dev);

int p2p_pages_take(struct p2p_device *dev);
void p2p_pages_drain(struct p2p_device *dev);
void p2p_pages_refresh(struct p2p_device *dev);
void p2p_pages_retire(struct p2p_device *dev);
void p2p_pages_shutdown(struct p2p_device *dev);

int p2p_pages_add(struct p2p_device *dev, const struct p2p_pool_range *range,
		  struct address_space *mapping);
int p2p_pages_remove(struct p2p_device *dev, unsigned int bar, u64 offset,
		     struct address_space *mapping);
int p2p_pages_take_back(struct p2p_device *dev, struct p2p_hold *hold);

#endif /* P2P_PAGES_H */
