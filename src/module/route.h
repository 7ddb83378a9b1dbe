/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How does a peer's DMA reach an exported BAR?  The decision alone, over a
 * description of the two paths: nothing here reads a device, so that it can be
 * tested in user space on any topology.  Enums and facts are those of the ABI.
 */
#ifndef VFIO_P2P_ROUTE_H
#define VFIO_P2P_ROUTE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#endif

#include <linux/vfio_p2p_dmabuf.h>

/**
 * struct p2p_bdf - address of a PCI function
 * @domain: PCI domain (segment)
 * @bus: bus number
 * @devfn: device number in bits 7:3, function number in bits 2:0
 */
struct p2p_bdf {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
};

/**
 * p2p_bdf_equal() - do two addresses name the same PCI function?
 * @a: one address
 * @b: the other
 *
 * Return: true if they do.
 */
static inline bool p2p_bdf_equal(const struct p2p_bdf *a,
				 const struct p2p_bdf *b)
{
	return a->domain == b->domain && a->bus == b->bus &&
	       a->devfn == b->devfn;
}

/**
 * struct p2p_node - one PCI function of a path
 * @bdf: its address, by which nodes of two paths are recognised as the same
 * @acs_redirect: its ACS control has any of Request Redirect, Completion
 *	Redirect and Egress Control set; false without an ACS capability
 */
struct p2p_node {
	struct p2p_bdf bdf;
	bool acs_redirect;
};

/**
 * struct p2p_host_bridge - the host bridge above an endpoint's root bus
 * @id: unique for each host bridge: equal ids are the same host bridge
 * @known_device: a PCI device can stand for the host bridge: the first one of
 *	the root bus, if that is 00.0 or a PCIe root port
 * @bdf: address of that device
 * @vendor: its vendor ID
 * @device: its device ID
 * @declared: the administrator declared that device ID safe
 *
 * Without @known_device nothing below it counts, @declared included.
 */
struct p2p_host_bridge {
	__u32 id;
	bool known_device;
	struct p2p_bdf bdf;
	__u16 vendor;
	__u16 device;
	bool declared;
};

/**
 * struct p2p_endpoint - one end of the transfer and its way up
 * @path: @path[0] is the function itself, then each upstream bridge up to the
 *	one on the root bus
 * @nr_nodes: number of entries of @path, at least 1
 * @host_bridge: the host bridge above the root bus
 */
struct p2p_endpoint {
	const struct p2p_node *path;
	unsigned int nr_nodes;
	struct p2p_host_bridge host_bridge;
};

/**
 * struct p2p_topology - all that the decision rests on
 * @exporter: the function whose BAR is exported
 * @importer: the function that does the DMA
 * @cpu_routes: the CPU is known to route between all of its host bridges (AMD
 *	family 0x17 and later)
 */
struct p2p_topology {
	struct p2p_endpoint exporter;
	struct p2p_endpoint importer;
	bool cpu_routes;
};

/**
 * struct p2p_decision - the route and the rule that chose it
 * @route: how the DMA gets there
 * @distance: number of hops from one end to the common node and down to the
 *	other; without a common node the number of nodes on both paths; -1 if
 *	@route is impossible
 * @reason: the rule that decided
 * @facts: VFIO_P2P_FACT_*, without VFIO_P2P_FACT_PEER_TRANSLATED, which the
 *	topology does not tell
 * @has_bridge: @bridge is set.  It is not if both ends are one function, or if
 *	the deciding bridge is a host bridge that no device stands for
 * @bridge: the bridge that decides, see enum vfio_p2p_route_reason; else zero
 * @redirect: the first redirecting node if VFIO_P2P_FACT_ACS_REDIRECT is set;
 *	else zero
 */
struct p2p_decision {
	enum vfio_p2p_route_type route;
	__s32 distance;
	enum vfio_p2p_route_reason reason;
	__u32 facts;
	bool has_bridge;
	struct p2p_bdf bridge;
	struct p2p_bdf redirect;
};

/**
 * p2p_route_decide() - decide the route between two PCI functions
 * @topology: the two paths and what is known of the platform
 * @decision: filled in completely
 *
 * The rules are those of the kernel's own PCI P2PDMA code.  The first
 * redirecting node is searched from the exporter up to and including the common
 * node, then from the importer up to but excluding it: the common node counts
 * once, on the exporter's way.  Of two host bridges the exporter's is judged
 * first, and the first one that fails is the one at fault.
 *
 * VFIO_P2P_REASON_NOT_PCI and VFIO_P2P_REASON_DMA_MASK are not decided here.
 */
void p2p_route_decide(const struct p2p_topology *topology,
		      struct p2p_decision *decision);

#endif /* VFIO_P2P_ROUTE_H */
