// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace events tell who got access and who lost it, in the order in which it
 * happened, with the right devices and for how long.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bar.h"
#include "env.h"
#include "events.h"
#include "job.h"
#include "kmod.h"
#include "kmsg.h"
#include "pending.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"
#include "view.h"

#define PAGE	4096
#define RESTORE	"restore "

/* Of an importer that takes its time: longer than it takes to tell all others */
#define LATE_MS	500

static struct scene scene;
static struct events events;
static struct vfio_p2p_route route;
static struct pending unbind;
static struct job job;

static int setup(void **state)
{
	scene = (struct scene) { .dev.fd = -1, .imp.fd = -1, .control = -1 };
	return 0;
}

static int teardown(void **state)
{
	events_end();
	scene_close(&scene);
	pending_finish(&unbind);
	return 0;
}

static void open_scene(void)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	assert_ok(p2p_route(scene.control, scene.dev.fd,
			    env_bdf_or_skip("IMPORTER_EDU0"), &route));
	/* It would keep the module, too. */
	close(scene.control);
	scene.control = -1;
	events_begin();
}

static unsigned long long boottime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);

	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static const char *route_name(void)
{
	return route.route == VFIO_P2P_ROUTE_BUS_ADDR ? "bus-address" :
						       "host-bridge";
}

static const char *reason_name(void)
{
	return route.reason == VFIO_P2P_REASON_COMMON_UPSTREAM ?
		       "common-upstream" : "no-common-upstream";
}

/* All are about one dma-buf, of that device, and have an importer or none. */
static void expect_devices(unsigned long long id)
{
	const char *importer = env_bdf_or_skip("IMPORTER_EDU0");
	size_t i;

	for (i = 0; i < events.nr; i++) {
		const char *line = events.line[i];

		assert_int_equal(view_number(line, "export"), id);
		view_expect(line, "device", scene.dev.bdf);
		if (strstr(line, " importer="))
			view_expect(line, "importer", importer);
	}
}

static void expect_change(const char *name, const char *event,
			  unsigned int importers, unsigned int mappings)
{
	const char *line = events_find(&events, name);

	view_expect(line, "event", event);
	assert_int_equal(view_number(line, "importers"), importers);
	assert_int_equal(view_number(line, "mappings"), mappings);
}

static void expect_export(const char *line)
{
	assert_int_equal(view_number(line, "region"), SCENE_BAR);
	assert_int_equal(view_number(line, "size"), 3 * PAGE);
	assert_int_equal(view_number(line, "ranges"), 2);
}

static void expect_attach(const char *line)
{
	view_expect(line, "driver", MODULE_IMPORTER);
	view_expect(line, "route", route_name());
	view_expect(line, "reason", reason_name());
	assert_int_equal(view_number(line, "distance"), route.distance);
}

static void expect_map(const char *line, int entries, int ret)
{
	view_expect(line, "route", route_name());
	assert_int_equal(view_number(line, "entries"), entries);
	assert_int_equal((int)view_number(line, "ret"), ret);
}

static unsigned long long export_id(int fd)
{
	struct view view = { NULL };
	unsigned long long id = view_number(view_export(&view, fd), "id");

	view_free(&view);

	return id;
}

/* A dma-buf's life, as a whole */
static void test_life(void **state)
{
	const struct vfio_region_dma_range ranges[] = {
		{ 0, PAGE }, { 4 * PAGE, 2 * PAGE },
	};
	struct p2p_test_sg_entry sg[2];
	int fd, handle, entries;
	unsigned long long id;

	open_scene();
	fd = assert_ok(vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR,
					    O_RDWR | O_CLOEXEC, ranges, 2));
	id = export_id(fd);
	handle = scene_map(&scene, fd);
	entries = assert_ok(importer_sg(&scene.imp, handle, sg, 2));
	events_take(&events);
	events_expect(&events, "export attach map ");
	expect_devices(id);
	expect_export(events_find(&events, "export"));
	expect_attach(events_find(&events, "attach"));
	expect_map(events_find(&events, "map"), entries, 0);

	assert_ok(vfio_dev_reset(&scene.dev));
	events_take(&events);
	events_expect(&events, "revoke_begin unmap revoke_end restore ");
	expect_devices(id);
	expect_change("revoke_begin", "reset", 1, 1);
	expect_change("revoke_end", "reset", 1, 0);
	expect_change("restore", "reset", 1, 0);
	assert_int_equal(view_number(events_find(&events, "unmap"), "entries"),
			 entries);

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	events_take(&events);
	events_expect(&events, "revoke_begin revoke_end map restore ");
	expect_devices(id);
	expect_change("revoke_begin", "config", 1, 0);
	expect_change("restore", "config", 1, 0);
	expect_map(events_find(&events, "map"), 0, -ENODEV);

	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
	events_take(&events);
	events_expect(&events, "detach release ");
	expect_devices(id);
	expect_attach(events_find(&events, "detach"));
}

static int reset(void *unused)
{
	return vfio_dev_reset(&scene.dev);
}

static void expect_duration(const char *name, unsigned long long least,
			    unsigned long long most)
{
	unsigned long long duration = view_number(events_find(&events, name),
						  "duration");

	if (duration < least || duration > most)
		fail_msg("%s: %llu ns, not %llu to %llu", name, duration, least,
			 most);
}

