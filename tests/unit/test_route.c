// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2p_route_decide(), rule by rule.  Every test starts from this machine, the
 * two disks being exporter and importer, and changes what it is about:
 *
 *	host bridge 0
 *	  00:01.0 root port
 *	    01:00.0 switch upstream port
 *	      02:00.0 downstream port
 *	        03:00.0 disk a
 *	        03:00.1 disk a, second function
 *	      02:01.0 downstream port
 *	        04:00.0 disk b
 *	  00:02.0 root port
 *	    05:00.0 disk c
 *	host bridge 1
 *	  80:01.0 root port
 *	    81:00.0 disk d
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "route.h"

#define BDF(b, d, f) { .domain = 0, .bus = (b), .devfn = (d) << 3 | (f) }
#define NODE(b, d, f) { .bdf = BDF(b, d, f) }

static const struct p2p_bdf root_port_1 = BDF(0x00, 1, 0);
static const struct p2p_bdf switch_up = BDF(0x01, 0, 0);
static const struct p2p_bdf switch_down_0 = BDF(0x02, 0, 0);
static const struct p2p_bdf switch_down_1 = BDF(0x02, 1, 0);
static const struct p2p_bdf disk_a = BDF(0x03, 0, 0);
static const struct p2p_bdf host_0 = BDF(0x00, 0, 0);
static const struct p2p_bdf host_1 = BDF(0x80, 0, 0);
static const struct p2p_bdf nobody;

struct path {
	struct p2p_node nodes[4];
	unsigned int nr_nodes;
};

/* The machine, built anew for each test; the paths can be changed. */
struct machine {
	struct path a;
	struct path a_second;
	struct path b;
	struct path c;
	struct path d;
	struct p2p_host_bridge host[2];
	struct p2p_topology topology;
	struct p2p_decision decision;
};

static const struct machine fresh_machine = {
	.a = {
		{ NODE(3, 0, 0), NODE(2, 0, 0), NODE(1, 0, 0), NODE(0, 1, 0) },
		4,
	},
	.a_second = {
		{ NODE(3, 0, 1), NODE(2, 0, 0), NODE(1, 0, 0), NODE(0, 1, 0) },
		4,
	},
	.b = {
		{ NODE(4, 0, 0), NODE(2, 1, 0), NODE(1, 0, 0), NODE(0, 1, 0) },
		4,
	},
	.c = { { NODE(5, 0, 0), NODE(0, 2, 0) }, 2 },
	.d = { { NODE(0x81, 0, 0), NODE(0x80, 1, 0) }, 2 },
	/* QEMU's q35 host bridge, which nobody knows */
	.host = {
		{ .id = 7, .known_device = true, .bdf = BDF(0x00, 0, 0),
		  .vendor = 0x8086, .device = 0x29c0 },
		{ .id = 8, .known_device = true, .bdf = BDF(0x80, 0, 0),
		  .vendor = 0x8086, .device = 0x29c0 },
	},
};

static struct machine m;

static int setup(void **state)
{
	(void)state;
	m = fresh_machine;
	return 0;
}

/* The function @skip nodes above the lower end of @path */
static struct p2p_endpoint above(const struct path *path, unsigned int skip,
				 unsigned int host)
{
	return (struct p2p_endpoint){
		.path = path->nodes + skip,
		.nr_nodes = path->nr_nodes - skip,
		.host_bridge = m.host[host],
	};
}

static struct p2p_endpoint end(const struct path *path, unsigned int host)
{
	return above(path, 0, host);
}

static void decide(struct p2p_endpoint exporter, struct p2p_endpoint importer)
{
	m.topology.exporter = exporter;
	m.topology.importer = importer;
	memset(&m.decision, 0xa5, sizeof(m.decision));
	p2p_route_decide(&m.topology, &m.decision);
}

static void assert_bdf(const struct p2p_bdf *bdf,
		       const struct p2p_bdf *expected)
{
	assert_int_equal(bdf->domain, expected->domain);
	assert_int_equal(bdf->bus, expected->bus);
	assert_int_equal(bdf->devfn, expected->devfn);
}

static void expect(enum vfio_p2p_route_type route, int distance,
		   enum vfio_p2p_route_reason reason,
		   const struct p2p_bdf *bridge)
{
	assert_int_equal(m.decision.route, route);
	assert_int_equal(m.decision.distance, distance);
	assert_int_equal(m.decision.reason, reason);
	assert_int_equal(m.decision.has_bridge, bridge != &nobody);
	assert_bdf(&m.decision.bridge, bridge);
}

