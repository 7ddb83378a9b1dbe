// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who makes the dma-bufs: the parameter exporter=, and what holds where it is
 * the kernel.  Then the misc device hands its exports over, and nothing else is
 * as it would not be without the module.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "kmod.h"
#include "kmsg.h"
#include "native.h"
#include "pages.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "transcript.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define EXPORTER	"EXPORTER_NVME"
#define IMPORTER	"IMPORTER_EDU0"
#define PARAMETER	"/sys/module/" MODULE_UNDER_TEST "/parameters/exporter"
#define PAGE		4096
#define CALLS		50

#define SCENE_CLOSED	{ .dev.fd = -1, .imp.fd = -1, .control = -1 }

static struct scene scene = SCENE_CLOSED;
static int kmsg;

/* The feature is answered where the module is not. */
static bool kernel_serves;

/* By feature, by control; of a test that failed they would keep the module. */
static int exports[] = { -1, -1 };

static void close_exports(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exports); i++) {
		if (exports[i] >= 0)
			close(exports[i]);
		exports[i] = -1;
	}
}

static int clean_up(void **state)
{
	close_exports();
	scene_close(&scene);
	scene = (struct scene)SCENE_CLOSED;

	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

static int by_feature(void)
{
	return scene_export(&scene, 0, PAGE);
}

static int by_control(void)
{
	return assert_ok(p2p_export_range(scene.control, scene.dev.fd,
					  SCENE_BAR, 0, PAGE));
}

/* Both doors lead to one exporter; what is ours keeps the module loaded. */
static void check_exports(bool native)
{
	const int before = assert_ok(module_refcount(MODULE_UNDER_TEST));
	size_t i;

	exports[0] = by_feature();
	exports[1] = by_control();
	assert_int_equal(module_refcount(MODULE_UNDER_TEST) - before,
			 native ? 0 : ARRAY_SIZE(exports));
	for (i = 0; i < ARRAY_SIZE(exports); i++)
		assert_int_equal(native_made(exports[i]), native);
	close_exports();
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);
}

static void check_info(bool native)
{
	__u64 expected = VFIO_P2P_CAP_EXPORT | VFIO_P2P_CAP_ROUTE;
	struct vfio_p2p_info info;

	if (!native)
		expected |= VFIO_P2P_CAP_FEATURE | VFIO_P2P_CAP_SYSFS_RESET |
			    VFIO_P2P_CAP_MMAP | VFIO_P2P_CAP_REVOKE |
			    VFIO_P2P_CAP_EXPORT_WC;
	if (kernel_serves)
		expected |= VFIO_P2P_CAP_NATIVE;
	assert_ok(p2p_info(scene.control, &info));
	/* Pages also need an option of the kernel. */
	if (!native)
		expected |= info.capabilities & (VFIO_P2P_CAP_PAGES |
						 VFIO_P2P_CAP_IOMMU_PAGES);
	assert_int_equal(info.capabilities, expected);
}

static void check_loaded(const char *params, bool native)
{
	struct vfio_p2p_route route;
	char text[16];

	kmsg_find(kmsg, "");
	assert_ok(module_load(MODULE_UNDER_TEST, params));
	assert_true(kmsg_find(kmsg, native ? "dma-bufs are the kernel's" :
					     "dma-bufs are ours"));
	assert_ok(sysfs_read(PARAMETER, text, sizeof(text)));
	assert_string_equal(text, *params ? strchr(params, '=') + 1 : "auto");

	scene_open(&scene, EXPORTER, IMPORTER);
	check_info(native);
	check_exports(native);
	assert_ok(p2p_route(scene.control, scene.dev.fd, env_bdf(IMPORTER),
			    &route));
	assert_int_equal(route.route, VFIO_P2P_ROUTE_HOST_BRIDGE);
	clean_up(NULL);
}

static void test_default(void **state)
{
	if (env_rig("exporter")) {
		print_message("this VM's tests load it with a parameter\n");
		skip();
	}
	check_loaded("", kernel_serves);
}

static void test_auto(void **state)
{
	check_loaded("exporter=auto", kernel_serves);
}

static void test_own(void **state)
{
	check_loaded("exporter=own", false);
}

static void expect_no_load(const char *params, int err, const char *sentence)
{
	kmsg_find(kmsg, "");
	assert_errno(module_load(MODULE_UNDER_TEST, params), err);
	assert_true(kmsg_find(kmsg, sentence));
	assert_false(module_loaded(MODULE_UNDER_TEST));
	assert_errno(p2p_open(), ENOENT);
}

static void test_native(void **state)
{
	if (kernel_serves)
		check_loaded("exporter=native", true);
	else
		expect_no_load("exporter=native", EOPNOTSUPP,
			       "exporter=native: this kernel does not serve VFIO_DEVICE_FEATURE_DMA_BUF");
}

