// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "p2p.h"
#include "route.h"
#include "tap.h"

/* The directory above a function's in sysfs is that of its bridge. */
void route_bridge_of(const char *bdf, char *bridge)
{
	char path[64], *real, *end;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	real = realpath(path, NULL);
	assert_non_null(real);
	end = strrchr(real, '/');
	assert_non_null(end);
	*end = '\0';
	snprintf(bridge, 16, "%s", strrchr(real, '/') + 1);
	free(real);
}

void route_check_kernel(const struct importer *imp, const char *exporter,
			const struct vfio_p2p_route *route)
{
	struct p2p_test_distance arg = {
		.peer = importer_function(&route->peer),
	};
	struct vfio_p2p_bdf bdf;

	assert_ok(p2p_bdf_parse(exporter, &bdf));
	arg.exporter = importer_function(&bdf);
	if (ioctl(imp->fd, P2P_TEST_DISTANCE, &arg))
		assert_int_equal(errno, EOPNOTSUPP);
	else if (route->reason != VFIO_P2P_REASON_DMA_MASK)
		assert_int_equal(arg.distance, route->distance);
}

void route_check_bdf(const struct vfio_p2p_bdf *bdf, const char *expected)
{
	char text[16];

	assert_int_equal(bdf->reserved, 0);
	assert_string_equal(p2p_bdf_format(bdf, text), expected);
}

void route_check_no_bdf(const struct vfio_p2p_bdf *bdf)
{
	const struct vfio_p2p_bdf none = { 0 };

	assert_memory_equal(bdf, &none, sizeof(none));
}

void route_check_bridge(const struct vfio_p2p_route *route,
			const char *expected)
{
	assert_true(route->facts & VFIO_P2P_FACT_BRIDGE);
	route_check_bdf(&route->bridge, expected);
}

void route_check_no_bridge(const struct vfio_p2p_route *route)
{
	assert_false(route->facts & VFIO_P2P_FACT_BRIDGE);
	route_check_no_bdf(&route->bridge);
}
