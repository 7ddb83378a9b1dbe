// SPDX-License-Identifier: GPL-2.0-only
/*
 * ROUTE between devices below one PCIe switch, with and without ACS, and the
 * addresses that a mapping gives.  The importers' DMA is not translated
 * (iommu=pt), so that they can use bus addresses.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bar.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "route.h"
#include "scene.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_feature.h"

#define PAGE		4096
#define HOST_BRIDGE_BDF	"0000:00:00.0"

/* Device, port, upstream port; of both */
#define SWITCH_DISTANCE	4

static bool amd;

/* Ports above the exporter and the importer, and the switch's upstream port */
static char exporter_port[16], importer_port[16], upstream[16];

static struct scene scene;

static void set_acs(const char *port, bool on)
{
	char command[64];

	snprintf(command, sizeof(command), "acs-redirect %s %s",
		 on ? "on" : "off", port);
	assert_int_equal(system(command), 0);
}

static void set_both(bool exporter, bool importer)
{
	set_acs(exporter_port, exporter);
	set_acs(importer_port, importer);
}

static __u32 host_facts(void)
{
	return VFIO_P2P_FACT_BRIDGE | VFIO_P2P_FACT_SAME_HOST_BRIDGE |
	       (amd ? VFIO_P2P_FACT_CPU_ROUTES : 0);
}

static void get_route(const struct scene *from, const char *to,
		      struct vfio_p2p_route *route)
{
	assert_ok(p2p_route(from->control, from->dev.fd, env_bdf_or_skip(to),
			    route));
	route_check_kernel(&scene.imp, from->dev.bdf, route);
}

static void check_direct(const struct vfio_p2p_route *route,
			 const char *bridge)
{
	assert_int_equal(route->route, VFIO_P2P_ROUTE_BUS_ADDR);
	assert_int_equal(route->reason, VFIO_P2P_REASON_COMMON_UPSTREAM);
	assert_int_equal(route->distance, SWITCH_DISTANCE);
	route_check_bridge(route, bridge);
	route_check_no_bdf(&route->redirect);
}

/* To the host bridge, which may be the end of it */
static void check_up(const struct vfio_p2p_route *route, int distance,
		     int reason, const char *bridge)
{
	if (amd) {
		assert_int_equal(route->route, VFIO_P2P_ROUTE_HOST_BRIDGE);
		assert_int_equal(route->reason, reason);
		assert_int_equal(route->distance, distance);
		route_check_bridge(route, bridge);
	} else {
		assert_int_equal(route->route, VFIO_P2P_ROUTE_IMPOSSIBLE);
		assert_int_equal(route->reason,
				 VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN);
		assert_int_equal(route->distance, -1);
		route_check_bridge(route, HOST_BRIDGE_BDF);
	}
}

static void check_redirected(const char *port)
{
	struct vfio_p2p_route route;

	get_route(&scene, "IMPORTER_ACS", &route);
	assert_int_equal(route.facts, host_facts() |
			 VFIO_P2P_FACT_COMMON_UPSTREAM |
			 VFIO_P2P_FACT_ACS_REDIRECT);
	check_up(&route, SWITCH_DISTANCE, VFIO_P2P_REASON_ACS_REDIRECT, port);
	route_check_bdf(&route.redirect, port);
}

static void test_acs(void **state)
{
	struct vfio_p2p_route route;

	check_redirected(exporter_port);
	set_both(true, false);
	check_redirected(exporter_port);
	set_both(false, true);
	check_redirected(importer_port);
	set_both(true, true);
	check_redirected(exporter_port);

	set_both(false, false);
	get_route(&scene, "IMPORTER_ACS", &route);
	assert_int_equal(route.facts, host_facts() |
			 VFIO_P2P_FACT_COMMON_UPSTREAM);
	check_direct(&route, upstream);
	set_both(true, true);
}

static void test_far(void **state)
{
	static const char * const others[] = { "IMPORTER_FAR", "IMPORTER_EDU0" };
	/* The exporter is behind three bridges, they behind one and three. */
	static const int distances[] = { 6, 8 };
	struct vfio_p2p_route route;
	int i;

	for (i = 0; i < 2; i++) {
		get_route(&scene, others[i], &route);
		assert_int_equal(route.facts & ~VFIO_P2P_FACT_PEER_TRANSLATED,
				 host_facts());
		check_up(&route, distances[i],
			 VFIO_P2P_REASON_NO_COMMON_UPSTREAM, HOST_BRIDGE_BDF);
		route_check_no_bdf(&route.redirect);
	}
}

static void test_upstream_port(void **state)
{
	struct vfio_p2p_route route;

	set_both(false, false);
	assert_ok(p2p_route(scene.control, scene.dev.fd, upstream, &route));
	route_check_kernel(&scene.imp, scene.dev.bdf, &route);
	assert_int_equal(route.route, VFIO_P2P_ROUTE_BUS_ADDR);
	assert_int_equal(route.distance, 2);
	route_check_bridge(&route, upstream);
	set_both(true, true);
}

#define NR_RANGES	3

static const struct vfio_region_dma_range ranges[NR_RANGES] = {
	{ 8 * PAGE, 2 * PAGE },
	{ 0, PAGE },
	{ 4 * PAGE, 3 * PAGE },
};

