// SPDX-License-Identifier: GPL-2.0-only
/* Regions of a vfio device: BARs and what they hold. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio_region.h"

int vfio_region_info(const struct vfio_dev *dev, __u32 index,
		     struct vfio_region_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	info->index = index;

	return ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, info) ? -errno : 0;
}

long long vfio_region_size(const struct vfio_dev *dev, __u32 index)
{
	struct vfio_region_info info;
	int ret;

	ret = vfio_region_info(dev, index, &info);

	return ret ?: (long long)info.size;
}

int vfio_region_read(const struct vfio_dev *dev, __u32 index, __u64 offset,
		     void *buf, size_t size)
{
	struct vfio_region_info info;
	ssize_t n;
	int ret;

	ret = vfio_region_info(dev, index, &info);
	if (ret)
		return ret;

	n = pread(dev->fd, buf, size, info.offset + offset);
	if (n < 0)
		return -errno;

	return (size_t)n == size ? 0 : -EIO;
}

int vfio_region_write(const struct vfio_dev *dev, __u32 index, __u64 offset,
		      const void *buf, size_t size)
{
	struct vfio_region_info info;
	ssize_t n;
	int ret;

	ret = vfio_region_info(dev, index, &info);
	if (ret)
		return ret;

	n = pwrite(dev->fd, buf, size, info.offset + offset);
	if (n < 0)
		return -errno;

	return (size_t)n == size ? 0 : -EIO;
}

int vfio_region_mmap(const struct vfio_dev *dev, __u32 index, __u64 offset,
		     size_t size, void **addr)
{
	struct vfio_region_info info;
	int ret;

	ret = vfio_region_info(dev, index, &info);
	if (ret)
		return ret;

	*addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dev->fd,
		     info.offset + offset);

	return *addr == MAP_FAILED ? -errno : 0;
}
