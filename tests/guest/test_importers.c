// SPDX-License-Identifier: GPL-2.0-only
/*
 * Importers of all kinds: those that are refused, those that are slow to let
 * go, and those that go away themselves.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "env.h"
#include "job.h"
#include "kmod.h"
#include "kmsg.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_reset.h"

#define PAGE	4096

/* A revoke that waits says so every 10 s. */
#define REPORT_TIMEOUT_MS	30000

#define CYCLES	100

/* Long enough to be seen if a revoke did not wait for it */
#define LATE_MS	500

static struct scene scene;
static int dmabuf;

/* Outlives a test that fails while the reset waits. */
static struct job job;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	dmabuf = scene_export(&scene, PAGE, PAGE);
	return 0;
}

static int teardown(void **state)
{
	close(dmabuf);
	scene_close(&scene);
	return 0;
}

/*
 * A test that failed has left its attachments, and perhaps a reset that waits
 * for them.
 */
static int let_go(void **state)
{
	importer_close(&scene.imp);
	return importer_open(&scene.imp, env_bdf("IMPORTER_EDU0"));
}

static int attach(enum p2p_test_flavour flavour)
{
	return importer_attach(&scene.imp, dmabuf, flavour);
}

static int map(int handle)
{
	return importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL);
}

static int attach_and_map(enum p2p_test_flavour flavour)
{
	int handle = assert_ok(attach(flavour));

	assert_ok(map(handle));
	return handle;
}

static struct p2p_test_stat stat_of(int handle)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&scene.imp, handle, &stat));
	return stat;
}

static void expect_dynamic_works(void)
{
	int handle = scene_map(&scene, dmabuf);

	scene_check_write(&scene, handle, PAGE, 64, 1);
	assert_ok(importer_detach(&scene.imp, handle));
}

static void test_no_p2p(void **state)
{
	assert_errno(attach(P2P_TEST_NO_P2P), EOPNOTSUPP);
	expect_dynamic_works();
}

static void test_static(void **state)
{
	assert_errno(attach(P2P_TEST_STATIC), EOPNOTSUPP);
	expect_dynamic_works();
}

/* Since Linux 7.1 an importer that pins, and can't be told to let go, says so. */
static bool pins_are_revocable(void)
{
	unsigned int major, minor;
	struct utsname name;
	int fields;

	assert_ok(uname(&name));
	fields = sscanf(name.release, "%u.%u", &major, &minor);
	assert_int_equal(fields, 2);
	return major > 7 || (major == 7 && minor >= 1);
}

/* It lets go of what it has pinned, and may map that again. */
static void expect_pin_is_revoked(int handle)
{
	assert_ok(map(handle));
	scene_check_write(&scene, handle, PAGE, 64, 8);
	assert_ok(vfio_dev_reset(&scene.dev));
	assert_int_equal(stat_of(handle).unmaps, 1);
	assert_ok(map(handle));
	scene_check_write(&scene, handle, PAGE, 64, 9);
	assert_ok(importer_detach(&scene.imp, handle));
	expect_dynamic_works();
}

/*
 * A pin for good is refused where it can be told from the core's own.  Where it
 * can't (the core pins before each map), it gets no mapping.
 */
static void test_pin(void **state)
{
	int handle = attach(P2P_TEST_PIN);

	if (pins_are_revocable()) {
		expect_pin_is_revoked(assert_ok(handle));
		return;
	}
	if (handle == -EOPNOTSUPP)
		return;

	assert_ok(handle);
	assert_errno(map(handle), EOPNOTSUPP);
	assert_errno(map(handle), EOPNOTSUPP);
	expect_dynamic_works();

	/* A pin does not keep a revoke waiting. */
	assert_ok(vfio_dev_reset(&scene.dev));
	assert_errno(map(handle), EOPNOTSUPP);

	assert_ok(importer_detach(&scene.imp, handle));
	expect_dynamic_works();
}

static void test_map_cycles(void **state)
{
	int handle = assert_ok(attach(P2P_TEST_DYNAMIC));
	struct p2p_test_stat stat;
	int i;

	for (i = 0; i < CYCLES; i++) {
		assert_ok(map(handle));
		assert_ok(importer_unmap(&scene.imp, handle));
	}
	stat = stat_of(handle);
	assert_int_equal(stat.maps, CYCLES);
	assert_int_equal(stat.unmaps, CYCLES);
	assert_int_equal(stat.map_errors, 0);

	assert_ok(map(handle));
	scene_check_write(&scene, handle, PAGE, 64, 2);
	assert_ok(importer_detach(&scene.imp, handle));
}

