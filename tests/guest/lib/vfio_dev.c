// SPDX-License-Identifier: GPL-2.0-only
/* vfio devices through groups and a container, type 1 or without an IOMMU. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sysfs.h"
#include "vfio_dev.h"

int vfio_container_open(struct vfio_container *container)
{
	memset(container, 0, sizeof(*container));
	container->fd = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);

	return container->fd < 0 ? -errno : 0;
}

void vfio_container_close(struct vfio_container *container)
{
	int i;

	for (i = 0; i < VFIO_MAX_GROUPS; i++) {
		if (container->groups[i].users)
			close(container->groups[i].fd);
	}
	close(container->fd);
	memset(container, 0, sizeof(*container));
	container->fd = -1;
}

static int vfio_group_check(int fd)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(fd, VFIO_GROUP_GET_STATUS, &status))
		return -errno;

	return status.flags & VFIO_GROUP_FLAGS_VIABLE ? 0 : -EPERM;
}

/* The IOMMU can be set once the first group is there. */
static int vfio_group_attach(struct vfio_container *container, int fd, int type)
{
	if (ioctl(fd, VFIO_GROUP_SET_CONTAINER, &container->fd))
		return -errno;

	if (container->has_iommu)
		return 0;

	if (ioctl(container->fd, VFIO_SET_IOMMU, type))
		return -errno;
	container->has_iommu = true;

	return 0;
}

static int vfio_group_open(struct vfio_container *container,
			   struct vfio_group *group, int number)
{
	int type = VFIO_TYPE1v2_IOMMU, fd, ret;
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		type = VFIO_NOIOMMU_IOMMU;
		snprintf(path, sizeof(path), "/dev/vfio/noiommu-%d", number);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;

	ret = vfio_group_check(fd);
	if (!ret)
		ret = vfio_group_attach(container, fd, type);
	if (ret) {
		close(fd);
		return ret;
	}

	group->fd = fd;
	group->number = number;

	return 0;
}

static int vfio_group_get(struct vfio_container *container, int number,
			  struct vfio_group **result)
{
	struct vfio_group *free_entry = NULL;
	int i, ret;

	for (i = 0; i < VFIO_MAX_GROUPS; i++) {
		struct vfio_group *group = &container->groups[i];

		if (group->users && group->number == number) {
			group->users++;
			*result = group;
			return 0;
		}
		if (!group->users && !free_entry)
			free_entry = group;
	}

	if (!free_entry)
		return -ENOSPC;

	ret = vfio_group_open(container, free_entry, number);
	if (ret)
		return ret;

	free_entry->users = 1;
	*result = free_entry;

	return 0;
}

static void vfio_group_put(struct vfio_container *container,
			   struct vfio_group *group)
{
	int i;

	if (--group->users)
		return;

	close(group->fd);

	/* The container loses its IOMMU with its last group. */
	for (i = 0; i < VFIO_MAX_GROUPS; i++) {
		if (container->groups[i].users)
			return;
	}
	container->has_iommu = false;
}

int vfio_dev_open_in(struct vfio_dev *dev, struct vfio_container *container,
		     const char *bdf)
{
	int number, ret;

	memset(dev, 0, sizeof(*dev));
	dev->fd = -1;
	snprintf(dev->bdf, sizeof(dev->bdf), "%s", bdf);

	number = pci_iommu_group(bdf);
	if (number < 0)
		return number;

	ret = vfio_group_get(container, number, &dev->group);
	if (ret)
		return ret;

	dev->container = container;
	dev->fd = vfio_dev_reopen(dev);
	if (dev->fd < 0) {
		ret = dev->fd;
		vfio_group_put(container, dev->group);
		return ret;
	}

	return 0;
}

int vfio_dev_open(struct vfio_dev *dev, const char *bdf)
{
	struct vfio_container *container;
	int ret;

	container = calloc(1, sizeof(*container));
	if (!container)
		return -ENOMEM;

	ret = vfio_container_open(container);
	if (ret)
		goto err_free;

	ret = vfio_dev_open_in(dev, container, bdf);
	if (ret)
		goto err_close;

	dev->own_container = true;

	return 0;

err_close:
	vfio_container_close(container);
err_free:
	free(container);

	return ret;
}

void vfio_dev_close(struct vfio_dev *dev)
{
	if (dev->fd < 0)
		return;

	close(dev->fd);
	dev->fd = -1;
	vfio_group_put(dev->container, dev->group);
	if (dev->own_container) {
		vfio_container_close(dev->container);
		free(dev->container);
	}
	dev->container = NULL;
}

int vfio_dev_reopen(const struct vfio_dev *dev)
{
	int fd = ioctl(dev->group->fd, VFIO_GROUP_GET_DEVICE_FD, dev->bdf);

	return fd < 0 ? -errno : fd;
}

int vfio_dev_info(const struct vfio_dev *dev, struct vfio_device_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);

	return ioctl(dev->fd, VFIO_DEVICE_GET_INFO, info) ? -errno : 0;
}

int vfio_container_map(struct vfio_container *container, void *addr,
		       __u64 iova, __u64 size)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)addr,
		.iova = iova,
		.size = size,
	};

	return ioctl(container->fd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

int vfio_container_unmap(struct vfio_container *container, __u64 iova,
			 __u64 size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	return ioctl(container->fd, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno : 0;
}
