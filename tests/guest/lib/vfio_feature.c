// SPDX-License-Identifier: GPL-2.0-only
/* VFIO_DEVICE_FEATURE of a vfio device. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vfio_feature.h"

int vfio_feature_raw(int fd, __u32 argsz, __u32 flags, void *data, size_t size)
{
	struct vfio_device_feature *feature;
	int ret;

	feature = malloc(sizeof(*feature) + size);
	if (!feature)
		return -ENOMEM;

	feature->argsz = argsz;
	feature->flags = flags;
	if (size)
		memcpy(feature->data, data, size);

	ret = ioctl(fd, VFIO_DEVICE_FEATURE, feature);
	if (ret < 0)
		ret = -errno;
	else if (size)
		memcpy(data, feature->data, size);
	free(feature);

	return ret;
}

static int feature_call(int fd, __u32 flags, void *data, size_t size)
{
	return vfio_feature_raw(fd, sizeof(struct vfio_device_feature) + size,
				flags, data, size);
}

int vfio_feature_probe(int fd, __u32 feature, __u32 get_or_set)
{
	return feature_call(fd, feature | get_or_set |
			    VFIO_DEVICE_FEATURE_PROBE, NULL, 0);
}

int vfio_feature_dma_buf(int fd, __u32 region, __u32 open_flags,
			 const struct vfio_region_dma_range *ranges,
			 __u32 nr_ranges)
{
	struct vfio_device_feature_dma_buf *get;
	size_t size;
	int ret;

	size = sizeof(*get) + nr_ranges * sizeof(*ranges);
	get = calloc(1, size);
	if (!get)
		return -ENOMEM;

	get->region_index = region;
	get->open_flags = open_flags;
	get->nr_ranges = nr_ranges;
	if (nr_ranges)
		memcpy(get->dma_ranges, ranges, nr_ranges * sizeof(*ranges));

	ret = feature_call(fd, VFIO_DEVICE_FEATURE_GET |
			   VFIO_DEVICE_FEATURE_DMA_BUF, get, size);
	free(get);

	return ret;
}

int vfio_feature_dma_buf_range(int fd, __u32 region, __u64 offset, __u64 length)
{
	const struct vfio_region_dma_range range = {
		.offset = offset,
		.length = length,
	};

	return vfio_feature_dma_buf(fd, region, O_RDWR | O_CLOEXEC, &range, 1);
}

int vfio_feature_low_power_entry(int fd)
{
	return feature_call(fd, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, NULL, 0);
}

int vfio_feature_low_power_entry_with_wakeup(int fd, int event_fd)
{
	struct vfio_device_low_power_entry_with_wakeup entry = {
		.wakeup_eventfd = event_fd,
	};

	return feature_call(fd, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
			    &entry, sizeof(entry));
}

int vfio_feature_low_power_exit(int fd)
{
	return feature_call(fd, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, NULL, 0);
}
