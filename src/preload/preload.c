// SPDX-License-Identifier: GPL-2.0-only
/*
 * libvfio-p2p-iommufd.so: for VMMs that give BARs to an iommufd as they do to a
 * container, by the address where they have them mapped.  iommufd refuses that; this
 * object, loaded with LD_PRELOAD, gives it what it takes instead, which a BAR has to get
 * before it is mapped.
 *
 * All other calls go to the C library as they are, and so do these if nothing comes of
 * it.
 */
#include <errno.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/vfio.h>

#include "../lib/iommufd.h"
#include "bars.h"
#include "dmabufs.h"
#include "instead.h"
#include "real.h"

#define EXPORTED	__attribute__((visibility("default")))

/*
 * Without asking iommufd first: as long as no device is in the address space it takes
 * anything, and refuses the device that comes.
 */
static int map(int iommufd, struct iommu_ioas_map *args)
{
	const int before = errno;

	if (!args || !map_instead(iommufd, args))
		return real_ioctl(iommufd, IOMMU_IOAS_MAP, args);
	errno = before;
	return 0;
}

static int map_file(int iommufd, struct iommu_ioas_map_file *args)
{
	const int before = errno;

	if (!args || !map_file_instead(iommufd, args))
		return real_ioctl(iommufd, IOMMU_IOAS_MAP_FILE, args);
	errno = before;
	return 0;
}

static int feature(int device_fd, struct vfio_device_feature *args)
{
	int ret = real_ioctl(device_fd, VFIO_DEVICE_FEATURE, args);
	const int after = errno;

	if (ret >= 0)
		dmabufs_add(device_fd, args, ret);
	errno = after;
	return ret;
}

EXPORTED int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);

	switch (request) {
	case IOMMU_IOAS_MAP:
		return map(fd, arg);
	case IOMMU_IOAS_MAP_FILE:
		return map_file(fd, arg);
	case VFIO_DEVICE_FEATURE:
		return feature(fd, arg);
	default:
		return real_ioctl(fd, request, arg);
	}
}

static struct bar *begin_mmap(size_t length, int flags, int fd, uint64_t offset)
{
	const int before = errno;
	struct bar *bar = bars_begin_mmap(length, flags, fd, offset);

	errno = before;
	return bar;
}

static void *end_mmap(struct bar *bar, void *addr, size_t length)
{
	const int after = errno;

	bars_end_mmap(bar, addr, length);
	errno = after;
	return addr;
}

EXPORTED void *mmap(void *addr, size_t length, int prot, int flags, int fd,
		    off_t offset)
{
	struct bar *bar = begin_mmap(length, flags, fd, (uint64_t)offset);

	return end_mmap(bar, real_mmap(addr, length, prot, flags, fd, offset),
			length);
}

EXPORTED void *mmap64(void *addr, size_t length, int prot, int flags, int fd,
		      off64_t offset)
{
	struct bar *bar = begin_mmap(length, flags, fd, (uint64_t)offset);

	return end_mmap(bar, real_mmap64(addr, length, prot, flags, fd, offset),
			length);
}

/* Before it is gone, as then somebody else may get the address. */
static void going(void *addr, size_t length)
{
	const int before = errno;

	bars_forget(addr, length);
	errno = before;
}

EXPORTED int munmap(void *addr, size_t length)
{
	going(addr, length);
	return real_munmap(addr, length);
}

EXPORTED void *mremap(void *addr, size_t old_length, size_t length, int flags,
		      ...)
{
	void *new_addr = NULL;
	va_list args;

	if (flags & MREMAP_FIXED) {
		va_start(args, flags);
		new_addr = va_arg(args, void *);
		va_end(args);
		going(new_addr, length);
	}
	going(addr, old_length);
	return real_mremap(addr, old_length, length, flags, new_addr);
}
