// SPDX-License-Identifier: GPL-2.0-only
/* BARs with struct pages, and who pins these. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "p2p.h"
#include "pages.h"
#include "tap.h"

#define PAGE	4096

void pages_skip(int control)
{
	struct vfio_p2p_info info;

	assert_ok(p2p_info(control, &info));
	if (!(info.capabilities & VFIO_P2P_CAP_PAGES))
		skip();
}

int pages_register(int control, int device_fd, __u32 region, __u64 offset,
		   __u64 length)
{
	struct vfio_p2p_register arg = {
		.argsz = sizeof(arg),
		.device_fd = device_fd,
		.region_index = region,
		.offset = offset,
		.length = length,
	};

	return ioctl(control, VFIO_P2P_REGISTER, &arg) ? -errno : 0;
}

int pages_unregister(int control, int device_fd, __u32 region, __u64 offset)
{
	struct vfio_p2p_unregister arg = {
		.argsz = sizeof(arg),
		.device_fd = device_fd,
		.region_index = region,
		.offset = offset,
	};

	return ioctl(control, VFIO_P2P_UNREGISTER, &arg) ? -errno : 0;
}

int pages_alloc(int control, int device_fd, __u32 region, __u64 length,
		__u64 *offset)
{
	struct vfio_p2p_alloc arg = {
		.argsz = sizeof(arg),
		.device_fd = device_fd,
		.region_index = region,
		.open_flags = O_RDWR | O_CLOEXEC,
		.length = length,
	};
	int fd = ioctl(control, VFIO_P2P_ALLOC, &arg);

	if (fd < 0)
		return -errno;
	if (offset)
		*offset = arg.offset;
	return fd;
}

int pages_export(int control, int device_fd, __u32 region, __u32 flags,
		 const struct vfio_p2p_range *ranges, __u32 nr_ranges)
{
	struct vfio_p2p_export arg = {
		.argsz = sizeof(arg),
		.flags = flags,
		.device_fd = device_fd,
		.region_index = region,
		.open_flags = O_RDWR | O_CLOEXEC,
		.nr_ranges = nr_ranges,
		.ranges = (uintptr_t)ranges,
	};
	int ret = ioctl(control, VFIO_P2P_EXPORT, &arg);

	return ret < 0 ? -errno : ret;
}

int pages_pool(int control, int device_fd, __u32 region,
	       struct vfio_p2p_pool *pool)
{
	*pool = (struct vfio_p2p_pool) {
		.argsz = sizeof(*pool),
		.device_fd = device_fd,
		.region_index = region,
	};
	return ioctl(control, VFIO_P2P_POOL, pool) ? -errno : 0;
}

void pages_iommu_skip(int control)
{
	struct vfio_p2p_info info;

	assert_ok(p2p_info(control, &info));
	if (!(info.capabilities & VFIO_P2P_CAP_IOMMU_PAGES))
		skip();
}

int pages_iommu_register(int control, int device_fd, __u32 region, __u32 flags)
{
	struct vfio_p2p_register arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_P2P_REGISTER_IOMMU | flags,
		.device_fd = device_fd,
		.region_index = region,
	};

	return ioctl(control, VFIO_P2P_REGISTER, &arg) ? -errno : 0;
}

int pages_iommu_alloc(int control, int device_fd, __u32 region, __u64 offset,
		      __u64 length)
{
	struct vfio_p2p_alloc arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_P2P_ALLOC_IOMMU,
		.device_fd = device_fd,
		.region_index = region,
		.open_flags = O_RDWR | O_CLOEXEC,
		.length = length,
		.offset = offset,
	};
	int fd = ioctl(control, VFIO_P2P_ALLOC, &arg);

	return fd < 0 ? -errno : fd;
}

char *pages_iommu_map(int control, int device_fd, __u32 region, __u64 offset,
		      size_t size)
{
	int fd = assert_ok(pages_iommu_alloc(control, device_fd, region, offset,
					     size));
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);

	assert_ptr_not_equal(addr, MAP_FAILED);
	close(fd);
	return addr;
}

int pin_page(struct pin *pin, void *addr)
{
	struct iovec iov = { addr, PAGE };
	int ret;

	if (pipe2(pin->fds, O_CLOEXEC))
		return -errno;
	if (vmsplice(pin->fds[1], &iov, 1, 0) == PAGE)
		return 0;
	ret = -errno;
	pin_drop(pin);
	return ret;
}

void pin_drop(struct pin *pin)
{
	close(pin->fds[0]);
	close(pin->fds[1]);
}

bool pages_drive_can(void)
{
	struct utsname name;

	assert_ok(uname(&name));
	return atoi(name.release) < 7 || access("/sys/kernel/debug/dma-api", F_OK);
}

/* The driver makes it in its own time. */
int pages_find_drive(const char *bdf, char *node, size_t size)
{
	unsigned int tries;
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern),
		 "/sys/bus/pci/devices/%s/nvme/nvme*/nvme*n1", bdf);
	for (tries = 0; tries < 300; tries++) {
		if (!glob(pattern, 0, NULL, &found)) {
			snprintf(node, size, "/dev/%s",
				 strrchr(found.gl_pathv[0], '/') + 1);
			globfree(&found);
			if (!access(node, R_OK))
				return 0;
		}
		usleep(100000);
	}
	return -ENODEV;
}

int pages_open_drive(const char *bdf)
{
	char node[64];
	int ret, fd;

	ret = pages_find_drive(bdf, node, sizeof(node));
	if (ret)
		return ret;
	fd = open(node, O_RDWR | O_DIRECT | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