/* All of NR_RANGES, as DMA addresses and through the owner's mapping */
static void check_ranges(struct scene *from, int handle)
{
	const __u64 start = pci_bar_start(from->dev.bdf, SCENE_BAR);
	struct p2p_test_sg_entry sg[NR_RANGES + 1];
	__u64 offset = 0;
	char data[64], back[64];
	int i;

	assert_int_equal(importer_sg(&from->imp, handle, sg, NR_RANGES + 1),
			 NR_RANGES);
	for (i = 0; i < NR_RANGES; i++) {
		assert_int_equal(sg[i].dma_address, start + ranges[i].offset);
		assert_int_equal(sg[i].dma_len, ranges[i].length);
		snprintf(data, sizeof(data), "range %d", i);
		assert_ok(importer_write(&from->imp, handle, offset, data,
					 sizeof(data)));
		memcpy(back, from->bar + ranges[i].offset, sizeof(back));
		assert_string_equal(back, data);
		offset += ranges[i].length;
	}
}

static void check_mapping(void)
{
	int fd, handle;

	fd = assert_ok(vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR, 0, ranges,
					    NR_RANGES));
	handle = scene_map(&scene, fd);
	check_ranges(&scene, handle);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* QEMU's PCI bus has no window: bus addresses are physical addresses. */
static void test_map_bus_address(void **state)
{
	set_both(false, false);
	check_mapping();
	set_both(true, true);
}

/* Without translation, the way through the host bridge has the same ones. */
static void test_map_redirected(void **state)
{
	int fd, handle;

	if (amd) {
		check_mapping();
		return;
	}
	/* The kernel remembers what it found before ACS was switched on. */
	native_skip();
	fd = scene_export(&scene, 0, PAGE);
	handle = assert_ok(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC));
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     EINVAL);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* The route would do, but the importer's driver can't say such addresses. */
static void test_dma_mask(void **state)
{
	struct vfio_p2p_route route;
	int fd, handle;

	/* The kernel's own gives out bus addresses without a look at the mask. */
	native_skip();
	importer_close(&scene.imp);
	assert_ok(module_unload(MODULE_IMPORTER));
	assert_ok(module_load(MODULE_IMPORTER, "dma_bits=28"));
	assert_ok(importer_open(&scene.imp, env_bdf_or_skip("IMPORTER_ACS")));
	set_both(false, false);

	get_route(&scene, "IMPORTER_ACS", &route);
	assert_int_equal(route.route, VFIO_P2P_ROUTE_IMPOSSIBLE);
	assert_int_equal(route.reason, VFIO_P2P_REASON_DMA_MASK);
	assert_int_equal(route.distance, -1);
	route_check_no_bridge(&route);
	assert_true(pci_bar_start(scene.dev.bdf, SCENE_BAR) >= 1 << 28);
	fd = scene_export(&scene, 0, PAGE);
	handle = assert_ok(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC));
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENOMEM);
	close(fd);

	importer_close(&scene.imp);
	set_both(true, true);
	assert_ok(module_unload(MODULE_IMPORTER));
	assert_ok(module_load(MODULE_IMPORTER, NULL));
	assert_ok(importer_open(&scene.imp, env_bdf_or_skip("IMPORTER_ACS")));
}

/*
 * The ports of this switch have no ACS at all, so that its devices are one IOMMU
 * group, which vfio only gives away while no other driver has a part of it.
 */
static void test_switch_without_acs(void **state)
{
	const char *peer = env_bdf_or_skip("IMPORTER_EDU0");
	struct scene other = { 0 };
	struct vfio_p2p_route route;
	char port[16];

	assert_ok(pci_unbind(peer));
	served_open(&other.dev, "EXPORTER_NVME");
	other.control = scene.control;
	route_bridge_of(other.dev.bdf, port);
	route_bridge_of(port, port);

	get_route(&other, "IMPORTER_EDU0", &route);
	assert_int_equal(route.facts & ~VFIO_P2P_FACT_PEER_TRANSLATED,
			 host_facts() | VFIO_P2P_FACT_COMMON_UPSTREAM);
	check_direct(&route, port);

	get_route(&other, "IMPORTER_FAR", &route);
	check_up(&route, 6, VFIO_P2P_REASON_NO_COMMON_UPSTREAM,
		 HOST_BRIDGE_BDF);
	route_check_no_bdf(&route.redirect);
	vfio_dev_close(&other.dev);
}

static int setup(void **state)
{
	const char *cpu = env_rig("cpu");

	assert_non_null(cpu);
	amd = !strcmp(cpu, "amd");
	scene_open(&scene, "EXPORTER_ACS", "IMPORTER_ACS");
	route_bridge_of(scene.dev.bdf, exporter_port);
	route_bridge_of(env_bdf_or_skip("IMPORTER_ACS"), importer_port);
	route_bridge_of(exporter_port, upstream);

	return 0;
}

static int teardown(void **state)
{
	set_both(true, true);
	scene_close(&scene);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acs),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_upstream_port),
		cmocka_unit_test(test_map_bus_address),
		cmocka_unit_test(test_map_redirected),
		cmocka_unit_test(test_dma_mask),
		cmocka_unit_test(test_switch_without_acs),
	};

	return tap_run(tests, setup, teardown);
}
