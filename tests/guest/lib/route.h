/* SPDX-License-Identifier: GPL-2.0-only */
/* What a route should name. */
#ifndef TEST_ROUTE_H
#define TEST_ROUTE_H

#include <linux/vfio_p2p_dmabuf.h>

/* The bridge that a function is behind; BRIDGE has room for 16 bytes. */
void route_bridge_of(const char *bdf, char *bridge);

/* Fail the test if it is another one, or not all zero. */
void route_check_bdf(const struct vfio_p2p_bdf *bdf, const char *expected);
void route_check_no_bdf(const struct vfio_p2p_bdf *bdf);

#endif /* TEST_ROUTE_H */
