/* SPDX-License-Identifier: GPL-2.0-only */
/* What a route should name. */
#ifndef TEST_ROUTE_H
#define TEST_ROUTE_H

#include <linux/vfio_p2p_dmabuf.h>

#include "importer.h"

/* The bridge that a function is behind; BRIDGE has room for 16 bytes. */
void route_bridge_of(const char *bdf, char *bridge);

/*
 * Fail the test if the kernel's own answer is another one: it has none without
 * CONFIG_PCI_P2PDMA, and it does not look at DMA masks.  Any importer may be
 * asked.
 */
void route_check_kernel(const struct importer *imp, const char *exporter,
			const struct vfio_p2p_route *route);

/* Fail the test if it is another one, or not all zero. */
void route_check_bdf(const struct vfio_p2p_bdf *bdf, const char *expected);
void route_check_no_bdf(const struct vfio_p2p_bdf *bdf);
void route_check_bridge(const struct vfio_p2p_route *route,
			const char *expected);
void route_check_no_bridge(const struct vfio_p2p_route *route);

#endif /* TEST_ROUTE_H */
