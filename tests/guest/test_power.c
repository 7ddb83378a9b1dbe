// SPDX-License-Identifier: GPL-2.0-only
/* Low power, as the owner asks for it by VFIO_DEVICE_FEATURE. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "p2p.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

static struct scene scene;
static struct peer peer;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	peer_begin(&peer, &scene, 8192);
	return 0;
}

static int teardown(void **state)
{
	peer_end(&peer);
	scene_close(&scene);
	return 0;
}

static void enter(void)
{
	assert_ok(vfio_feature_low_power_entry(scene.dev.fd));
	peer_expect_taken(&peer);
}

static void leave(void)
{
	assert_ok(vfio_feature_low_power_exit(scene.dev.fd));
	peer_expect_given_back(&peer);
}

static void test_entry_and_exit(void **state)
{
	enter();
	leave();
	enter();
	leave();
}

/* Returns the eventfd that tells of the wakeup. */
static int enter_with_wakeup(void)
{
	int event = eventfd(0, EFD_CLOEXEC);

	assert_true(event >= 0);
	assert_ok(vfio_feature_low_power_entry_with_wakeup(scene.dev.fd,
							   event));
	peer_expect_taken(&peer);
	return event;
}

static void test_entry_with_wakeup(void **state)
{
	int event = enter_with_wakeup();

	leave();
	close(event);
}

/*
 * A use of the device wakes it up for good.  Nothing tells importers then, as
 * with upstream; the next event that looks at the device gives access back.
 */
static void test_wakeup(void **state)
{
	int event = enter_with_wakeup();
	struct vfio_device_info info;
	__u64 count;

	assert_ok(pci_wait_suspended(scene.dev.bdf));
	assert_ok(vfio_dev_info(&scene.dev, &info));
	assert_int_equal(read(event, &count, sizeof(count)), sizeof(count));
	peer_expect_still_taken(&peer);
	leave();
	close(event);
}

/* So does a write to config space, and that is one that is looked at. */
static void test_wakeup_by_write(void **state)
{
	int event = enter_with_wakeup();

	assert_ok(pci_wait_suspended(scene.dev.bdf));
	assert_ok(vfio_config_write8(&scene.dev, PCI_INTERRUPT_LINE, 0));
	peer_expect_given_back(&peer);
	close(event);
}

static void test_probe(void **state)
{
	const __u32 features[] = {
		VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
		VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
		VFIO_DEVICE_FEATURE_LOW_POWER_EXIT,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		assert_ok(vfio_feature_probe(scene.dev.fd, features[i],
					     VFIO_DEVICE_FEATURE_SET));
	peer_expect_kept(&peer);
}

/* GET is no way into low power. */
static void test_get(void **state)
{
	assert_errno(vfio_feature_raw(scene.dev.fd, 8,
				      VFIO_DEVICE_FEATURE_GET |
				      VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
				      NULL, 0), EINVAL);
	peer_expect_kept(&peer);
}

static void test_second_entry(void **state)
{
	enter();
	assert_errno(vfio_feature_low_power_entry(scene.dev.fd), EINVAL);
	peer_expect_still_taken(&peer);
	leave();
}

static void test_exit_without_entry(void **state)
{
	assert_ok(vfio_feature_low_power_exit(scene.dev.fd));
	peer_expect_kept(&peer);
}

/* Only EXIT ends low power: not an access to config space in between. */
static void test_config_write(void **state)
{
	enter();
	assert_int_equal(vfio_config_memory_enabled(&scene.dev), 1);
	peer_expect_still_taken(&peer);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	peer_expect_still_taken(&peer);
	leave();
}

/* Memory decode, turned off in low power, is still off after it. */
static void test_memory_off(void **state)
{
	enter();
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	peer_expect_still_taken(&peer);
	assert_ok(vfio_feature_low_power_exit(scene.dev.fd));
	peer_expect_still_taken(&peer);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	peer_expect_given_back(&peer);
}

static void test_export(void **state)
{
	struct peer other = { .scene = &scene, .offset = 16384 };

	enter();
	other.dmabuf = scene_export(&scene, other.offset, PEER_PAGE);
	assert_errno(importer_attach(&scene.imp, other.dmabuf,
				     P2P_TEST_DYNAMIC), ENODEV);
	leave();
	other.handle = assert_ok(importer_attach(&scene.imp, other.dmabuf,
						 P2P_TEST_DYNAMIC));
	peer_map(&other);
	peer_end(&other);
}

static void test_reset(void **state)
{
	enter();
	assert_ok(vfio_dev_reset(&scene.dev));
	peer_expect_still_taken(&peer);
	leave();
}

/* What is asked of it then fails, and takes nothing with it. */
static void test_cannot_wake(void **state)
{
	const int control = scene.control, fd = scene.dev.fd;
	struct vfio_p2p_route route;
	struct vfio_device_info info;

	assert_ok(vfio_feature_low_power_entry(fd));
	peer_expect_taken(&peer);
	assert_ok(pci_wait_suspended(scene.dev.bdf));
	assert_ok(importer_keep_asleep(&scene.imp, scene.dev.bdf));

	assert_errno(vfio_dev_info(&scene.dev, &info), EIO);
	assert_errno(vfio_feature_dma_buf_range(fd, SCENE_BAR, 0, PEER_PAGE),
		     EIO);
	assert_errno(p2p_export_range(control, fd, SCENE_BAR, 0, PEER_PAGE),
		     EIO);
	assert_errno(p2p_route(control, fd, env_bdf("IMPORTER_EDU0"), &route),
		     EIO);
	assert_errno(p2p_revoke(control, fd, peer.dmabuf), EIO);
	assert_errno(vfio_feature_low_power_exit(fd), EIO);
	peer_expect_still_taken(&peer);

	assert_ok(importer_let_wake(&scene.imp));
	leave();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry_and_exit),
		cmocka_unit_test(test_entry_with_wakeup),
		cmocka_unit_test(test_wakeup),
		cmocka_unit_test(test_wakeup_by_write),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_second_entry),
		cmocka_unit_test(test_exit_without_entry),
		cmocka_unit_test(test_config_write),
		cmocka_unit_test(test_memory_off),
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_cannot_wake),
	};

	return tap_run(tests, setup, teardown);
}
