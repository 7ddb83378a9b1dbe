// SPDX-License-Identifier: GPL-2.0-only
/* vfio devices through their device nodes (cdev) and iommufd. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "env.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_cdev.h"

#define IOMMUFD_PATH	"/dev/iommu"

/* The name of the node, such as vfio0, is all there is in a directory. */
static int cdev_path(const char *bdf, char *path)
{
	char sysfs[PATH_MAX];
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	snprintf(sysfs, sizeof(sysfs), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	dir = opendir(sysfs);
	if (!dir)
		return -errno;

	while (ret && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		snprintf(path, PATH_MAX, "/dev/vfio/devices/%s",
			 entry->d_name);
		ret = 0;
	}
	closedir(dir);

	return ret;
}

const char *vfio_cdev_bdf_or_skip(const char *name)
{
	const char *bdf = env_bdf_or_skip(name);
	char path[PATH_MAX];

	assert_ok(pci_bind(bdf, "vfio-pci"));
	if (access(IOMMUFD_PATH, F_OK)) {
		print_message("no " IOMMUFD_PATH " on this kernel\n");
		skip();
	}
	if (cdev_path(bdf, path) || access(path, F_OK)) {
		print_message("no nodes of vfio devices on this kernel\n");
		skip();
	}

	return bdf;
}

int iommufd_open(void)
{
	int fd = open(IOMMUFD_PATH, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int iommufd_ioas_alloc(int iommufd)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;

	return alloc.out_ioas_id;
}

int iommufd_destroy(int iommufd, __u32 id)
{
	struct iommu_destroy destroy = { .size = sizeof(destroy), .id = id };

	return ioctl(iommufd, IOMMU_DESTROY, &destroy) ? -errno : 0;
}

int vfio_cdev_open(struct vfio_dev *dev, const char *bdf)
{
	char path[PATH_MAX];
	int ret;

	memset(dev, 0, sizeof(*dev));
	dev->fd = -1;
	snprintf(dev->bdf, sizeof(dev->bdf), "%s", bdf);

	ret = cdev_path(bdf, path);
	if (ret)
		return ret;

	dev->fd = open(path, O_RDWR | O_CLOEXEC);

	return dev->fd < 0 ? -errno : 0;
}

void vfio_cdev_close(struct vfio_dev *dev)
{
	if (dev->fd >= 0)
		close(dev->fd);
	dev->fd = -1;
}

int vfio_cdev_bind(const struct vfio_dev *dev, int iommufd)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = iommufd,
	};

	if (ioctl(dev->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return -errno;

	return bind.out_devid;
}

int vfio_cdev_attach(const struct vfio_dev *dev, __u32 pt_id)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = pt_id,
	};

	if (ioctl(dev->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return -errno;

	return attach.pt_id;
}

int vfio_cdev_detach(const struct vfio_dev *dev)
{
	struct vfio_device_detach_iommufd_pt detach = {
		.argsz = sizeof(detach),
	};

	return ioctl(dev->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach) ?
		       -errno : 0;
}
