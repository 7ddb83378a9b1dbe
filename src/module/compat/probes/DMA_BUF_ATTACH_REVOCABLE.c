// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_buf_attach_revocable(): does an importer let go when it is told to?
 *
 * Upstream: "dma-buf: Add dma_buf_attach_revocable()" (be6d4c9e9d71), Linux 7.1
 * Absent: (implicit declaration of|call to undeclared) function 'dma_buf_attach_revocable'
 */
#include <linux/dma-buf.h>
#include <linux/module.h>

bool probe(struct dma_buf_attachment *attach);
bool probe(struct dma_buf_attachment *attach)
{
	return dma_buf_attach_revocable(attach);
}

MODULE_LICENSE("GPL");
