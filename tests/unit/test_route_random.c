// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2p_route_decide() against a second implementation on random topologies.
 * P2P_TEST_SEED=n in the environment draws other ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random_topology.h"
#include "route_model.h"

#define NR_TOPOLOGIES		2000
#define PAIRS_PER_TOPOLOGY	8
#define DEFAULT_SEED		20251121
/* How often each answer must occur, of 16000 */
#define AT_LEAST		200

/* The longest path: a root port, two ports for each switch, the function */
#define MAX_PATH		16

#define NR_FACTS		7

/* What was drawn, so that the comparison can't be vacuous */
struct tally {
	unsigned int route[VFIO_P2P_ROUTE_HOST_BRIDGE + 1];
	unsigned int reason[VFIO_P2P_REASON_DMA_MASK + 1];
	unsigned int with_fact[NR_FACTS];
	unsigned int without_fact[NR_FACTS];
	/* both a redirect, and refused for the host bridge */
	unsigned int redirect_refused;
	unsigned int exporter_at_fault;
	unsigned int importer_at_fault;
	unsigned int nobody_to_name;
	/* where the first redirecting node is */
	unsigned int common_redirects;
	unsigned int importer_redirects;
	unsigned int redirect_out_of_the_way;
	/* one end is above the other */
	unsigned int exporter_above;
	unsigned int importer_above;
};

static struct tally tally;

static void describe_endpoint(const struct tree *tree, int function,
			      struct p2p_node *path,
			      struct p2p_endpoint *endpoint)
{
	const struct tree_function *f = &tree->functions[function];

	endpoint->host_bridge = tree->host_bridges[f->host_bridge].description;
	endpoint->path = path;
	endpoint->nr_nodes = 0;
	for (; function != TREE_NO_PARENT; function = f->parent) {
		assert_true(endpoint->nr_nodes < MAX_PATH);
		f = &tree->functions[function];
		path[endpoint->nr_nodes].bdf = f->bdf;
		path[endpoint->nr_nodes].acs_redirect = f->acs_redirect;
		endpoint->nr_nodes++;
	}
}

static void decide(const struct tree *tree, int exporter, int importer,
		   struct p2p_decision *decision)
{
	struct p2p_node exporter_path[MAX_PATH], importer_path[MAX_PATH];
	struct p2p_topology topology = { .cpu_routes = tree->cpu_routes };

	describe_endpoint(tree, exporter, exporter_path, &topology.exporter);
	describe_endpoint(tree, importer, importer_path, &topology.importer);
	/* Whatever was there before must not shine through. */
	memset(decision, 0xa5, sizeof(*decision));
	p2p_route_decide(&topology, decision);
}

static bool same_decision(const struct p2p_decision *a,
			  const struct p2p_decision *b)
{
	return a->route == b->route && a->distance == b->distance &&
	       a->reason == b->reason && a->facts == b->facts &&
	       a->has_bridge == b->has_bridge &&
	       p2p_bdf_equal(&a->bridge, &b->bridge) &&
	       p2p_bdf_equal(&a->redirect, &b->redirect);
}

static void print_bdf(const char *what, const struct p2p_bdf *bdf)
{
	print_error(" %s %04x:%02x:%02x.%x", what, bdf->domain, bdf->bus,
		    bdf->devfn >> 3, bdf->devfn & 7);
}

static void print_decision(const char *who, const struct p2p_decision *d)
{
	print_error("%s: route %d distance %d reason %d facts %#x", who,
		    d->route, d->distance, d->reason, d->facts);
	print_bdf(d->has_bridge ? "bridge" : "no bridge", &d->bridge);
	print_bdf("redirect", &d->redirect);
	print_error("\n");
}

static void print_endpoint(const char *who, const struct tree *tree,
			   int function)
{
	const struct tree_function *f = &tree->functions[function];

	print_error("%s (host bridge %u, knowledge %d):", who, f->host_bridge,
		    tree->host_bridges[f->host_bridge].knowledge);
	for (; function != TREE_NO_PARENT; function = f->parent) {
		f = &tree->functions[function];
		print_bdf(f->acs_redirect ? "ACS" : "-", &f->bdf);
	}
	print_error("\n");
}

static void count_facts(const struct p2p_decision *d)
{
	unsigned int i;

	for (i = 0; i < NR_FACTS; i++) {
		if (d->facts & 1U << i)
			tally.with_fact[i]++;
		else
			tally.without_fact[i]++;
	}
}

static void count_fault(const struct tree *tree, int exporter, int importer,
			const struct p2p_decision *d)
{
	const struct tree_function *f = tree->functions;
	const struct tree_host_bridge *h = tree->host_bridges;

	if (d->route != VFIO_P2P_ROUTE_IMPOSSIBLE)
		return;
	if (d->facts & VFIO_P2P_FACT_ACS_REDIRECT)
		tally.redirect_refused++;
	if (!d->has_bridge)
		tally.nobody_to_name++;
	else if (f[exporter].host_bridge == f[importer].host_bridge)
		return;
	else if (p2p_bdf_equal(&d->bridge, &h[f[exporter].host_bridge]
						    .description.bdf))
		tally.exporter_at_fault++;
	else
		tally.importer_at_fault++;
}

static bool on_path(const struct tree *tree, int function,
		    const struct p2p_bdf *bdf)
{
	for (; function != TREE_NO_PARENT;
	     function = tree->functions[function].parent) {
		if (p2p_bdf_equal(&tree->functions[function].bdf, bdf))
			return true;
	}
	return false;
}

