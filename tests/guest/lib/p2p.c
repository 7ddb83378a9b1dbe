// SPDX-License-Identifier: GPL-2.0-only
/* The misc device of the module under test. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "p2p.h"

int p2p_open(void)
{
	int fd = open("/dev/" VFIO_P2P_DEVICE_NAME, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int p2p_info(int fd, struct vfio_p2p_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);

	return ioctl(fd, VFIO_P2P_INFO, info) ? -errno : 0;
}

int p2p_export(int fd, int device_fd, __u32 region, __u32 open_flags,
	       const struct vfio_p2p_range *ranges, __u32 nr_ranges)
{
	struct vfio_p2p_export arg = {
		.argsz = sizeof(arg),
		.device_fd = device_fd,
		.region_index = region,
		.open_flags = open_flags,
		.nr_ranges = nr_ranges,
		.ranges = (uintptr_t)ranges,
	};
	int ret = ioctl(fd, VFIO_P2P_EXPORT, &arg);

	return ret < 0 ? -errno : ret;
}

int p2p_export_range(int fd, int device_fd, __u32 region, __u64 offset,
		     __u64 length)
{
	const struct vfio_p2p_range range = {
		.offset = offset,
		.length = length,
	};

	return p2p_export(fd, device_fd, region, O_RDWR | O_CLOEXEC, &range, 1);
}

int p2p_route(int fd, int device_fd, const char *peer,
	      struct vfio_p2p_route *route)
{
	int ret;

	memset(route, 0, sizeof(*route));
	route->argsz = sizeof(*route);
	route->device_fd = device_fd;
	ret = p2p_bdf_parse(peer, &route->peer);
	if (ret)
		return ret;

	return ioctl(fd, VFIO_P2P_ROUTE, route) ? -errno : 0;
}

int p2p_revoke(int fd, int device_fd, int dmabuf_fd)
{
	struct vfio_p2p_revoke arg = {
		.argsz = sizeof(arg),
		.device_fd = device_fd,
		.dmabuf_fd = dmabuf_fd,
	};

	return ioctl(fd, VFIO_P2P_REVOKE, &arg) ? -errno : 0;
}

int p2p_bdf_parse(const char *text, struct vfio_p2p_bdf *bdf)
{
	unsigned int domain, bus, device, function;
	char more;

	if (sscanf(text, "%x:%x:%x.%x%c", &domain, &bus, &device, &function,
		   &more) != 4)
		return -EINVAL;

	memset(bdf, 0, sizeof(*bdf));
	bdf->domain = domain;
	bdf->bus = bus;
	bdf->devfn = device << 3 | function;

	return 0;
}

const char *p2p_bdf_format(const struct vfio_p2p_bdf *bdf, char *text)
{
	snprintf(text, 16, "%04x:%02x:%02x.%x", bdf->domain, bdf->bus,
		 bdf->devfn >> 3, bdf->devfn & 7u);

	return text;
}
