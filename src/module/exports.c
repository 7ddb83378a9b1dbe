// SPDX-License-Identifier: GPL-2.0-only
/*
 * All dma-bufs that exist, also those whose device is gone, for those who want to
 * see them.  A walk holds what it is at, and no lock.
 */
#include <linux/klist.h>

#include "buffer.h"
#include "exports.h"

static struct p2p_buffer *buffer_at(struct klist_node *node)
{
	return container_of(node, struct p2p_buffer, export_node);
}

static void get(struct klist_node *node)
{
	p2p_buffer_get(buffer_at(node));
}

static void put(struct klist_node *node)
{
	p2p_buffer_put(buffer_at(node));
}

static DEFINE_KLIST(exports, get, put);

/**
 * p2p_exports_add - a dma-buf was made
 * @buf: complete
 */
void p2p_exports_add(struct p2p_buffer *buf)
{
	klist_add_tail(&buf->export_node, &exports);
}

/**
 * p2p_exports_del - it is gone
 * @buf: a walk may still hold it
 */
void p2p_exports_del(struct p2p_buffer *buf)
{
	klist_del(&buf->export_node);
}

/**
 * p2p_exports_begin - begin a walk in the order in which they were made
 * @iter: for the functions below
 */
void p2p_exports_begin(struct klist_iter *iter)
{
	klist_iter_init(&exports, iter);
}

/**
 * p2p_exports_next - go on to the next
 * @iter: after NULL it can only be ended
 *
 * Context: may sleep: the one before may go now.
 * Return: the buffer, held until the next call; NULL at the end.
 */
struct p2p_buffer *p2p_exports_next(struct klist_iter *iter)
{
	struct klist_node *node = klist_next(iter);

	return node ? buffer_at(node) : NULL;
}

/**
 * p2p_exports_end - end a walk, at its end or before
 * @iter: of it
 */
void p2p_exports_end(struct klist_iter *iter)
{
	klist_iter_exit(iter);
}