static bool any_redirect(const struct tree *tree, int function)
{
	for (; function != TREE_NO_PARENT;
	     function = tree->functions[function].parent) {
		if (tree->functions[function].acs_redirect)
			return true;
	}
	return false;
}

static void count_redirect(const struct tree *tree, int exporter, int importer,
			   const struct p2p_decision *d)
{
	bool from_exporter = on_path(tree, exporter, &d->redirect);
	bool from_importer = on_path(tree, importer, &d->redirect);

	if (d->facts & VFIO_P2P_FACT_ACS_REDIRECT) {
		if (from_exporter && from_importer)
			tally.common_redirects++;
		else if (from_importer)
			tally.importer_redirects++;
	} else if (any_redirect(tree, exporter) ||
		   any_redirect(tree, importer)) {
		tally.redirect_out_of_the_way++;
	}
}

static void count(const struct tree *tree, int exporter, int importer,
		  const struct p2p_decision *d)
{
	const struct tree_function *f = tree->functions;

	tally.route[d->route]++;
	tally.reason[d->reason]++;
	count_facts(d);
	count_fault(tree, exporter, importer, d);
	count_redirect(tree, exporter, importer, d);
	if (exporter == importer)
		return;
	if (on_path(tree, importer, &f[exporter].bdf))
		tally.exporter_above++;
	if (on_path(tree, exporter, &f[importer].bdf))
		tally.importer_above++;
}

static void compare_pair(const struct tree *tree, struct prng *prng,
			 unsigned int number)
{
	struct p2p_decision decision, expected;
	unsigned int exporter, importer;

	tree_random_pair(tree, prng, &exporter, &importer);
	model_decide(tree, exporter, importer, &expected);
	decide(tree, exporter, importer, &decision);
	if (!same_decision(&decision, &expected)) {
		print_error("topology %u, cpu_routes %d\n", number,
			    tree->cpu_routes);
		print_endpoint("exporter", tree, exporter);
		print_endpoint("importer", tree, importer);
		print_decision("decided ", &decision);
		print_decision("expected", &expected);
		fail();
	}
	count(tree, exporter, importer, &decision);
}

static __u64 test_seed(void)
{
	const char *text = getenv("P2P_TEST_SEED");

	return text ? strtoull(text, NULL, 0) : DEFAULT_SEED;
}

/* Each topology has a seed of its own, so that one can be looked at alone. */
static void test_same_as_model(void **state)
{
	static struct tree tree;
	__u64 seed = test_seed();
	struct prng prng;
	unsigned int i, j;

	(void)state;
	printf("# seed %llu\n", seed);
	for (i = 0; i < NR_TOPOLOGIES; i++) {
		prng.state = seed << 32 | i;
		tree_random(&tree, &prng);
		for (j = 0; j < PAIRS_PER_TOPOLOGY; j++)
			compare_pair(&tree, &prng, i);
	}
}

static void expect_often(unsigned int times, const char *what)
{
	printf("# %s: %u times\n", what, times);
	if (times < AT_LEAST)
		fail_msg("%s: only %u times", what, times);
}

static void expect_each_often(const unsigned int *times, unsigned int first,
			      unsigned int last, const char *what)
{
	char text[64];
	unsigned int i;

	for (i = first; i <= last; i++) {
		snprintf(text, sizeof(text), "%s %u", what, i);
		expect_often(times[i], text);
	}
}

static void test_answers_all_occur(void **state)
{
	(void)state;
	expect_each_often(tally.route, VFIO_P2P_ROUTE_IMPOSSIBLE,
			  VFIO_P2P_ROUTE_HOST_BRIDGE, "route");
	expect_each_often(tally.reason, VFIO_P2P_REASON_COMMON_UPSTREAM,
			  VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY, "reason");
	/* Those are the caller's. */
	assert_int_equal(tally.reason[VFIO_P2P_REASON_NOT_PCI], 0);
	assert_int_equal(tally.reason[VFIO_P2P_REASON_DMA_MASK], 0);
}

static void test_facts_all_occur(void **state)
{
	(void)state;
	/* The last, VFIO_P2P_FACT_PEER_TRANSLATED and _BRIDGE, are the caller's. */
	expect_each_often(tally.with_fact, 0, NR_FACTS - 3, "with fact");
	expect_each_often(tally.without_fact, 0, NR_FACTS - 3, "without fact");
	assert_int_equal(tally.with_fact[NR_FACTS - 2], 0);
	assert_int_equal(tally.with_fact[NR_FACTS - 1], 0);
}

static void test_corners_all_occur(void **state)
{
	(void)state;
	expect_often(tally.redirect_refused, "ACS redirect, refused");
	expect_often(tally.exporter_at_fault, "exporter's bridge at fault");
	expect_often(tally.importer_at_fault, "importer's bridge at fault");
	expect_often(tally.nobody_to_name, "no device for the host bridge");
	expect_often(tally.common_redirects, "common node redirects");
	expect_often(tally.importer_redirects, "importer's way redirects");
	expect_often(tally.redirect_out_of_the_way, "redirect out of the way");
	expect_often(tally.exporter_above, "exporter above importer");
	expect_often(tally.importer_above, "importer above exporter");
}

int main(void)
{
	/* In this order: the later ones look at what the first one drew. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_model),
		cmocka_unit_test(test_answers_all_occur),
		cmocka_unit_test(test_facts_all_occur),
		cmocka_unit_test(test_corners_all_occur),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
