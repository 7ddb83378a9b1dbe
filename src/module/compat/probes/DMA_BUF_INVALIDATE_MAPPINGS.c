// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_buf_invalidate_mappings(), which was called dma_buf_move_notify() before.
 * Distributions backport it without the callback's new name.
 *
 * Upstream: "dma-buf: Rename dma_buf_move_notify() to
 * dma_buf_invalidate_mappings()" (95308225e5ba), Linux 7.1
 * Absent: (implicit declaration of|call to undeclared) function 'dma_buf_invalidate_mappings'
 */
#include <linux/dma-buf.h>
#include <linux/module.h>

void probe(struct dma_buf *dmabuf);
void probe(struct dma_buf *dmabuf)
{
	dma_buf_invalidate_mappings(dmabuf);
}

MODULE_LICENSE("GPL");
