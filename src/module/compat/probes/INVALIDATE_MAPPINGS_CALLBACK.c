// SPDX-License-Identifier: GPL-2.0-only
/*
 * The importer's invalidate_mappings, which was called move_notify before.
 *
 * Upstream: "dma-buf: Rename .move_notify() callback to a clearer identifier"
 * (ef246da8e63c), Linux 7.1
 * Absent: no member named 'invalidate_mappings'
 */
#include <linux/dma-buf.h>
#include <linux/module.h>

bool probe(const struct dma_buf_attach_ops *ops);
bool probe(const struct dma_buf_attach_ops *ops)
{
	return ops->invalidate_mappings;
}

MODULE_LICENSE("GPL");
