// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the memory of a dma-buf is, for other kernel modules.  What they have to
 * obey is in the header.
 *
 * What is told here is not counted as a mapping, and no revoke waits for it: who
 * asked has let go when its move_notify returns.
 */
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/vfio_p2p_phys.h>

#include "buffer.h"
#include "mapping.h"

int vfio_p2p_phys_ranges(struct dma_buf_attachment *attach,
			 const struct vfio_p2p_phys_range **ranges)
{
	const struct p2p_buffer *buf;

	if (IS_ERR_OR_NULL(attach))
		return -EINVAL;

	dma_resv_assert_held(attach->dmabuf->resv);
	buf = p2p_buffer_of_dmabuf(attach->dmabuf);
	if (!buf)
		return -EOPNOTSUPP;
	if (buf->revoked)
		return -ENODEV;

	*ranges = buf->ranges->range;
	return buf->ranges->nr;
}
EXPORT_SYMBOL_GPL(vfio_p2p_phys_ranges);
