// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE_DMA_BUF on the device fd itself, as in Linux 6.19.
 */
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vfio_p2p_dmabuf.h>

#include "device.h"
#include "export.h"
#include "feature.h"

/**
 * p2p_feature_dma_buf - answer the feature
 * @dev: the device whose fd was used
 * @flags: of struct vfio_device_feature
 * @arg: user pointer to its data
 * @argsz: size of the data, in bytes
 *
 * Upstream does not hold argsz against the number of ranges, so neither do we.
 *
 * Context: may sleep; no lock of vfio held.
 * Return: for PROBE 0, for GET the fd, or an error.
 */
int p2p_feature_dma_buf(struct p2p_device *dev, u32 flags, void __user *arg,
			size_t argsz)
{
	struct vfio_device_feature_dma_buf __user *user = arg;
	struct vfio_device_feature_dma_buf get;
	struct p2p_export_request req;
	int ret;

	ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				 sizeof(get));
	if (ret != 1)
		return ret;

	if (copy_from_user(&get, user, sizeof(get)))
		return -EFAULT;
	if (!get.nr_ranges || get.flags)
		return -EINVAL;

	req = (struct p2p_export_request) {
		.region_index = get.region_index,
		.open_flags = get.open_flags,
		.nr_ranges = get.nr_ranges,
		.ranges = user->dma_ranges,
	};
	return p2p_export(dev, &req);
}
