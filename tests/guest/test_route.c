// SPDX-License-Identifier: GPL-2.0-only
/*
 * ROUTE between devices below different root ports, where only the host bridge
 * connects them; and that mapping a dma-buf goes the way that ROUTE says.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "kmod.h"
#include "route.h"
#include "scene.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_feature.h"

#define PAGE	4096
#define HOST_BRIDGE_BDF	"0000:00:00.0"

/* Device, root port, and off the top; of both */
#define FAR_DISTANCE	4

static struct scene scene;
static bool amd;

static void get_route(const struct vfio_dev *dev, const char *peer,
		      struct vfio_p2p_route *route)
{
	assert_ok(p2p_route(scene.control, dev->fd, peer, route));
	assert_int_equal(route->argsz, sizeof(*route));
	assert_int_equal(route->flags, 0);
	assert_int_equal(route->device_fd, dev->fd);
	route_check_kernel(&scene.imp, dev->bdf, route);
}

static void check_impossible(const struct vfio_p2p_route *route)
{
	assert_int_equal(route->route, VFIO_P2P_ROUTE_IMPOSSIBLE);
	assert_int_equal(route->reason, VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN);
	assert_int_equal(route->distance, -1);
	route_check_bridge(route, HOST_BRIDGE_BDF);
}

static __u32 host_facts(void)
{
	return VFIO_P2P_FACT_BRIDGE | VFIO_P2P_FACT_SAME_HOST_BRIDGE |
	       (amd ? VFIO_P2P_FACT_CPU_ROUTES : 0);
}

static void test_importers(void **state)
{
	static const char * const names[] = { "IMPORTER_EDU0", "IMPORTER_EDU1" };
	struct vfio_p2p_route route;
	int i;

	for (i = 0; i < 2; i++) {
		get_route(&scene.dev, env_bdf_or_skip(names[i]), &route);
		assert_int_equal(route.facts, host_facts() |
				 VFIO_P2P_FACT_PEER_TRANSLATED);
		route_check_no_bdf(&route.redirect);
		if (!amd) {
			check_impossible(&route);
			continue;
		}
		assert_int_equal(route.route, VFIO_P2P_ROUTE_HOST_BRIDGE);
		assert_int_equal(route.reason,
				 VFIO_P2P_REASON_NO_COMMON_UPSTREAM);
		assert_int_equal(route.distance, FAR_DISTANCE);
		route_check_bridge(&route, HOST_BRIDGE_BDF);
	}
}

static void test_itself(void **state)
{
	struct vfio_p2p_route route;

	get_route(&scene.dev, scene.dev.bdf, &route);
	assert_int_equal(route.route, VFIO_P2P_ROUTE_BUS_ADDR);
	assert_int_equal(route.reason, VFIO_P2P_REASON_SAME_FUNCTION);
	assert_int_equal(route.distance, 0);
	assert_true(route.facts & VFIO_P2P_FACT_COMMON_UPSTREAM);
	assert_false(route.facts & VFIO_P2P_FACT_ACS_REDIRECT);
	route_check_no_bridge(&route);
	route_check_no_bdf(&route.redirect);
}

/*
 * Two functions of a slot meet in its root port, which redirects by ACS: the
 * common bridge counts.
 */
static void test_one_slot(void **state)
{
	const char *peer = env_bdf_or_skip("SLOT_IVSHMEM");
	struct vfio_p2p_route route;
	struct vfio_dev dev;
	char port[16];

	served_open(&dev, "SLOT_NVME");
	route_bridge_of(peer, port);
	get_route(&dev, peer, &route);
	assert_int_equal(route.facts & ~VFIO_P2P_FACT_PEER_TRANSLATED,
			 host_facts() | VFIO_P2P_FACT_COMMON_UPSTREAM |
			 VFIO_P2P_FACT_ACS_REDIRECT);
	route_check_bdf(&route.redirect, port);
	if (amd) {
		assert_int_equal(route.route, VFIO_P2P_ROUTE_HOST_BRIDGE);
		assert_int_equal(route.reason, VFIO_P2P_REASON_ACS_REDIRECT);
		assert_int_equal(route.distance, 2);
		route_check_bridge(&route, port);
	} else {
		check_impossible(&route);
	}
	vfio_dev_close(&dev);
}

/* Both are in the path of the exporter; ACS of its root port counts. */
static void test_own_root_port(void **state)
{
	struct vfio_p2p_route route;
	char port[16];

	route_bridge_of(scene.dev.bdf, port);
	get_route(&scene.dev, port, &route);
	assert_true(route.facts & VFIO_P2P_FACT_COMMON_UPSTREAM);
	assert_true(route.facts & VFIO_P2P_FACT_ACS_REDIRECT);
	route_check_bdf(&route.redirect, port);
	assert_int_equal(route.distance, amd ? 1 : -1);
}

static void test_no_such_peer(void **state)
{
	static const char * const peers[] = {
		"0000:ff:1f.7", "0000:00:00.1", "0001:00:00.0",
		"ffffffff:00:00.0",
	};
	struct vfio_p2p_route route;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(peers); i++)
		assert_errno(p2p_route(scene.control, scene.dev.fd, peers[i],
				       &route), ENODEV);
}

/* Attaching says nothing about the route; mapping does. */
static void test_map(void **state)
{
	int fd = scene_export(&scene, 0, PAGE), handle;
	struct p2p_test_stat stat;

	handle = assert_ok(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC));
	if (amd) {
		assert_ok(importer_map(&scene.imp, handle,
				       P2P_TEST_BIDIRECTIONAL));
		scene_check_write(&scene, handle, 0, PAGE, 1);
	} else {
		assert_errno(importer_map(&scene.imp, handle,
					  P2P_TEST_BIDIRECTIONAL), EINVAL);
		assert_ok(importer_stat(&scene.imp, handle, &stat));
		assert_int_equal(stat.maps, 0);
	}
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* ROUTE has no way to name it; mapping says no. */
static void test_nonpci(void **state)
{
	int fd = scene_export(&scene, 0, PAGE), handle;
	struct importer imp;

	assert_ok(importer_open_nonpci(&imp));
	handle = assert_ok(importer_attach(&imp, fd, P2P_TEST_DYNAMIC));
	assert_errno(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL),
		     EINVAL);
	assert_ok(importer_detach(&imp, handle));
	importer_close(&imp);
	close(fd);
}

static int setup(void **state)
{
	const char *cpu = env_rig("cpu");

	assert_non_null(cpu);
	amd = !strcmp(cpu, "amd");
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");

	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_importers),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_one_slot),
		cmocka_unit_test(test_own_root_port),
		cmocka_unit_test(test_no_such_peer),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_nonpci),
	};

	return tap_run(tests, setup, teardown);
}