static void expect_facts(__u32 facts, const struct p2p_bdf *redirect)
{
	assert_int_equal(m.decision.facts, facts);
	assert_bdf(&m.decision.redirect, redirect);
}

#define DIRECT_FACTS (VFIO_P2P_FACT_COMMON_UPSTREAM | \
		      VFIO_P2P_FACT_SAME_HOST_BRIDGE)
#define REDIRECT_FACTS (DIRECT_FACTS | VFIO_P2P_FACT_ACS_REDIRECT)

static void make_unlisted(struct p2p_host_bridge *host_bridge)
{
	host_bridge->vendor = 0x8086;
	host_bridge->device = 0x29c0;
}

static void make_same_only(struct p2p_host_bridge *host_bridge)
{
	host_bridge->vendor = 0x8086;
	host_bridge->device = 0x3c00;
}

static void make_any(struct p2p_host_bridge *host_bridge)
{
	host_bridge->vendor = 0x8086;
	host_bridge->device = 0x09a2;
}

/* bus address */

static void test_same_function(void **state)
{
	(void)state;
	decide(end(&m.a, 0), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 0, VFIO_P2P_REASON_SAME_FUNCTION,
	       &nobody);
	expect_facts(DIRECT_FACTS, &nobody);
}

static void test_two_functions_of_a_device(void **state)
{
	(void)state;
	decide(end(&m.a, 0), end(&m.a_second, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 2, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_down_0);
	expect_facts(DIRECT_FACTS, &nobody);
}

static void test_one_switch(void **state)
{
	(void)state;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 4, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_up);
	expect_facts(DIRECT_FACTS, &nobody);
}

/* A path of one node more on one end, so that the sum is not symmetric */
static void test_unequal_paths(void **state)
{
	(void)state;
	decide(end(&m.a, 0), above(&m.b, 1, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 3, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_up);
	decide(above(&m.b, 1, 0), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 3, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_up);
}

static void test_exporter_above_importer(void **state)
{
	(void)state;
	decide(above(&m.a, 2, 0), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 2, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_up);
}

static void test_importer_above_exporter(void **state)
{
	(void)state;
	decide(end(&m.a, 0), above(&m.a, 2, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 2, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_up);
}

/* The same numbers in another domain are another function. */
static void test_domain_is_compared(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < m.b.nr_nodes; i++)
		m.b.nodes[i].bdf.domain = 1;
	decide(end(&m.a, 0), end(&m.b, 1));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_0);
	expect_facts(0, &nobody);
}

/* A known platform is not asked where the traffic stays below it. */
static void test_bus_address_is_preferred(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.topology.cpu_routes = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 4, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_up);
	expect_facts(DIRECT_FACTS | VFIO_P2P_FACT_CPU_ROUTES, &nobody);
}

/* ACS redirect */

static void test_redirect_below_exporter_end(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.a.nodes[1].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 4, VFIO_P2P_REASON_ACS_REDIRECT,
	       &switch_down_0);
	expect_facts(REDIRECT_FACTS, &switch_down_0);
}

static void test_redirect_below_importer_end(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.b.nodes[1].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 4, VFIO_P2P_REASON_ACS_REDIRECT,
	       &switch_down_1);
	expect_facts(REDIRECT_FACTS, &switch_down_1);
}

static void test_redirect_of_the_functions_counts(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.a.nodes[0].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 4, VFIO_P2P_REASON_ACS_REDIRECT,
	       &disk_a);
	decide(end(&m.b, 0), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 4, VFIO_P2P_REASON_ACS_REDIRECT,
	       &disk_a);
}

/*
 * The common node belongs to the exporter's path.  To see that, it may be
 * marked on one path only, which no real machine would do.
 */
static void test_common_node_counts_on_exporter_path(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.a.nodes[2].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 4, VFIO_P2P_REASON_ACS_REDIRECT,
	       &switch_up);
	expect_facts(REDIRECT_FACTS, &switch_up);
}

static void test_common_node_not_counted_on_importer_path(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.b.nodes[2].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 4, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_up);
	expect_facts(DIRECT_FACTS, &nobody);
}

static void test_redirect_above_common_node_is_out_of_the_way(void **state)
{
	(void)state;
	m.a.nodes[3].acs_redirect = true;
	m.b.nodes[3].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_BUS_ADDR, 4, VFIO_P2P_REASON_COMMON_UPSTREAM,
	       &switch_up);
	expect_facts(DIRECT_FACTS, &nobody);
}

