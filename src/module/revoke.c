// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking one dma-buf back for good, at its owner's wish.  The others keep what
 * they have.
 *
 * Pages come first: if they are pinned for long nothing has happened.
 */
#include <linux/err.h>

#include "buffer.h"
#include "device.h"
#include "hold.h"
#include "pages.h"
#include "revoke.h"

/**
 * p2p_revoke - take a dma-buf back
 * @dev: the device; a file of it is held open for the duration of the call
 * @dmabuf: any dma-buf; the caller holds it
 *
 * Context: may sleep, for as long as importers take to unmap, and for 5 seconds if
 * pages are pinned; no lock of vfio held.
 * Return: 0, also if it was taken back before; or an error, see
 * p2p_exporter_find() and p2p_pages_take_back().
 */
int p2p_revoke(struct p2p_device *dev, struct dma_buf *dmabuf)
{
	struct p2p_buffer *buf = p2p_exporter_find(&dev->exporter, dmabuf);
	int ret;

	if (IS_ERR(buf))
		return PTR_ERR(buf);

	if (buf->hold) {
		ret = p2p_pages_take_back(dev, buf->hold);
		if (ret)
			return ret;
	}
	p2p_buffer_end(buf);
	if (buf->hold)
		p2p_hold_let_go(buf->hold);
	return 0;
}
