// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_buf_invalidate_mappings() and the importer's invalidate_mappings, which
 * were called dma_buf_move_notify() and move_notify before.
 *
 * Upstream: "dma-buf: Rename .move_notify() callback to a clearer identifier"
 * (ef246da8e63c) and "dma-buf: Rename dma_buf_move_notify() to
 * dma_buf_invalidate_mappings()" (95308225e5ba), Linux 7.1
 * Absent: (implicit declaration of|call to undeclared) function 'dma_buf_invalidate_mappings'
 * Absent: no member named 'invalidate_mappings'
 */
#include <linux/dma-buf.h>
#include <linux/module.h>

bool probe(struct dma_buf *dmabuf, const struct dma_buf_attach_ops *ops);
bool probe(struct dma_buf *dmabuf, const struct dma_buf_attach_ops *ops)
{
	dma_buf_invalidate_mappings(dmabuf);
	return ops->invalidate_mappings;
}

MODULE_LICENSE("GPL");
