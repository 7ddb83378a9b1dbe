// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