static void test_attach_cycles(void **state)
{
	int i;

	for (i = 0; i < CYCLES; i++)
		assert_ok(importer_detach(&scene.imp,
					  attach_and_map(P2P_TEST_DYNAMIC)));
	expect_dynamic_works();
}

static void test_revoked(void **state)
{
	int handle = assert_ok(attach(P2P_TEST_DYNAMIC));

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_errno(map(handle), ENODEV);
	assert_errno(attach(P2P_TEST_DYNAMIC), ENODEV);

	/* What is no importer for us at all is told so first, as upstream. */
	assert_errno(attach(P2P_TEST_NO_P2P), EOPNOTSUPP);

	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(map(handle));
	scene_check_write(&scene, handle, PAGE, 64, 3);
	assert_ok(importer_detach(&scene.imp, handle));
}

/* A device that is on no PCI bus may attach, but there is no route to it. */
static void test_nonpci(void **state)
{
	struct importer nonpci;
	int handle;

	assert_ok(importer_open_nonpci(&nonpci));
	handle = assert_ok(importer_attach(&nonpci, dmabuf, P2P_TEST_DYNAMIC));
	assert_errno(importer_map(&nonpci, handle, P2P_TEST_BIDIRECTIONAL),
		     EINVAL);
	assert_ok(importer_detach(&nonpci, handle));
	importer_close(&nonpci);
	expect_dynamic_works();
}

/* Who is attached and never maps is told, but holds nobody up. */
static void test_never_maps(void **state)
{
	const char *bdf = env_bdf_or_skip("IMPORTER_EDU0");
	int handle = assert_ok(attach(P2P_TEST_IGNORE_NOTIFY));
	struct p2p_test_stat stat;

	assert_ok(vfio_dev_reset(&scene.dev));
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	stat = stat_of(handle);
	/* Of both beginnings and both ends */
	assert_int_equal(stat.notifies, 4);
	assert_int_equal(stat.maps + stat.map_errors, 0);

	assert_ok(pci_unbind(bdf));
	importer_close(&scene.imp);
	assert_ok(pci_bind(bdf, MODULE_IMPORTER));
	assert_ok(importer_open(&scene.imp, bdf));
	expect_dynamic_works();
}

/* A mapping that is removed only after move_notify returned is waited for. */
static void test_late(void **state)
{
	struct p2p_test_stat stat;
	int handle;

	handle = assert_ok(importer_attach_late(&scene.imp, dmabuf, LATE_MS));
	assert_ok(map(handle));
	assert_ok(vfio_dev_reset(&scene.dev));
	stat = stat_of(handle);
	assert_int_equal(stat.notifies_mapped, 1);
	assert_int_equal(stat.unmaps, 1);

	assert_ok(map(handle));
	scene_check_write(&scene, handle, PAGE, 64, 4);
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_int_equal(stat_of(handle).unmaps, 2);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(importer_detach(&scene.imp, handle));
}

static int reset(void *arg)
{
	return vfio_dev_reset(arg);
}

/*
 * An importer that holds on to its mapping holds up the reset, which says so in
 * the log, again and again; nobody else can map meanwhile; the reset ends with RELEASE.
 */
static void check_wait(enum p2p_test_flavour flavour, const char *report,
		       int (*release)(struct importer *imp, int handle))
{
	int other = assert_ok(attach(P2P_TEST_DYNAMIC));
	int handle = attach_and_map(flavour);
	int kmsg = assert_ok(kmsg_open());
	struct p2p_test_stat stat;

	assert_ok(importer_clear_events(&scene.imp));
	job_start(&job, reset, &scene.dev);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	kmsg_expect(kmsg, report, REPORT_TIMEOUT_MS);
	kmsg_expect(kmsg, report, REPORT_TIMEOUT_MS);
	assert_false(job_done(&job));
	stat = stat_of(handle);
	assert_int_equal(stat.notifies, 1);
	assert_int_equal(stat.unmaps, 0);
	assert_errno(map(other), ENODEV);
	assert_errno(attach(P2P_TEST_DYNAMIC), ENODEV);

	assert_ok(release(&scene.imp, handle));
	assert_ok(job_join(&job));
	assert_int_equal(stat_of(handle).unmaps, 1);
	assert_ok(map(other));
	scene_check_write(&scene, other, PAGE, 64, 5);

	assert_ok(importer_detach(&scene.imp, handle));
	assert_ok(importer_detach(&scene.imp, other));
	close(kmsg);
}

static void test_fence(void **state)
{
	check_wait(P2P_TEST_FENCE,
		   "revoke waits for a fence of an importer (p2p_test_importer)",
		   importer_signal);
}