/* First the exporter's way up, nearest first, then the importer's */
static void test_first_redirect(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.a.nodes[2].acs_redirect = true;
	m.b.nodes[2].acs_redirect = true;
	m.b.nodes[1].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect_facts(REDIRECT_FACTS, &switch_up);
	m.a.nodes[1].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect_facts(REDIRECT_FACTS, &switch_down_0);
	decide(end(&m.b, 0), end(&m.a, 0));
	expect_facts(REDIRECT_FACTS, &switch_down_1);
}

static void test_same_function_redirects_itself(void **state)
{
	(void)state;
	m.a.nodes[0].acs_redirect = true;
	make_any(&m.host[0]);
	decide(end(&m.a, 0), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 0, VFIO_P2P_REASON_ACS_REDIRECT,
	       &disk_a);
	make_unlisted(&m.host[0]);
	decide(end(&m.a, 0), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_0);
	expect_facts(REDIRECT_FACTS, &disk_a);
}

/* An exporter above the importer is the common node and counts itself... */
static void test_exporter_above_importer_redirects(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.a.nodes[3].acs_redirect = true;
	decide(above(&m.a, 3, 0), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 3, VFIO_P2P_REASON_ACS_REDIRECT,
	       &root_port_1);
}

/* ... and so does an importer above the exporter, on the exporter's path. */
static void test_importer_above_exporter_redirects(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.a.nodes[3].acs_redirect = true;
	decide(end(&m.a, 0), above(&m.a, 3, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 3, VFIO_P2P_REASON_ACS_REDIRECT,
	       &root_port_1);
}

/* Refused for the host bridge; that there was a direct way is still told. */
static void test_redirect_to_unknown_host_bridge(void **state)
{
	(void)state;
	m.b.nodes[1].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.b, 0));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_0);
	expect_facts(REDIRECT_FACTS, &switch_down_1);
}

/* the host bridge rule */

