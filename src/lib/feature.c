// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "feature.h"

/* Both must be the same for the ranges to be copied as they are. */
_Static_assert(sizeof(struct vfio_p2p_range) ==
	       sizeof(struct vfio_region_dma_range), "ranges differ");

int feature_probe(int device_fd)
{
	struct vfio_device_feature probe = {
		.argsz = sizeof(probe),
		.flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET |
			 VFIO_DEVICE_FEATURE_DMA_BUF,
	};

	return ioctl(device_fd, VFIO_DEVICE_FEATURE, &probe) ? -errno : 0;
}

int feature_export(const struct request *req)
{
	struct vfio_device_feature_dma_buf *get;
	struct vfio_device_feature *head;
	size_t size, ranges_size;
	int ret;

	if (req->nr_ranges > (UINT32_MAX - sizeof(*head) - sizeof(*get)) /
			     sizeof(*req->ranges))
		return -ENOMEM;
	ranges_size = req->nr_ranges * sizeof(*req->ranges);
	size = sizeof(*head) + sizeof(*get) + ranges_size;

	head = malloc(size);
	if (!head)
		return -ENOMEM;

	head->argsz = size;
	head->flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF;
	get = (struct vfio_device_feature_dma_buf *)head->data;
	*get = (struct vfio_device_feature_dma_buf) {
		.region_index = req->bar,
		.open_flags = req->open_flags,
		.nr_ranges = req->nr_ranges,
	};
	memcpy(get->dma_ranges, req->ranges, ranges_size);

	ret = ioctl(req->device_fd, VFIO_DEVICE_FEATURE, head);
	if (ret < 0)
		ret = -errno;
	free(head);
	return ret;
}