static void test_wrong(void **state)
{
	static const char * const wrong[] = {
		"", "Native", "natives", "nativ", "own,native", "1", "none",
	};
	char params[64], sentence[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(params, sizeof(params), "exporter=%s", wrong[i]);
		snprintf(sentence, sizeof(sentence),
			 "%s: expected auto, native or own", params);
		expect_no_load(params, EINVAL, sentence);
	}
}

static void need_native(void)
{
	if (kernel_serves)
		return;
	print_message("this kernel does not serve the feature\n");
	skip();
}

static void open_scene(const char *params)
{
	assert_ok(module_load(MODULE_UNDER_TEST, params));
	scene_open(&scene, EXPORTER, IMPORTER);
}

/* The pages of the process, as the kernel counts them */
static long address_space(void)
{
	char text[128];

	assert_ok(sysfs_read("/proc/self/statm", text, sizeof(text)));

	return atol(text);
}

static int export_ranges(const struct vfio_p2p_range *ranges, __u32 nr)
{
	return p2p_export(scene.control, scene.dev.fd, SCENE_BAR, O_RDWR,
			  ranges, nr);
}

static int no_address_space(const struct vfio_p2p_range *ranges, __u32 nr)
{
	struct rlimit limit, none;
	int ret;

	assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	ret = export_ranges(ranges, nr);
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);

	return ret;
}

/* What is handed over goes by the caller's memory, which is as before then. */
static void test_callers_memory(void **state)
{
	const __u32 nr = VFIO_P2P_MAX_RANGES;
	struct vfio_p2p_range *ranges;
	long before;
	__u32 i;

	need_native();
	open_scene("exporter=native");
	ranges = calloc(nr + 1, sizeof(*ranges));
	assert_non_null(ranges);
	for (i = 0; i <= nr; i++)
		ranges[i].length = PAGE;
	close(assert_ok(export_ranges(ranges, 1)));

	before = address_space();
	for (i = 0; i < CALLS; i++) {
		close(assert_ok(export_ranges(ranges, 1)));
		close(assert_ok(export_ranges(ranges, 1000)));
		assert_errno(p2p_export_range(scene.control, scene.dev.fd,
					      SCENE_BAR, 1, PAGE), EINVAL);
	}
	close(assert_ok(export_ranges(ranges, nr)));
	assert_errno(export_ranges(ranges, nr + 1), ENOMEM);
	assert_int_equal(address_space(), before);

	assert_errno(no_address_space(ranges, 1), ENOMEM);
	close(assert_ok(export_ranges(ranges, 1)));
	assert_int_equal(address_space(), before);
	free(ranges);
}

/* The module has no part in a dma-buf that it has handed over. */
static void test_module_goes(void **state)
{
	struct peer peer;

	need_native();
	open_scene("exporter=native");
	peer_begin_with(&peer, &scene, 0, by_control());
	assert_ok(close(scene.control));
	scene.control = -1;

	assert_ok(module_unload(MODULE_UNDER_TEST));
	peer_expect_kept(&peer);
	assert_ok(vfio_dev_reset(&scene.dev));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	peer_map(&peer);

	assert_ok(module_load(MODULE_UNDER_TEST, "exporter=own"));
	peer_expect_kept(&peer);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	peer_expect_kept(&peer);
	peer_end(&peer);
}

/* Dma-bufs of both kinds of one device, each looked after by its maker */
static void test_side_by_side(void **state)
{
	struct peer native, own;

	need_native();
	open_scene("exporter=native");
	peer_begin(&native, &scene, 0);
	assert_ok(close(scene.control));
	scene.control = -1;
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_ok(module_load(MODULE_UNDER_TEST, "exporter=own"));
	peer_begin(&own, &scene, PAGE);
	assert_int_equal(native_made(native.dmabuf), 1);
	assert_int_equal(native_made(own.dmabuf), 0);

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	peer_expect_taken(&native);
	peer_expect_taken(&own);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	peer_expect_given_back(&native);
	peer_expect_given_back(&own);
	assert_ok(vfio_dev_reset(&scene.dev));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	peer_map(&native);
	peer_map(&own);
	peer_end(&own);
	peer_end(&native);
}

static int event_none(void)
{
	return 0;
}

static int event_reset(void)
{
	return vfio_dev_reset(&scene.dev);
}

static int event_flr(void)
{
	return vfio_config_pcie_flr(&scene.dev);
}

static int event_memory_off(void)
{
	return vfio_config_set_memory(&scene.dev, false);
}

static int event_memory_on(void)
{
	return vfio_config_set_memory(&scene.dev, true);
}

static int event_d3hot(void)
{
	return vfio_config_set_power(&scene.dev, 3);
}

