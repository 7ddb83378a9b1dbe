/* SPDX-License-Identifier: GPL-2.0-only */
/* vfio devices through groups and a container, type 1 or without an IOMMU. */
#ifndef TEST_VFIO_DEV_H
#define TEST_VFIO_DEV_H

#include <stdbool.h>

#include <linux/vfio.h>

#define VFIO_MAX_GROUPS	16

/**
 * struct vfio_group - an open group
 * @fd: open group
 * @number: of the IOMMU group
 * @users: devices of it that are open
 */
struct vfio_group {
	int fd;
	int number;
	int users;
};

/**
 * struct vfio_container - an open container with its groups
 * @fd: /dev/vfio/vfio
 * @has_iommu: the IOMMU was set
 * @groups: entries with no users are free
 */
struct vfio_container {
	int fd;
	bool has_iommu;
	struct vfio_group groups[VFIO_MAX_GROUPS];
};

/**
 * struct vfio_dev - an open device
 * @fd: the device
 * @bdf: its address
 * @container: where it is
 * @group: its group, in @container
 * @own_container: @container goes with the device
 */
struct vfio_dev {
	int fd;
	char bdf[16];
	struct vfio_container *container;
	struct vfio_group *group;
	bool own_container;
};

/* All functions return a negative errno if they fail. */
int vfio_container_open(struct vfio_container *container);
void vfio_container_close(struct vfio_container *container);

/*
 * Open a device that is bound to vfio-pci, in a container it may share with
 * others, or in one of its own if CONTAINER is NULL.
 */
int vfio_dev_open_in(struct vfio_dev *dev, struct vfio_container *container,
		     const char *bdf);
int vfio_dev_open(struct vfio_dev *dev, const char *bdf);

/* Closes the device and, when it was the last of its group, the group. */
void vfio_dev_close(struct vfio_dev *dev);

/* One more fd of an open device */
int vfio_dev_reopen(const struct vfio_dev *dev);

int vfio_dev_info(const struct vfio_dev *dev, struct vfio_device_info *info);

/* Map host memory for the DMA of all devices of the container. */
int vfio_container_map(struct vfio_container *container, void *addr,
		       __u64 iova, __u64 size);
int vfio_container_unmap(struct vfio_container *container, __u64 iova,
			 __u64 size);

#endif /* TEST_VFIO_DEV_H */