static void test_ignore_notify(void **state)
{
	char report[128];

	snprintf(report, sizeof(report),
		 "revoke waits for importer %s to unmap (reset, 1 mappings of %s)",
		 env_bdf_or_skip("IMPORTER_EDU0"), scene.dev.bdf);
	check_wait(P2P_TEST_IGNORE_NOTIFY, report, importer_unmap);
}

/* Detach lets go as unmap does. */
static void test_detach_ends_wait(void **state)
{
	int handle = attach_and_map(P2P_TEST_IGNORE_NOTIFY);

	assert_ok(importer_clear_events(&scene.imp));
	job_start(&job, reset, &scene.dev);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	assert_ok(importer_detach(&scene.imp, handle));
	assert_ok(job_join(&job));
	expect_dynamic_works();
}

/* All importers are told before the first one is waited for. */
static void test_told_in_parallel(void **state)
{
	int slow = attach_and_map(P2P_TEST_IGNORE_NOTIFY);
	int fd = scene_export(&scene, 4 * PAGE, PAGE);
	struct importer other;
	int handle;

	assert_ok(importer_open(&other, env_bdf_or_skip("IMPORTER_EDU1")));
	handle = assert_ok(importer_attach(&other, fd, P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&other, handle, P2P_TEST_BIDIRECTIONAL));

	job_start(&job, reset, &scene.dev);
	assert_ok(importer_wait(&other, P2P_TEST_EVENT_UNMAP,
				IMPORTER_TIMEOUT_MS));
	assert_false(job_done(&job));
	assert_ok(importer_unmap(&scene.imp, slow));
	assert_ok(job_join(&job));

	importer_close(&other);
	close(fd);
	assert_ok(importer_detach(&scene.imp, slow));
}

static void test_importer_unbound(void **state)
{
	const char *bdf = env_bdf_or_skip("IMPORTER_EDU0");
	int handle = attach_and_map(P2P_TEST_DYNAMIC);

	assert_ok(pci_unbind(bdf));
	assert_errno(importer_unmap(&scene.imp, handle), ENODEV);
	assert_ok(vfio_dev_reset(&scene.dev));
	importer_close(&scene.imp);

	assert_ok(pci_bind(bdf, MODULE_IMPORTER));
	assert_ok(importer_open(&scene.imp, bdf));
	expect_dynamic_works();
}

/* A reset that waits for an importer which does not let go when it is told */
static void start_reset_that_waits(void)
{
	attach_and_map(P2P_TEST_IGNORE_NOTIFY);
	assert_ok(importer_clear_events(&scene.imp));
	job_start(&job, reset, &scene.dev);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	assert_false(job_done(&job));
}

/* The importer's device goes with its mapping while a reset waits for it. */
static void test_unbound_in_reset(void **state)
{
	const char *bdf = env_bdf_or_skip("IMPORTER_EDU0");

	start_reset_that_waits();
	assert_ok(pci_unbind(bdf));
	assert_ok(job_join(&job));

	importer_close(&scene.imp);
	assert_ok(pci_bind(bdf, MODULE_IMPORTER));
	assert_ok(importer_open(&scene.imp, bdf));
	expect_dynamic_works();
}

/* Its file goes, as when its process dies. */
static void test_closed_in_reset(void **state)
{
	start_reset_that_waits();
	importer_close(&scene.imp);
	assert_ok(job_join(&job));

	assert_ok(importer_open(&scene.imp, env_bdf("IMPORTER_EDU0")));
	expect_dynamic_works();
}

static void test_dmabuf_fd_closed(void **state)
{
	int fd = scene_export(&scene, 8 * PAGE, PAGE);
	int handle = scene_map(&scene, fd);

	close(fd);
	scene_check_write(&scene, handle, 8 * PAGE, 64, 6);
	assert_ok(vfio_dev_reset(&scene.dev));
	assert_int_equal(stat_of(handle).unmaps, 1);
	assert_ok(map(handle));
	scene_check_write(&scene, handle, 8 * PAGE, 64, 7);
	assert_ok(importer_detach(&scene.imp, handle));
}

#define TEST(fn)	cmocka_unit_test_teardown(fn, let_go)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_p2p),
		TEST(test_static),
		TEST(test_pin),
		TEST(test_map_cycles),
		TEST(test_attach_cycles),
		TEST(test_revoked),
		TEST(test_nonpci),
		TEST(test_never_maps),
		TEST(test_late),
		TEST(test_fence),
		TEST(test_ignore_notify),
		TEST(test_detach_ends_wait),
		TEST(test_told_in_parallel),
		TEST(test_importer_unbound),
		TEST(test_unbound_in_reset),
		TEST(test_closed_in_reset),
		TEST(test_dmabuf_fd_closed),
	};

	return tap_run(tests, setup, teardown);
}
