/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_SLICE_H
#define P2P_SLICE_H

#include <linux/list.h>
#include <linux/types.h>

struct p2p_pool;

/**
 * struct p2p_slice - a part of a pool that was handed out
 * @node: in the pool
 * @pool: where it is from; held
 * @first: index of its first page in the pool
 * @nr: number of pages
 * @busy: index in the pool of the page that was last seen in use
 * @file_page: where it is in the file
 * @held: by its file, still
 * @shared: of a pool for an IOMMU, whose pages many slices may have: it is not in the
 *	pool's list, and its pages are not taken
 *
 * All but @held and @busy never change; @held, and the list, under pages->lock.
 */
struct p2p_slice {
	struct list_head node;
	struct p2p_pool *pool;
	unsigned long first;
	unsigned long nr;
	unsigned long busy;
	pgoff_t file_page;
	bool held;
	bool shared;
};

struct p2p_slice *p2p_slice_take(struct p2p_pool *pool, unsigned long first,
				 unsigned long nr);
struct p2p_slice *p2p_slice_share(struct p2p_pool *pool, unsigned long first,
				  unsigned long nr);
void p2p_slice_free(struct p2p_slice *slice);

bool p2p_slice_in_use(struct p2p_slice *slice);

#endif /* P2P_SLICE_H */
