/* SPDX-License-Identifier: GPL-2.0-only */
/* VFIO_DEVICE_FEATURE of a vfio device. */
#ifndef TEST_VFIO_FEATURE_H
#define TEST_VFIO_FEATURE_H

#include <stddef.h>

#include <linux/vfio.h>
#include <linux/vfio_p2p_dmabuf.h>

/*
 * All functions take a device fd and return a negative errno if they fail.
 * ARGSZ of the raw call is whatever the caller says; SIZE bytes of DATA are put
 * behind the header and come back from there.
 */
int vfio_feature_raw(int fd, __u32 argsz, __u32 flags, void *data, size_t size);

/* PROBE with GET or SET (VFIO_DEVICE_FEATURE_*), argsz 8 */
int vfio_feature_probe(int fd, __u32 feature, __u32 get_or_set);

/* Export by feature 11; returns the fd of the dma-buf. */
int vfio_feature_dma_buf(int fd, __u32 region, __u32 open_flags,
			 const struct vfio_region_dma_range *ranges,
			 __u32 nr_ranges);

/* One range, O_RDWR | O_CLOEXEC */
int vfio_feature_dma_buf_range(int fd, __u32 region, __u64 offset,
			       __u64 length);

int vfio_feature_low_power_entry(int fd);
int vfio_feature_low_power_entry_with_wakeup(int fd, int event_fd);
int vfio_feature_low_power_exit(int fd);

#endif /* TEST_VFIO_FEATURE_H */
