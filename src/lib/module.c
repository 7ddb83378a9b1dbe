// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "error.h"
#include "module.h"

#define NODE		"/dev/" VFIO_P2P_DEVICE_NAME
#define LOADED		"/sys/module/vfio_p2p_dmabuf"

/* A container may have sysfs, but not the node. */
static int fail_missing(struct vfio_p2p_error *error)
{
	if (!access(LOADED, F_OK))
		return fail(error, ENOENT, VFIO_P2P_CAUSE_NO_MODULE,
			    "the module vfio_p2p_dmabuf is loaded, but %s is missing here; if this is a container, give it that device",
			    NODE);
	return fail(error, ENOENT, VFIO_P2P_CAUSE_NO_MODULE,
		    "the module vfio_p2p_dmabuf is not loaded; load it: modprobe vfio_p2p_dmabuf");
}

int module_open(struct vfio_p2p_error *error)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;

	switch (errno) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return fail_missing(error);
	case EACCES:
	case EPERM:
		return fail(error, errno, VFIO_P2P_CAUSE_NO_ACCESS,
			    "no permission to open %s for reading and writing; join the group that owns it, or have it changed",
			    NODE);
	default:
		return fail_errno(error, errno, NODE);
	}
}

static int call(int fd, unsigned long command, void *arg)
{
	int ret = ioctl(fd, command, arg);

	return ret < 0 ? -errno : ret;
}

int module_info(int fd, struct vfio_p2p_info *info)
{
	*info = (struct vfio_p2p_info) { .argsz = sizeof(*info) };
	return call(fd, VFIO_P2P_INFO, info);
}

int module_export(int fd, const struct request *req)
{
	struct vfio_p2p_export args = {
		.argsz = sizeof(args),
		.flags = req->flags,
		.device_fd = req->device_fd,
		.region_index = req->bar,
		.open_flags = req->open_flags,
		.nr_ranges = req->nr_ranges,
		.ranges = (uintptr_t)req->ranges,
	};

	if (req->nr_ranges > UINT32_MAX)
		return -ENOMEM;
	return call(fd, VFIO_P2P_EXPORT, &args);
}

int module_route(int fd, int device_fd, const struct vfio_p2p_bdf *peer,
		 struct vfio_p2p_route *route)
{
	*route = (struct vfio_p2p_route) {
		.argsz = sizeof(*route),
		.device_fd = device_fd,
		.peer = *peer,
	};
	return call(fd, VFIO_P2P_ROUTE, route);
}

int module_revoke(int fd, int device_fd, int dmabuf_fd)
{
	struct vfio_p2p_revoke args = {
		.argsz = sizeof(args),
		.device_fd = device_fd,
		.dmabuf_fd = dmabuf_fd,
	};

	return call(fd, VFIO_P2P_REVOKE, &args);
}

int module_register(int fd, struct vfio_p2p_register *args)
{
	return call(fd, VFIO_P2P_REGISTER, args);
}

int module_unregister(int fd, int device_fd, unsigned int bar, __u64 offset)
{
	struct vfio_p2p_unregister args = {
		.argsz = sizeof(args),
		.device_fd = device_fd,
		.region_index = bar,
		.offset = offset,
	};

	return call(fd, VFIO_P2P_UNREGISTER, &args);
}

int module_alloc(int fd, struct vfio_p2p_alloc *args)
{
	return call(fd, VFIO_P2P_ALLOC, args);
}

int module_pool(int fd, int device_fd, unsigned int bar,
		struct vfio_p2p_pool *pool)
{
	*pool = (struct vfio_p2p_pool) {
		.argsz = sizeof(*pool),
		.device_fd = device_fd,
		.region_index = bar,
	};
	return call(fd, VFIO_P2P_POOL, pool);
}

/* There is no such call; but the device is looked at before the peer is. */
int module_probe(int fd, int device_fd)
{
	const struct vfio_p2p_bdf nobody = {
		.domain = UINT32_MAX,
		.bus = UINT8_MAX,
		.devfn = UINT8_MAX,
	};
	struct vfio_p2p_route route;
	int ret = module_route(fd, device_fd, &nobody, &route);

	return ret == -ENODEV ? 0 : ret;
}
