/* SPDX-License-Identifier: GPL-2.0-only */
/* BARs with struct pages, and who pins these. */
#ifndef TEST_PAGES_H
#define TEST_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/vfio_p2p_dmabuf.h>

#include "vfio_dev.h"

/* All but pages_skip() return a negative errno if they fail. */

/* Skip the test where the module makes none. */
void pages_skip(int control);

int pages_register(int control, int device_fd, __u32 region, __u64 offset,
		   __u64 length);
int pages_unregister(int control, int device_fd, __u32 region, __u64 offset);

/* Returns the fd; OFFSET may be NULL. */
int pages_alloc(int control, int device_fd, __u32 region, __u64 length,
		__u64 *offset);

/* A dma-buf, with VFIO_P2P_EXPORT_*; O_RDWR | O_CLOEXEC; returns the fd. */
int pages_export(int control, int device_fd, __u32 region, __u32 flags,
		 const struct vfio_p2p_range *ranges, __u32 nr_ranges);

int pages_pool(int control, int device_fd, __u32 region,
	       struct vfio_p2p_pool *pool);

/* The same for an IOMMU's mappings only; FLAGS are added to VFIO_P2P_REGISTER_IOMMU. */
void pages_iommu_skip(int control);
int pages_iommu_register(int control, int device_fd, __u32 region, __u32 flags);
int pages_iommu_alloc(int control, int device_fd, __u32 region, __u64 offset,
		      __u64 length);

/* An mmap of these, for reading and writing; fails the test. */
char *pages_iommu_map(int control, int device_fd, __u32 region, __u64 offset,
		      size_t size);

/**
 * struct pin - a page that is pinned for long, in a pipe
 * @fds: the pipe
 */
struct pin {
	int fds[2];
};

/* Pin the page at an address. */
int pin_page(struct pin *pin, void *addr);
void pin_drop(struct pin *pin);

/*
 * Can the nvme driver do I/O with pages of BARs?  In Linux 7.x with
 * CONFIG_DMA_API_DEBUG dma_map_page_attrs() warns of all pages of ZONE_DEVICE, and
 * refuses them.
 */
bool pages_drive_can(void);

/* A block device of a function that the kernel's nvme driver has: its path */
int pages_find_drive(const char *bdf, char *node, size_t size);

/* The same, open: fd, O_DIRECT */
int pages_open_drive(const char *bdf);

#endif /* TEST_PAGES_H */
