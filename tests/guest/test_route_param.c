// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module parameter host_bridges=, on a machine whose host bridge is on no
 * list of its own.
 */
#include <errno.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "kmod.h"
#include "kmsg.h"
#include "native.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"

#define PAGE		4096
#define Q35		"8086:29c0"
#define OTHER		"8086:1237"
#define EXPORTER	"EXPORTER_NVME"
#define IMPORTER	"IMPORTER_EDU0"

static const struct scene closed = {
	.dev.fd = -1, .imp.fd = -1, .control = -1,
};

static struct scene scene;
static int kmsg;

/* Also after a test that failed: the module can't be unloaded with it open. */
static void end_scene(void)
{
	scene_close(&scene);
	scene = closed;
}

static int end_test(void **state)
{
	end_scene();

	return 0;
}

static void load(const char *params)
{
	if (module_loaded(MODULE_UNDER_TEST))
		assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_ok(module_load(MODULE_UNDER_TEST, params));
}

static void get_route(struct vfio_p2p_route *route)
{
	assert_ok(p2p_route(scene.control, scene.dev.fd,
			    env_bdf_or_skip(IMPORTER), route));
}

static void test_declared(void **state)
{
	struct vfio_p2p_route route;
	int fd, handle;

	native_skip();
	load("host_bridges=" OTHER "," Q35);
	scene_open(&scene, EXPORTER, IMPORTER);
	kmsg_find(kmsg, "");
	get_route(&route);
	assert_int_equal(route.route, VFIO_P2P_ROUTE_HOST_BRIDGE);
	assert_int_equal(route.reason, VFIO_P2P_REASON_NO_COMMON_UPSTREAM);
	assert_int_equal(route.distance, 4);
	assert_int_equal(route.facts, VFIO_P2P_FACT_BRIDGE |
			 VFIO_P2P_FACT_SAME_HOST_BRIDGE |
			 VFIO_P2P_FACT_HOST_BRIDGE_PARAM |
			 VFIO_P2P_FACT_PEER_TRANSLATED);
	assert_true(kmsg_find(kmsg, "relies on host_bridges="));

	fd = scene_export(&scene, PAGE, 2 * PAGE);
	handle = scene_map(&scene, fd);
	scene_check_write(&scene, handle, PAGE, 2 * PAGE, 1);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
	end_scene();
}

static void check_not_declared(const char *params)
{
	struct vfio_p2p_route route;

	load(params);
	scene_open(&scene, EXPORTER, IMPORTER);
	kmsg_find(kmsg, "");
	get_route(&route);
	assert_int_equal(route.route, VFIO_P2P_ROUTE_IMPOSSIBLE);
	assert_int_equal(route.reason, VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN);
	assert_int_equal(route.facts, VFIO_P2P_FACT_BRIDGE |
			 VFIO_P2P_FACT_SAME_HOST_BRIDGE |
			 VFIO_P2P_FACT_PEER_TRANSLATED);
	assert_false(kmsg_find(kmsg, "host_bridges="));
	end_scene();
}

static void test_not_declared(void **state)
{
	check_not_declared("");
	check_not_declared("host_bridges=");
	check_not_declared("host_bridges=" OTHER);
}

/* The kernel's own maps nothing that it does not know, so ROUTE says so. */
static void test_no_effect(void **state)
{
	int fd, handle;

	native_need();
	kmsg_find(kmsg, "");
	check_not_declared("host_bridges=" Q35);
	load("host_bridges=" Q35);
	assert_true(kmsg_find(kmsg, "host_bridges= has no effect"));

	scene_open(&scene, EXPORTER, IMPORTER);
	fd = scene_export(&scene, 0, PAGE);
	handle = assert_ok(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC));
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     EINVAL);
	close(fd);
	end_scene();
}

static void test_wrong(void **state)
{
	static const struct {
		const char *params;
		const char *message;
	} wrong[] = {
		{ "host_bridges=8086-29c0", "no colon after the vendor ID" },
		{ "host_bridges=q35", "vendor ID is not four hex digits" },
		{ "host_bridges=8086:29c", "device ID is not four hex digits" },
		{ "host_bridges=8086:29c0;", "no comma after the device ID" },
		{ "host_bridges=8086:29c0,", "entry 2: vendor ID is not" },
	};
	size_t i;

	if (module_loaded(MODULE_UNDER_TEST))
		assert_ok(module_unload(MODULE_UNDER_TEST));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		kmsg_find(kmsg, "");
		assert_errno(module_load(MODULE_UNDER_TEST, wrong[i].params),
			     EINVAL);
		assert_true(kmsg_find(kmsg, wrong[i].message));
		assert_false(module_loaded(MODULE_UNDER_TEST));
	}
	assert_errno(p2p_open(), ENOENT);
}

/* What was declared can be read back by the administrator, not changed. */
static void test_sysfs(void **state)
{
	char text[64];
	const char *path = "/sys/module/" MODULE_UNDER_TEST
			   "/parameters/host_bridges";

	load("host_bridges=" Q35);
	assert_ok(sysfs_read(path, text, sizeof(text)));
	assert_string_equal(text, Q35);
	assert_int_equal(access(path, W_OK), 0);	/* root may all ... */
	assert_true(sysfs_write(path, OTHER) < 0);	/* ... but this */
}

static int setup(void **state)
{
	kmsg = assert_ok(kmsg_open());
	scene = closed;

	return 0;
}

static int teardown(void **state)
{
	close(kmsg);

	return 0;
}

#define with_teardown(test) cmocka_unit_test_teardown(test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_teardown(test_declared),
		with_teardown(test_not_declared),
		with_teardown(test_no_effect),
		with_teardown(test_wrong),
		with_teardown(test_sysfs),
	};

	return tap_run(tests, setup, teardown);
}
