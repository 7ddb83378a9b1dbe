/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_HOLD_H
#define P2P_HOLD_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct inode;
struct p2p_device;
struct p2p_pages;
struct p2p_phys_ranges;
struct p2p_pool;
struct p2p_slice;
struct page;

/**
 * struct p2p_hold - what a file has of the pools of a BAR
 * @dev: the device; held
 * @node: in the device's list, while there are slices
 * @inode: the file's
 * @iommu: what it has is for an IOMMU's mappings only; one slice, shared
 * @closed: nobody gets a page by this file any more
 * @nr: number of @slices
 * @slices: in the order of the file
 * @zap: takes its pages from the page tables; if @iommu
 *
 * All but @dev and @zap under pages->lock; @inode and @iommu are set before anybody
 * has the file.
 */
struct p2p_hold {
	struct p2p_device *dev;
	struct list_head node;
	struct inode *inode;
	bool iommu;
	bool closed;
	unsigned int nr;
	struct p2p_slice **slices;
	struct delayed_work zap;
};

struct p2p_hold *p2p_hold_create(struct p2p_device *dev, bool iommu);
void p2p_hold_free(struct p2p_hold *hold);
void p2p_hold_set_inode(struct p2p_hold *hold, struct inode *inode);

int p2p_hold_take_any(struct p2p_hold *hold, unsigned int bar, u64 length,
		      u64 *offset);
int p2p_hold_take(struct p2p_hold *hold, const struct p2p_phys_ranges *ranges);
int p2p_hold_share(struct p2p_hold *hold, unsigned int bar, u64 offset,
		   u64 length);
void p2p_hold_let_go(struct p2p_hold *hold);

void p2p_hold_close(struct p2p_hold *hold, bool closed);
void p2p_hold_zap(struct p2p_hold *hold);
void p2p_hold_zap_soon(struct p2p_hold *hold);
void p2p_holds_zap(struct p2p_pages *pages);
bool p2p_hold_in_use(const struct p2p_hold *hold);
bool p2p_hold_has(const struct p2p_hold *hold, const struct p2p_pool *pool);

struct page *p2p_hold_page(const struct p2p_hold *hold, pgoff_t file_page);

#endif /* P2P_HOLD_H */