static int event_d0(void)
{
	return vfio_config_set_power(&scene.dev, 0);
}

static int event_low_power(void)
{
	return vfio_feature_low_power_entry(scene.dev.fd);
}

static int event_low_power_exit(void)
{
	return vfio_feature_low_power_exit(scene.dev.fd);
}

/* Here the kernel's own exporter does nothing, and ours does. */
static int event_sysfs_reset(void)
{
	return pci_reset(scene.dev.bdf);
}

static const struct {
	const char *name;
	int (*fn)(void);
} events[] = {
	{ "none", event_none },
	{ "memory off", event_memory_off },
	{ "memory on", event_memory_on },
	{ "reset", event_reset },
	{ "memory on after a reset", event_memory_on },
	{ "FLR", event_flr },
	{ "memory on after an FLR", event_memory_on },
	{ "D3hot", event_d3hot },
	{ "D0", event_d0 },
	{ "low power", event_low_power },
	{ "end of low power", event_low_power_exit },
	{ "reset by sysfs", event_sysfs_reset },
	{ "end", event_none },
};

/* An exporter and an importer, whether the module is there or not */
static int open_peer(void)
{
	int fd;

	assert_ok(pci_bind(env_bdf_or_skip(EXPORTER), "vfio-pci"));
	assert_ok(vfio_dev_open(&scene.dev, env_bdf(EXPORTER)));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(importer_open(&scene.imp, env_bdf_or_skip(IMPORTER)));
	fd = by_feature();
	assert_int_equal(native_made(fd), 1);

	return fd;
}

/* What the kernel has exported before gets no pages, until that is closed. */
static void test_excludes_pages(void **state)
{
	need_native();
	exports[0] = open_peer();
	assert_ok(module_load(MODULE_UNDER_TEST, "exporter=own"));
	scene.control = assert_ok(p2p_open());
	pages_skip(scene.control);
	kmsg_find(kmsg, "");
	assert_errno(pages_register(scene.control, scene.dev.fd, SCENE_BAR, 0,
				    0), EBUSY);
	assert_true(kmsg_find(kmsg, "dma-bufs of the device that the kernel made"));
	close_exports();
	assert_ok(pages_register(scene.control, scene.dev.fd, SCENE_BAR, 0, 0));
	assert_ok(pages_unregister(scene.control, scene.dev.fd, SCENE_BAR, 0));
}

/* What each event does to a mapping of the kernel's dma-buf */
static struct transcript walk_events(void)
{
	struct transcript out = { 0 };
	struct p2p_test_stat stat;
	int fd = open_peer(), handle;
	size_t i;

	handle = assert_ok(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC));
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		transcript_add(&out, "map: %d",
			       importer_map(&scene.imp, handle,
					    P2P_TEST_BIDIRECTIONAL));
		transcript_add(&out, "%s: %d", events[i].name, events[i].fn());
		assert_ok(importer_stat(&scene.imp, handle, &stat));
		transcript_add(&out, "told %llu, unmapped %llu, flags %#x",
			       (unsigned long long)stat.notifies,
			       (unsigned long long)stat.unmaps, stat.flags);
	}
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
	clean_up(NULL);

	return out;
}

static void test_events(void **state)
{
	struct transcript plain, with;

	need_native();
	plain = walk_events();
	assert_ok(module_load(MODULE_UNDER_TEST, "exporter=native"));
	with = walk_events();
	assert_int_equal(plain.nr, 3 * ARRAY_SIZE(events));
	assert_int_equal(transcript_differences(&plain, &with, "(nothing)"),
			 0);
	transcript_free(&plain);
	transcript_free(&with);
}

static int setup(void **state)
{
	struct vfio_dev dev;
	int ret;

	kmsg = assert_ok(kmsg_open());
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_false(module_loaded(MODULE_UNDER_TEST));
	assert_ok(pci_bind(env_bdf_or_skip(EXPORTER), "vfio-pci"));
	assert_ok(vfio_dev_open(&dev, env_bdf(EXPORTER)));
	ret = vfio_feature_probe(dev.fd, VFIO_DEVICE_FEATURE_DMA_BUF,
				 VFIO_DEVICE_FEATURE_GET);
	vfio_dev_close(&dev);
	kernel_serves = !ret;

	return ret && ret != -ENOTTY;
}

static int teardown(void **state)
{
	close(kmsg);

	return 0;
}

#define native_test(fn)	cmocka_unit_test_teardown(fn, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		native_test(test_default),
		native_test(test_auto),
		native_test(test_own),
		native_test(test_native),
		native_test(test_wrong),
		native_test(test_callers_memory),
		native_test(test_module_goes),
		native_test(test_side_by_side),
		native_test(test_excludes_pages),
		native_test(test_events),
	};

	return tap_run(tests, setup, teardown);
}
