/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_POOL_H
#define P2P_POOL_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct p2p_device;

/**
 * enum p2p_pool_state - what can be done with the pages
 * @P2P_POOL_LIVE: a touch maps them, if no event forbids access
 * @P2P_POOL_CLOSED: nobody gets one any more; some may be pinned
 * @P2P_POOL_PARKED: so are some, since the last close of the device
 * @P2P_POOL_DEAD: there are none
 */
enum p2p_pool_state {
	P2P_POOL_LIVE,
	P2P_POOL_CLOSED,
	P2P_POOL_PARKED,
	P2P_POOL_DEAD,
};

/**
 * struct p2p_pool_range - what is to be registered, and what for
 * @bar: 0 to 5
 * @offset: in the BAR, in bytes
 * @length: in bytes
 * @iommu: for an IOMMU's mappings only
 * @refuse_reset: a reset that can fail does, while one of its pages is pinned; only
 *	with @iommu
 */
struct p2p_pool_range {
	unsigned int bar;
	u64 offset;
	u64 length;
	bool iommu;
	bool refuse_reset;
};

/**
 * struct p2p_pool - a range of a BAR that is registered
 * @ref: one for the registration, one for each slice
 * @node: in the device's pools, or in those of it that are parked
 * @all_node: in the list of all, until its pages go
 * @dev: the device; held
 * @bar: 0 to 5
 * @offset: of the range in the BAR, in bytes
 * @length: in bytes
 * @iommu: its pages are for an IOMMU's mappings only
 * @refuse_reset: as in struct p2p_pool_range
 * @start: CPU physical address
 * @state: see there; under pages->lock
 * @pgmap: its struct pages
 * @nr: how many
 * @taken: a bit for each page that is part of a slice; under pages->lock
 * @slices: struct p2p_slice, if not @iommu; under pages->lock
 * @nr_slices: how many
 * @busy: index of the page that was last seen in use
 * @reap: looks after it, while it is parked
 * @reap_delay: until the next look, in jiffies
 * @parked_since: in jiffies
 * @told: that it is parked, in the log
 */
struct p2p_pool {
	struct kref ref;
	struct list_head node;
	struct list_head all_node;
	struct p2p_device *dev;
	unsigned int bar;
	u64 offset;
	u64 length;
	bool iommu;
	bool refuse_reset;
	phys_addr_t start;
	enum p2p_pool_state state;
	struct dev_pagemap pgmap;
	unsigned long nr;
	unsigned long *taken;
	struct list_head slices;
	unsigned int nr_slices;
	unsigned long busy;
	struct delayed_work reap;
	unsigned long reap_delay;
	unsigned long parked_since;
	bool told;
};

struct p2p_pool *p2p_pool_create(struct p2p_device *dev,
				 const struct p2p_pool_range *range);
void p2p_pool_get(struct p2p_pool *pool);
void p2p_pool_put(struct p2p_pool *pool);

unsigned long p2p_pool_free(const struct p2p_pool *pool);
unsigned long p2p_pool_longest(const struct p2p_pool *pool);

void p2p_pools_add(struct p2p_pool *pool);
void p2p_pools_for_each(void (*fn)(struct p2p_pool *pool, void *context),
			void *context);

struct page *p2p_pool_page(const struct p2p_pool *pool, unsigned long nr);
bool p2p_pool_page_in_use(const struct p2p_pool *pool, unsigned long nr);

bool p2p_pool_in_use(struct p2p_pool *pool);
void p2p_pool_sweep(struct p2p_pool *pool);
void p2p_pool_end(struct p2p_pool *pool);

#endif /* P2P_POOL_H */
