// SPDX-License-Identifier: GPL-2.0-only
/* Resets that a vfio device offers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vfio_reset.h"

/* More functions than any test has behind one bus */
#define MAX_DEVICES	64

int vfio_dev_reset(const struct vfio_dev *dev)
{
	return ioctl(dev->fd, VFIO_DEVICE_RESET) ? -errno : 0;
}

int vfio_dev_hot_reset_info(const struct vfio_dev *dev,
			    struct vfio_pci_dependent_device *devices,
			    unsigned int room)
{
	struct vfio_pci_hot_reset_info *info;
	size_t size;
	int ret;

	size = sizeof(*info) + MAX_DEVICES * sizeof(info->devices[0]);
	info = calloc(1, size);
	if (!info)
		return -ENOMEM;

	info->argsz = size;
	if (ioctl(dev->fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info)) {
		ret = -errno;
	} else {
		ret = info->count;
		if (room > info->count)
			room = info->count;
		memcpy(devices, info->devices, room * sizeof(*devices));
	}
	free(info);

	return ret;
}

int vfio_dev_hot_reset(const struct vfio_dev *dev, const int *group_fds,
		       unsigned int count)
{
	struct vfio_pci_hot_reset *reset;
	size_t size;
	int ret = 0;

	size = sizeof(*reset) + count * sizeof(reset->group_fds[0]);
	reset = calloc(1, size);
	if (!reset)
		return -ENOMEM;

	reset->argsz = size;
	reset->count = count;
	memcpy(reset->group_fds, group_fds, count * sizeof(*group_fds));
	if (ioctl(dev->fd, VFIO_DEVICE_PCI_HOT_RESET, reset))
		ret = -errno;
	free(reset);

	return ret;
}
