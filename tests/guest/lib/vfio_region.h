/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions of a vfio device: BARs and what they hold. */
#ifndef TEST_VFIO_REGION_H
#define TEST_VFIO_REGION_H

#include <stddef.h>

#include "vfio_dev.h"

/* All functions return a negative errno if they fail. */
int vfio_region_info(const struct vfio_dev *dev, __u32 index,
		     struct vfio_region_info *info);

/* The size of a region, 0 if there is none */
long long vfio_region_size(const struct vfio_dev *dev, __u32 index);

/* Whole transfers at an offset in the region, or -EIO */
int vfio_region_read(const struct vfio_dev *dev, __u32 index, __u64 offset,
		     void *buf, size_t size);
int vfio_region_write(const struct vfio_dev *dev, __u32 index, __u64 offset,
		      const void *buf, size_t size);

/* mmap() of a slice, for reading and writing */
int vfio_region_mmap(const struct vfio_dev *dev, __u32 index, __u64 offset,
		     size_t size, void **addr);

#endif /* TEST_VFIO_REGION_H */