/* No common node: all nodes of both paths count, 4 and 2 here. */
static void test_root_ports_of_known_host_bridge(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	decide(end(&m.a, 0), end(&m.c, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
	expect_facts(VFIO_P2P_FACT_SAME_HOST_BRIDGE, &nobody);
}

static void test_root_ports_of_unknown_host_bridge(void **state)
{
	(void)state;
	decide(end(&m.a, 0), end(&m.c, 0));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_0);
	expect_facts(VFIO_P2P_FACT_SAME_HOST_BRIDGE, &nobody);
}

/* Without a common node nothing is redirected: there is no other way. */
static void test_redirect_without_common_node_is_no_fact(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.a.nodes[1].acs_redirect = true;
	m.c.nodes[1].acs_redirect = true;
	decide(end(&m.a, 0), end(&m.c, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
	expect_facts(VFIO_P2P_FACT_SAME_HOST_BRIDGE, &nobody);
}

static void test_same_only_routes_between_its_ports(void **state)
{
	(void)state;
	make_same_only(&m.host[0]);
	decide(end(&m.a, 0), end(&m.c, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
}

static void test_two_known_host_bridges(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	make_any(&m.host[1]);
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
	expect_facts(0, &nobody);
	decide(end(&m.d, 1), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_1);
}

static void test_same_only_at_either_end_of_two(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	make_same_only(&m.host[1]);
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY, &host_1);
	decide(end(&m.d, 1), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY, &host_1);
}

/* Two of the same kind are still two. */
static void test_two_same_only(void **state)
{
	(void)state;
	make_same_only(&m.host[0]);
	make_same_only(&m.host[1]);
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY, &host_0);
}

static void test_unknown_at_either_end_of_two(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_1);
	decide(end(&m.d, 1), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_1);
}

/* Both are wrong, each in its way: the exporter's is named. */
static void test_exporter_host_bridge_is_judged_first(void **state)
{
	(void)state;
	make_same_only(&m.host[0]);
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY, &host_0);
	decide(end(&m.d, 1), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_1);
}

static void test_cpu_routes_between_unknown_host_bridges(void **state)
{
	(void)state;
	m.topology.cpu_routes = true;
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
	expect_facts(VFIO_P2P_FACT_CPU_ROUTES, &nobody);
}

static void test_cpu_routes_between_same_only(void **state)
{
	(void)state;
	m.topology.cpu_routes = true;
	make_same_only(&m.host[0]);
	make_same_only(&m.host[1]);
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
}

/* No device stands for it: there is nothing to look up, and nobody to name. */
static void test_host_bridge_without_device(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	m.host[0].known_device = false;
	m.host[0].declared = true;
	decide(end(&m.a, 0), end(&m.c, 0));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &nobody);
	expect_facts(VFIO_P2P_FACT_SAME_HOST_BRIDGE, &nobody);

	m.topology.cpu_routes = true;
	decide(end(&m.a, 0), end(&m.c, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &nobody);
}

static void test_declared_host_bridge(void **state)
{
	(void)state;
	m.host[0].declared = true;
	decide(end(&m.a, 0), end(&m.c, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
	expect_facts(VFIO_P2P_FACT_SAME_HOST_BRIDGE |
		     VFIO_P2P_FACT_HOST_BRIDGE_PARAM, &nobody);
}

/* One of two declared is told, and is not enough. */
static void test_one_of_two_declared(void **state)
{
	(void)state;
	m.host[0].declared = true;
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_1);
	expect_facts(VFIO_P2P_FACT_HOST_BRIDGE_PARAM, &nobody);
	decide(end(&m.d, 1), end(&m.a, 0));
	expect(VFIO_P2P_ROUTE_IMPOSSIBLE, -1,
	       VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN, &host_1);
	expect_facts(VFIO_P2P_FACT_HOST_BRIDGE_PARAM, &nobody);
}

/* The administrator overrules what the list says. */
static void test_declared_overrules_same_only(void **state)
{
	(void)state;
	make_same_only(&m.host[0]);
	make_any(&m.host[1]);
	m.host[0].declared = true;
	decide(end(&m.a, 0), end(&m.d, 1));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 6,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
}

/* Functions on the root bus have no upstream bridge at all. */
static void test_functions_on_root_bus(void **state)
{
	(void)state;
	make_any(&m.host[0]);
	decide(above(&m.a, 3, 0), above(&m.c, 1, 0));
	expect(VFIO_P2P_ROUTE_HOST_BRIDGE, 2,
	       VFIO_P2P_REASON_NO_COMMON_UPSTREAM, &host_0);
}

static void test_bdf_equal(void **state)
{
	struct p2p_bdf other = disk_a;

	(void)state;
	assert_true(p2p_bdf_equal(&disk_a, &other));
	other.domain ^= 1U << 31;
	assert_false(p2p_bdf_equal(&disk_a, &other));
	other = disk_a;
	other.bus ^= 0x80;
	assert_false(p2p_bdf_equal(&disk_a, &other));
	other = disk_a;
	other.devfn ^= 1;
	assert_false(p2p_bdf_equal(&disk_a, &other));
}

#define TEST(name) cmocka_unit_test_setup(test_##name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(same_function),
		TEST(two_functions_of_a_device),
		TEST(one_switch),
		TEST(unequal_paths),
		TEST(exporter_above_importer),
		TEST(importer_above_exporter),
		TEST(domain_is_compared),
		TEST(bus_address_is_preferred),
		TEST(redirect_below_exporter_end),
		TEST(redirect_below_importer_end),
		TEST(redirect_of_the_functions_counts),
		TEST(common_node_counts_on_exporter_path),
		TEST(common_node_not_counted_on_importer_path),
		TEST(redirect_above_common_node_is_out_of_the_way),
		TEST(first_redirect),
		TEST(same_function_redirects_itself),
		TEST(exporter_above_importer_redirects),
		TEST(importer_above_exporter_redirects),
		TEST(redirect_to_unknown_host_bridge),
		TEST(root_ports_of_known_host_bridge),
		TEST(root_ports_of_unknown_host_bridge),
		TEST(redirect_without_common_node_is_no_fact),
		TEST(same_only_routes_between_its_ports),
		TEST(two_known_host_bridges),
		TEST(same_only_at_either_end_of_two),
		TEST(two_same_only),
		TEST(unknown_at_either_end_of_two),
		TEST(exporter_host_bridge_is_judged_first),
		TEST(cpu_routes_between_unknown_host_bridges),
		TEST(cpu_routes_between_same_only),
		TEST(host_bridge_without_device),
		TEST(declared_host_bridge),
		TEST(one_of_two_declared),
		TEST(declared_overrules_same_only),
		TEST(functions_on_root_bus),
		TEST(bdf_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
