// SPDX-License-Identifier: GPL-2.0-only
/* Can a peer's DMA reach the device? */
#include <errno.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "bdf.h"
#include "diagnose.h"
#include "error.h"
#include "module.h"

static void fill(struct vfio_p2p_path *path, const struct vfio_p2p_route *route)
{
	*path = (struct vfio_p2p_path) {
		.route = route->route,
		.reason = route->reason,
		.facts = route->facts,
		.distance = route->distance,
	};
	bdf_format(&route->peer, path->peer);
	if (route->facts & VFIO_P2P_FACT_BRIDGE)
		bdf_format(&route->bridge, path->bridge);
	if (route->facts & VFIO_P2P_FACT_ACS_REDIRECT)
		bdf_format(&route->redirect, path->redirect);
}

static int diagnose(int device_fd, int errnum, const char *peer,
		    struct vfio_p2p_error *error)
{
	if (errnum == ENODEV)
		return fail(error, ENODEV, VFIO_P2P_CAUSE_NO_PEER,
			    "there is no PCI function %.40s; lspci -D lists them",
			    peer);
	return diagnose_device(device_fd, errnum, "query of the path", error);
}

int vfio_p2p_find_path(int device_fd, const char *peer,
		       struct vfio_p2p_path *path,
		       struct vfio_p2p_error *error)
{
	struct vfio_p2p_route route;
	struct vfio_p2p_bdf bdf;
	int fd, ret;

	if (!bdf_parse(peer, &bdf))
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
			    "\"%.40s\" is not the address of a PCI function; expected one as 0000:04:00.0",
			    peer);

	fd = module_open(error);
	if (fd < 0)
		return fd;

	ret = module_route(fd, device_fd, &bdf, &route);
	close(fd);
	if (ret < 0)
		return diagnose(device_fd, -ret, peer, error);
	fill(path, &route);
	return 0;
}

int vfio_p2p_module_abi(uint64_t *capabilities, struct vfio_p2p_error *error)
{
	struct vfio_p2p_info info;
	int fd, ret;

	fd = module_open(error);
	if (fd < 0)
		return fd;

	ret = module_info(fd, &info);
	close(fd);
	if (ret < 0)
		return fail_errno(error, -ret, "VFIO_P2P_INFO");
	if (capabilities)
		*capabilities = info.capabilities;
	return (int)info.abi_version;
}
