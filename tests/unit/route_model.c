// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "route_model.h"

#define NOBODY (-1)

/* Is @above the function @below itself or one of the bridges above it? */
static bool covers(const struct tree *tree, int above, int below)
{
	if (below == TREE_NO_PARENT)
		return false;
	return above == below ||
	       covers(tree, above, tree->functions[below].parent);
}

/* 0 on the root bus, and one more for each bridge above */
static int depth(const struct tree *tree, int function)
{
	int parent = tree->functions[function].parent;

	return parent == TREE_NO_PARENT ? 0 : 1 + depth(tree, parent);
}

/* The deepest function that covers both ends */
static int common_node(const struct tree *tree, int exporter, int importer)
{
	int i, best = NOBODY;

	for (i = 0; i < (int)tree->nr_functions; i++) {
		if (covers(tree, i, exporter) && covers(tree, i, importer) &&
		    (best == NOBODY || depth(tree, i) > depth(tree, best)))
			best = i;
	}
	return best;
}

/*
 * The deepest redirecting function between @end and @common; @common itself is
 * one of them only if @inclusive.
 */
static int redirecting(const struct tree *tree, int end, int common,
		       bool inclusive)
{
	int i, best = NOBODY;

	for (i = 0; i < (int)tree->nr_functions; i++) {
		if (!tree->functions[i].acs_redirect)
			continue;
		if (!covers(tree, i, end) || !covers(tree, common, i))
			continue;
		if (i == common && !inclusive)
			continue;
		if (best == NOBODY || depth(tree, i) > depth(tree, best))
			best = i;
	}
	return best;
}

/* What each kind of host bridge does alone, and with another one */
static const struct {
	bool alone;
	bool with_another;
	enum vfio_p2p_route_reason refusal;
} rules[TREE_NR_KNOWLEDGE] = {
	[TREE_NO_DEVICE] = { false, false, VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN },
	[TREE_UNLISTED] = { false, false, VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN },
	[TREE_SAME_ONLY] = { true, false,
			     VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY },
	[TREE_ANY] = { .alone = true, .with_another = true },
	[TREE_DECLARED] = { .alone = true, .with_another = true },
};

/* The host bridge that refuses, or NULL */
static const struct tree_host_bridge *
refusing(const struct tree *tree, const struct tree_host_bridge *exporter,
	 const struct tree_host_bridge *importer)
{
	if (tree->cpu_routes)
		return NULL;
	if (exporter == importer)
		return rules[exporter->knowledge].alone ? NULL : exporter;
	if (!rules[exporter->knowledge].with_another)
		return exporter;
	if (!rules[importer->knowledge].with_another)
		return importer;
	return NULL;
}

static void name_bridge(struct p2p_decision *expected, struct p2p_bdf bdf)
{
	expected->has_bridge = true;
	expected->bridge = bdf;
}

static void name_host_bridge(struct p2p_decision *expected,
			     const struct tree_host_bridge *host_bridge)
{
	if (host_bridge->knowledge != TREE_NO_DEVICE)
		name_bridge(expected, host_bridge->description.bdf);
}

static void through_host_bridge(const struct tree *tree, int redirect,
				const struct tree_host_bridge *exporter,
				const struct tree_host_bridge *importer,
				struct p2p_decision *expected)
{
	const struct tree_host_bridge *fault = refusing(tree, exporter,
							importer);

	if (fault) {
		expected->route = VFIO_P2P_ROUTE_IMPOSSIBLE;
		expected->distance = -1;
		expected->reason = rules[fault->knowledge].refusal;
		name_host_bridge(expected, fault);
		return;
	}
	expected->route = VFIO_P2P_ROUTE_HOST_BRIDGE;
	if (redirect == NOBODY) {
		expected->reason = VFIO_P2P_REASON_NO_COMMON_UPSTREAM;
		name_host_bridge(expected, exporter);
	} else {
		expected->reason = VFIO_P2P_REASON_ACS_REDIRECT;
		name_bridge(expected, tree->functions[redirect].bdf);
	}
}

static __u32 platform_facts(const struct tree *tree,
			    const struct tree_host_bridge *exporter,
			    const struct tree_host_bridge *importer)
{
	return (exporter == importer ? VFIO_P2P_FACT_SAME_HOST_BRIDGE : 0) |
	       (tree->cpu_routes ? VFIO_P2P_FACT_CPU_ROUTES : 0) |
	       (exporter->knowledge == TREE_DECLARED ||
		importer->knowledge == TREE_DECLARED ?
		VFIO_P2P_FACT_HOST_BRIDGE_PARAM : 0);
}

void model_decide(const struct tree *tree, unsigned int exporter,
		  unsigned int importer, struct p2p_decision *expected)
{
	const struct tree_function *f = tree->functions;
	const struct tree_host_bridge *above_exporter, *above_importer;
	int redirect = NOBODY, common = common_node(tree, exporter, importer);

	above_exporter = &tree->host_bridges[f[exporter].host_bridge];
	above_importer = &tree->host_bridges[f[importer].host_bridge];
	memset(expected, 0, sizeof(*expected));
	expected->facts = platform_facts(tree, above_exporter, above_importer);
	expected->distance = depth(tree, exporter) + depth(tree, importer);

	if (common == NOBODY) {
		/* one more hop at each end, into the host bridge */
		expected->distance += 2;
	} else {
		expected->distance -= 2 * depth(tree, common);
		expected->facts |= VFIO_P2P_FACT_COMMON_UPSTREAM;
		redirect = redirecting(tree, exporter, common, true);
		if (redirect == NOBODY)
			redirect = redirecting(tree, importer, common, false);
	}
	if (redirect != NOBODY) {
		expected->facts |= VFIO_P2P_FACT_ACS_REDIRECT;
		expected->redirect = f[redirect].bdf;
	}

	if (common == NOBODY || redirect != NOBODY) {
		through_host_bridge(tree, redirect, above_exporter,
				    above_importer, expected);
	} else {
		expected->route = VFIO_P2P_ROUTE_BUS_ADDR;
		if (exporter == importer) {
			expected->reason = VFIO_P2P_REASON_SAME_FUNCTION;
		} else {
			expected->reason = VFIO_P2P_REASON_COMMON_UPSTREAM;
			name_bridge(expected, f[common].bdf);
		}
	}
}