/* The end comes when the importer has let go, and says how long that took. */
static void test_duration(void **state)
{
	unsigned long long begin, told, unmapped, end;
	int fd, handle;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	handle = assert_ok(importer_attach(&scene.imp, fd,
					   P2P_TEST_IGNORE_NOTIFY));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	events_take(&events);

	begin = boottime();
	job_start(&job, reset, NULL);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	told = boottime();
	events_take(&events);
	events_expect(&events, "revoke_begin ");
	expect_change("revoke_begin", "reset", 1, 1);

	unmapped = boottime();
	assert_ok(importer_unmap(&scene.imp, handle));
	assert_ok(job_join(&job));
	end = boottime();
	events_take(&events);
	events_expect(&events, "unmap revoke_end restore ");
	expect_duration("revoke_end", unmapped - told, end - begin);
	expect_duration("restore", unmapped - told, end - begin);
	close(fd);
}

static void close_device(void)
{
	munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
	vfio_dev_close(&scene.dev);
	scene.dev.fd = -1;
}

static void test_close(void **state)
{
	int fd, handle;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	handle = scene_map(&scene, fd);
	events_take(&events);
	close_device();
	events_take(&events);
	events_expect(&events, "revoke_begin unmap revoke_end ");
	expect_change("revoke_begin", "close", 1, 1);
	expect_change("revoke_end", "close", 1, 0);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* It is not waited for at the unbind, but at the close. */
static void test_unbind(void **state)
{
	int fd, handle;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	handle = scene_map(&scene, fd);
	events_take(&events);
	pending_start_unbind(&unbind, pci_unbind, &scene.dev);
	events_take(&events);
	events_expect(&events, "revoke_begin unmap ");
	expect_change("revoke_begin", "unbind", 1, 1);
	close_device();
	assert_ok(pending_wait(&unbind, IMPORTER_TIMEOUT_MS));
	events_take(&events);
	events_expect(&events, "revoke_end ");
	expect_change("revoke_end", "unbind", 1, 0);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

static void test_two(void **state)
{
	const char *bdf = env_bdf_or_skip("IMPORTER_EDU1");
	struct importer other;
	int first, second, handle;

	open_scene();
	first = scene_export(&scene, 0, PAGE);
	second = scene_export(&scene, PAGE, PAGE);
	assert_ok(importer_open(&other, bdf));
	assert_ok(importer_attach(&other, first, P2P_TEST_DYNAMIC));
	handle = assert_ok(importer_attach_late(&scene.imp, first, LATE_MS));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	events_take(&events);
	assert_ok(vfio_dev_reset(&scene.dev));
	events_take(&events);
	/* All are told before the first is waited for; the second need not be. */
	events_expect(&events,
		      "revoke_begin revoke_begin revoke_end unmap revoke_end "
		      RESTORE RESTORE);
	expect_change("revoke_begin", "reset", 2, 1);
	importer_close(&other);
	close(first);
	close(second);
}

/* No event tells where in memory the BAR is. */
static void test_no_addresses(void **state)
{
	char address[32];
	size_t i;
	int fd;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	scene_map(&scene, fd);
	events_take(&events);
	assert_true(events.nr > 0);
	snprintf(address, sizeof(address), "%llx",
		 pci_bar_start(scene.dev.bdf, SCENE_BAR));
	for (i = 0; i < events.nr; i++) {
		assert_null(strstr(events.line[i], address));
		assert_null(strstr(events.line[i], "ffff"));
	}
	close(fd);
}

/* Tools decode what they recorded by these: numbers, not the source's names. */
static void expect_format(const char *event, const char *part)
{
	char path[128], text[4096];

	snprintf(path, sizeof(path), EVENTS_DIR "%s/format", event);
	assert_ok(sysfs_read(path, text, sizeof(text)));
	if (!strstr(text, part))
		fail_msg("no \"%s\" in the format of %s", part, event);
}

static void test_format(void **state)
{
	open_scene();
	expect_format("p2p_map", "{ 1, \"bus-address\" }");
	expect_format("p2p_attach", "{ 8, \"dma-mask\" }");
	expect_format("p2p_revoke_begin", "{ 1, \"reset\" }");
	expect_format("p2p_restore", "{ 6, \"unbind\" }");
}

/* Events that are traced don't hold the module. */
static void test_unload(void **state)
{
	open_scene();
	close(scene_export(&scene, 0, PAGE));
	importer_close(&scene.imp);
	scene.imp.fd = -1;
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_int_equal(access(EVENTS_DIR, F_OK), -1);

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	events_begin();
	close(scene_export(&scene, 0, PAGE));
	events_take(&events);
	events_expect(&events, "export release ");
}

/* What was refused, and why, is said to who asks. */
static void test_dynamic_debug(void **state)
{
	const char *control = "/sys/kernel/debug/dynamic_debug/control";
	int log, fd;

	open_scene();
	log = kmsg_open();
	assert_errno(vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR, 1,
						PAGE), EINVAL);
	assert_false(kmsg_find(log, "refused"));

	assert_ok(sysfs_write(control, "module " MODULE_UNDER_TEST " +p"));
	assert_errno(vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR, 1,
						PAGE), EINVAL);
	assert_true(kmsg_find(log,
			      "export of 1 ranges of region 2 refused: -22"));
	fd = scene_export(&scene, 0, PAGE);
	assert_errno(importer_attach(&scene.imp, fd, P2P_TEST_NO_P2P),
		     EOPNOTSUPP);
	assert_true(kmsg_find(log, "importer knows no peer-to-peer"));
	assert_ok(sysfs_write(control, "module " MODULE_UNDER_TEST " -p"));
	close(log);
	close(fd);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_life),
		TEST(test_duration),
		TEST(test_close),
		TEST(test_unbind),
		TEST(test_two),
		TEST(test_no_addresses),
		TEST(test_format),
		TEST(test_unload),
		TEST(test_dynamic_debug),
	};

	return tap_run(tests, NULL, NULL);
}
