// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/ioctl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "cli.h"
#include "sysfs.h"
#include "vfio_open.h"

/* The kernel's ABI since Linux 6.6, for older headers */
#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};

#define VFIO_DEVICE_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)
#endif

#define DEVICES	"/sys/bus/pci/devices"

/* Why a node can't be opened, and what to do */
static void __attribute__((noreturn))
refuse_node(const struct function *function, const char *path)
{
	switch (errno) {
	case EBUSY:
		errx(CLI_TROUBLE,
		     "%s is in use by another program, and vfio gives a device to one at a time; \"fuser -v %s\" says which",
		     function->text, path);
	case EACCES:
	case EPERM:
		errx(CLI_TROUBLE,
		     "no permission to open %s; become root, or have it given to you (chown)",
		     path);
	case ENOENT:
		errx(CLI_TROUBLE,
		     "%s is missing; is the module vfio loaded, and if this is a container, was it given that node?",
		     path);
	default:
		err(CLI_TROUBLE, "%s", path);
	}
}

static int open_node(const struct function *function, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		refuse_node(function, path);
	return fd;
}

/* The node of a device, such as /dev/vfio/devices/vfio0; NULL if it has none */
static char *node_of(const struct function *function)
{
	char *path = text_of(DEVICES "/%s/vfio-dev", function->text);
	DIR *dir = opendir(path);
	struct dirent *entry;
	char *node = NULL;

	free(path);
	while (dir && !node && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, "vfio", 4))
			node = text_of("/dev/vfio/devices/%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	if (node && access(node, F_OK)) {
		free(node);
		node = NULL;
	}
	return node;
}

/* Why a device can't be given to an iommufd; what there is in common is its group. */
static void __attribute__((noreturn))
refuse_bind(const struct function *function)
{
	switch (errno) {
	case EPERM:
		errx(CLI_TROUBLE,
		     "%s can't be had by its node: a driver or another program has a device of its IOMMU group, %d (see \"vfio-p2p list --all\"), or the machine can't tell its interrupts from others' (interrupt remapping, in the firmware)",
		     function->text, function->group);
	case EBUSY:
	case EINVAL:
		errx(CLI_TROUBLE,
		     "%s is in use by another program, or its IOMMU can't keep caches coherent; try --open=group, which says more",
		     function->text);
	default:
		err(CLI_TROUBLE, "%s: binding it to an iommufd", function->text);
	}
}

/* The iommufd stays open with the device. */
static int open_by_node(const struct function *function, const char *node)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	int fd = open_node(function, node);

	bind.iommufd = open_node(function, "/dev/iommu");
	if (!ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return fd;
	refuse_bind(function);
}

/**
 * struct group - paths and kind of an IOMMU group
 * @path: its node
 * @iommu: what kind of container it wants
 */
struct group {
	char *path;
	int iommu;
};

static struct group group_of(const struct function *function)
{
	struct group group = { .iommu = VFIO_TYPE1v2_IOMMU };

	group.path = text_of("/dev/vfio/noiommu-%d", function->group);
	if (!access(group.path, F_OK)) {
		group.iommu = VFIO_NOIOMMU_IOMMU;
		return group;
	}
	free(group.path);
	group.path = text_of("/dev/vfio/%d", function->group);
	return group;
}

static void check_viable(const struct function *function, int group_fd)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(group_fd, VFIO_GROUP_GET_STATUS, &status))
		err(CLI_TROUBLE, "IOMMU group %d", function->group);
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		errx(CLI_TROUBLE,
		     "another device of IOMMU group %d, that of %s, has a driver that is not vfio's; bind it to vfio-pci, or to no driver (see \"vfio-p2p list --all\")",
		     function->group, function->text);
}

/* Group and container stay open with the device. */
static int open_by_group(const struct function *function)
{
	struct group group = group_of(function);
	int group_fd, container, fd;

	group_fd = open_node(function, group.path);
	container = open_node(function, "/dev/vfio/vfio");
	check_viable(function, group_fd);
	if (ioctl(group_fd, VFIO_GROUP_SET_CONTAINER, &container))
		err(CLI_TROUBLE, "%s", group.path);
	if (ioctl(container, VFIO_SET_IOMMU, group.iommu))
		err(CLI_TROUBLE, "the IOMMU of %s", function->text);
	fd = ioctl(group_fd, VFIO_GROUP_GET_DEVICE_FD, function->text);
	if (fd < 0)
		err(CLI_TROUBLE, "%s", function->text);
	free(group.path);
	return fd;
}

/* Without it a dma-buf would be born without access. */
static void enable_memory(const struct function *function, int fd)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t command;
	off_t offset;

	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info))
		err(CLI_TROUBLE, "%s", function->text);
	offset = (off_t)info.offset + PCI_COMMAND;
	if (pread(fd, &command, sizeof(command), offset) != sizeof(command))
		err(CLI_TROUBLE, "config space of %s", function->text);
	if (command & PCI_COMMAND_MEMORY)
		return;
	command |= PCI_COMMAND_MEMORY;
	if (pwrite(fd, &command, sizeof(command), offset) != sizeof(command))
		err(CLI_TROUBLE, "config space of %s", function->text);
}

static void check_driver(const struct function *function)
{
	char *vfio = sysfs_real(DEVICES "/%s/vfio-dev", function->text);
	bool has_vfio = vfio || (function->driver &&
				 strstr(function->driver, "vfio"));

	free(vfio);
	if (!function->driver)
		errx(CLI_TROUBLE,
		     "%s has no driver; bind it to vfio-pci: driverctl set-override %s vfio-pci",
		     function->text, function->text);
	if (!has_vfio)
		errx(CLI_TROUBLE,
		     "%s has the driver %s; whatever uses it has to stop, then bind it to vfio-pci: driverctl set-override %s vfio-pci",
		     function->text, function->driver, function->text);
	if (function->group < 0)
		errx(CLI_TROUBLE,
		     "%s is in no IOMMU group; switch the IOMMU on, in the firmware and with the kernel parameter intel_iommu=on or amd_iommu=on",
		     function->text);
}

static int open_device(const struct function *function, enum vfio_way way)
{
	char *node = way == VFIO_WAY_GROUP ? NULL : node_of(function);
	int fd;

	if (way == VFIO_WAY_NODE && !node)
		errx(CLI_TROUBLE,
		     "%s has no node in /dev/vfio/devices; this kernel may have none (CONFIG_VFIO_DEVICE_CDEV)",
		     function->text);
	if (node && way == VFIO_WAY_ANY &&
	    (access(node, R_OK | W_OK) || access("/dev/iommu", R_OK | W_OK))) {
		free(node);
		node = NULL;
	}
	fd = node ? open_by_node(function, node) : open_by_group(function);
	free(node);
	return fd;
}

int vfio_open(const struct function *function, enum vfio_way way)
{
	int fd;

	check_driver(function);
	fd = open_device(function, way);
	enable_memory(function, fd);
	return fd;
}
