// SPDX-License-Identifier: GPL-2.0-only
/*
 * The P2P route decision, a pure function.  This file is also compiled in user
 * space by the unit tests: no kernel API beyond types.
 */
#include "route.h"
#include "host_bridges.h"

/*
 * Hops from each end to the lowest node that both paths contain.  Without one,
 * both walk off the top of their path, and that last hop counts as well.
 */
struct hops {
	unsigned int exporter;
	unsigned int importer;
};

static bool find_node(const struct p2p_endpoint *endpoint,
		      const struct p2p_bdf *bdf, unsigned int *hops)
{
	unsigned int i;

	for (i = 0; i < endpoint->nr_nodes; i++) {
		if (p2p_bdf_equal(&endpoint->path[i].bdf, bdf))
			break;
	}
	*hops = i;
	return i < endpoint->nr_nodes;
}

static bool find_common(const struct p2p_topology *topology, struct hops *hops)
{
	const struct p2p_endpoint *exporter = &topology->exporter;
	const struct p2p_endpoint *importer = &topology->importer;
	unsigned int i;

	for (i = 0; i < exporter->nr_nodes; i++) {
		hops->exporter = i;
		if (find_node(importer, &exporter->path[i].bdf,
			      &hops->importer))
			return true;
	}
	hops->exporter = exporter->nr_nodes;
	hops->importer = importer->nr_nodes;
	return false;
}

static bool first_redirect(const struct p2p_node *path, unsigned int nr_nodes,
			   struct p2p_bdf *redirect)
{
	unsigned int i;

	for (i = 0; i < nr_nodes; i++) {
		if (path[i].acs_redirect) {
			*redirect = path[i].bdf;
			return true;
		}
	}
	return false;
}

/* The common node belongs to the exporter's way, and to no other. */
static bool find_redirect(const struct p2p_topology *topology,
			  const struct hops *hops, struct p2p_bdf *redirect)
{
	return first_redirect(topology->exporter.path, hops->exporter + 1,
			      redirect) ||
	       first_redirect(topology->importer.path, hops->importer,
			      redirect);
}

static bool is_declared(const struct p2p_host_bridge *host_bridge)
{
	return host_bridge->known_device && host_bridge->declared;
}

static bool same_host_bridge(const struct p2p_topology *topology)
{
	return topology->exporter.host_bridge.id ==
	       topology->importer.host_bridge.id;
}

static __u32 platform_facts(const struct p2p_topology *topology)
{
	__u32 facts = 0;

	if (same_host_bridge(topology))
		facts |= VFIO_P2P_FACT_SAME_HOST_BRIDGE;
	if (topology->cpu_routes)
		facts |= VFIO_P2P_FACT_CPU_ROUTES;
	if (is_declared(&topology->exporter.host_bridge) ||
	    is_declared(&topology->importer.host_bridge))
		facts |= VFIO_P2P_FACT_HOST_BRIDGE_PARAM;
	return facts;
}

static void set_bridge(struct p2p_decision *decision, const struct p2p_bdf *bdf)
{
	decision->has_bridge = true;
	decision->bridge = *bdf;
}

static void set_host_bridge(struct p2p_decision *decision,
			    const struct p2p_host_bridge *host_bridge)
{
	if (host_bridge->known_device)
		set_bridge(decision, &host_bridge->bdf);
}

static enum p2p_host_bridge_kind
host_bridge_kind(const struct p2p_host_bridge *host_bridge)
{
	if (!host_bridge->known_device)
		return P2P_HOST_BRIDGE_UNKNOWN;
	if (host_bridge->declared)
		return P2P_HOST_BRIDGE_ANY;
	return p2p_host_bridge_lookup(host_bridge->vendor,
				      host_bridge->device);
}

/* If the host bridge does not route, say so in @decision. */
static bool host_bridge_routes(const struct p2p_host_bridge *host_bridge,
			       bool same, struct p2p_decision *decision)
{
	switch (host_bridge_kind(host_bridge)) {
	case P2P_HOST_BRIDGE_ANY:
		return true;
	case P2P_HOST_BRIDGE_SAME_ONLY:
		if (same)
			return true;
		decision->reason = VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY;
		break;
	case P2P_HOST_BRIDGE_UNKNOWN:
		decision->reason = VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN;
		break;
	}
	set_host_bridge(decision, host_bridge);
	return false;
}

static bool platform_routes(const struct p2p_topology *topology,
			    struct p2p_decision *decision)
{
	bool same = same_host_bridge(topology);

	if (topology->cpu_routes)
		return true;
	if (!host_bridge_routes(&topology->exporter.host_bridge, same,
				decision))
		return false;
	return same || host_bridge_routes(&topology->importer.host_bridge,
					  same, decision);
}

static void decide_direct(const struct p2p_topology *topology,
			  const struct hops *hops,
			  struct p2p_decision *decision)
{
	decision->route = VFIO_P2P_ROUTE_BUS_ADDR;
	decision->distance = hops->exporter + hops->importer;
	if (!decision->distance) {
		decision->reason = VFIO_P2P_REASON_SAME_FUNCTION;
		return;
	}
	decision->reason = VFIO_P2P_REASON_COMMON_UPSTREAM;
	set_bridge(decision, &topology->exporter.path[hops->exporter].bdf);
}

static void decide_host_bridge(const struct p2p_topology *topology,
			       const struct hops *hops,
			       struct p2p_decision *decision)
{
	if (!platform_routes(topology, decision)) {
		decision->route = VFIO_P2P_ROUTE_IMPOSSIBLE;
		decision->distance = -1;
		return;
	}
	decision->route = VFIO_P2P_ROUTE_HOST_BRIDGE;
	decision->distance = hops->exporter + hops->importer;
	if (decision->facts & VFIO_P2P_FACT_ACS_REDIRECT) {
		decision->reason = VFIO_P2P_REASON_ACS_REDIRECT;
		set_bridge(decision, &decision->redirect);
	} else {
		decision->reason = VFIO_P2P_REASON_NO_COMMON_UPSTREAM;
		set_host_bridge(decision, &topology->exporter.host_bridge);
	}
}

void p2p_route_decide(const struct p2p_topology *topology,
		      struct p2p_decision *decision)
{
	struct hops hops;
	bool direct;

	*decision = (struct p2p_decision){
		.facts = platform_facts(topology),
	};

	direct = find_common(topology, &hops);
	if (direct) {
		decision->facts |= VFIO_P2P_FACT_COMMON_UPSTREAM;
		if (find_redirect(topology, &hops, &decision->redirect)) {
			decision->facts |= VFIO_P2P_FACT_ACS_REDIRECT;
			direct = false;
		}
	}

	if (direct)
		decide_direct(topology, &hops, decision);
	else
		decide_host_bridge(topology, &hops, decision);
}
