/* SPDX-License-Identifier: GPL-2.0-only */
/* Arguments of VFIO_DEVICE_FEATURE_DMA_BUF that may be wrong, byte by byte. */
#ifndef TEST_FEATURE_IMAGE_H
#define TEST_FEATURE_IMAGE_H

#include <stddef.h>

#include "vfio_feature.h"

/* How much of an argument there is, in bytes */
#define ENVELOPE	sizeof(struct vfio_device_feature)
#define HEADER		(ENVELOPE + \
			 sizeof(struct vfio_device_feature_dma_buf))
#define RANGES(n)	(HEADER + (n) * sizeof(struct vfio_region_dma_range))

/**
 * struct feature_image - an argument as it is in memory
 * @argsz: as in struct vfio_device_feature
 * @flags: likewise
 * @region: as in struct vfio_device_feature_dma_buf
 * @open_flags: likewise
 * @get_flags: its flags
 * @nr: its nr_ranges
 * @ranges: those that are there
 */
struct feature_image {
	__u32 argsz;
	__u32 flags;
	__u32 region;
	__u32 open_flags;
	__u32 get_flags;
	__u32 nr;
	struct vfio_region_dma_range ranges[3];
};

/* What the ioctl returns, or a negative errno */
int feature_ioctl(int device_fd, void *arg);

/* The same for an image of which only READABLE bytes can be read */
int feature_image_call(int device_fd, const struct feature_image *image,
		       size_t readable);

#endif /* TEST_FEATURE_IMAGE_H */
