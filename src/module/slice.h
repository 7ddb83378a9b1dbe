/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_SLICE_H
#define P2P_SLICE_H

#include <linux/list.h>
#include <linux/types.h>

struct inode;
struct p2p_pages;
struct p2p_pool;

/**
 * struct p2p_slice - a part of a pool that was handed out as a file
 * @node: in the pool
 * @pool: where it is from; held; NULL if there was no room
 * @first: index of its first page in the pool
 * @nr: number of pages
 * @inode: the file's, for its mappings; NULL once the file is gone
 *
 * All but @inode never change; that, and the list, under pages->lock.
 */
struct p2p_slice {
	struct list_head node;
	struct p2p_pool *pool;
	unsigned long first;
	unsigned long nr;
	struct inode *inode;
};

int p2p_slice_create(struct p2p_pages *pages, unsigned int bar, u64 length,
		     u32 open_flags, u64 *offset);

void p2p_slice_zap(struct p2p_slice *slice);
bool p2p_slice_in_use(const struct p2p_slice *slice);

#endif /* P2P_SLICE_H */
