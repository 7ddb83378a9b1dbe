// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <sys/ioctl.h>
#include <linux/vfio.h>
#include <linux/vfio_p2p_dmabuf.h>

/* A dma-buf over one slice of a BAR of a vfio device; -1 and errno. */
int export_bar(int device_fd, unsigned int bar, __u64 offset, __u64 length)
{
	struct {
		struct vfio_device_feature head;
		struct vfio_device_feature_dma_buf get;
		struct vfio_region_dma_range range;
	} arg = {
		.head.argsz = sizeof(arg),
		.head.flags = VFIO_DEVICE_FEATURE_GET |
			      VFIO_DEVICE_FEATURE_DMA_BUF,
		.get.region_index = bar,
		.get.open_flags = O_RDWR | O_CLOEXEC,
		.get.nr_ranges = 1,
		.range = { .offset = offset, .length = length },
	};

	return ioctl(device_fd, VFIO_DEVICE_FEATURE, &arg);
}
