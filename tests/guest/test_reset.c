// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets take access away before they happen and give it back after: all ways
 * to reset a function, and those that are refused.
 *
 * FLR by the AF capability has no test: no device of QEMU has that capability.
 * vfio-pci serves it, as it does FLR by PCI Express, by resetting the function
 * through the PCI core, where this module hears of both in the same place.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "env.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define PAGE_AT		8192

/* Exporters of the slot, in one group; the second one uses the other importer */
static struct scene first, second;
static struct peer peers[2];

static void open_alone(const char *name)
{
	scene_open(&first, name, "IMPORTER_EDU0");
	peer_begin(&peers[0], &first, PAGE_AT);
}

static void close_alone(void)
{
	peer_end(&peers[0]);
	scene_close(&first);
}

/* Another function in the container of the first */
static void open_second(const char *name)
{
	const char *bdf = env_bdf_or_skip(name);
	void *bar;

	assert_ok(vfio_dev_open_in(&second.dev, first.dev.container, bdf));
	assert_ok(vfio_config_set_memory(&second.dev, true));
	assert_ok(vfio_region_mmap(&second.dev, SCENE_BAR, 0, SCENE_SIZE,
				   &bar));
	second.bar = bar;
	second.control = -1;
	assert_ok(importer_open(&second.imp, env_bdf_or_skip("IMPORTER_EDU1")));
}

static void open_slot(void)
{
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	open_alone("SLOT_NVME");
	open_second("SLOT_IVSHMEM");
	peer_begin(&peers[1], &second, PAGE_AT);
}

static void close_slot(void)
{
	peer_end(&peers[1]);
	scene_close(&second);
	close_alone();
}

static void test_ioctl(void **state)
{
	open_alone(*state);
	assert_ok(vfio_dev_reset(&first.dev));
	peer_expect_taken_and_given_back(&peers[0]);
	assert_ok(vfio_dev_reset(&first.dev));
	peer_expect_taken_and_given_back(&peers[0]);
	close_alone();
}

/* One function of a slot of two, without FLR: nothing could reset it alone. */
static void test_ioctl_without_reset(void **state)
{
	open_slot();
	assert_errno(vfio_dev_reset(&second.dev), EINVAL);
	peer_expect_kept(&peers[0]);
	peer_expect_kept(&peers[1]);
	close_slot();
}

/* FLR resets one function; its neighbour in the slot keeps its access. */
static void test_ioctl_spares_neighbour(void **state)
{
	open_slot();
	assert_ok(vfio_dev_reset(&first.dev));
	peer_expect_taken_and_given_back(&peers[0]);
	peer_expect_kept(&peers[1]);
	close_slot();
}

static void test_sysfs(void **state)
{
	open_alone(*state);
	assert_ok(pci_reset(first.dev.bdf));
	peer_expect_taken_and_given_back(&peers[0]);
	close_alone();
}

static unsigned int devctl(void)
{
	return assert_ok(vfio_config_find_cap(&first.dev, PCI_CAP_ID_EXP)) +
	       PCI_EXP_DEVCTL;
}

static void test_pcie_flr_2_bytes(void **state)
{
	open_alone("EXPORTER_NVME");
	assert_ok(vfio_config_pcie_flr(&first.dev));
	peer_expect_taken_and_given_back(&peers[0]);
	close_alone();
}

static void test_pcie_flr_4_bytes(void **state)
{
	long long control;

	open_alone("EXPORTER_NVME");
	control = assert_ok(vfio_config_read32(&first.dev, devctl()));
	assert_ok(vfio_config_write32(&first.dev, devctl(), control |
				      PCI_EXP_DEVCTL_BCR_FLR));
	peer_expect_taken_and_given_back(&peers[0]);
	close_alone();
}

/* The byte with the FLR bit alone, as nobody has to write the first one */
static void test_pcie_flr_1_byte(void **state)
{
	int control;

	open_alone("EXPORTER_NVME");
	control = assert_ok(vfio_config_read8(&first.dev, devctl() + 1));
	assert_ok(vfio_config_write8(&first.dev, devctl() + 1, control |
				     PCI_EXP_DEVCTL_BCR_FLR >> 8));
	peer_expect_taken_and_given_back(&peers[0]);
	close_alone();
}

static void test_devctl_without_flr(void **state)
{
	int control;

	open_alone("EXPORTER_NVME");
	control = assert_ok(vfio_config_read16(&first.dev, devctl()));
	assert_ok(vfio_config_write16(&first.dev, devctl(), control));
	peer_expect_kept(&peers[0]);
	close_alone();
}

static void hot_reset(const struct vfio_dev *dev)
{
	assert_ok(vfio_dev_hot_reset(dev, &dev->group->fd, 1));
}

static void test_hot_reset_of_slot(void **state)
{
	open_slot();
	hot_reset(&first.dev);
	peer_expect_taken_and_given_back(&peers[0]);
	peer_expect_taken_and_given_back(&peers[1]);
	hot_reset(&second.dev);
	peer_expect_taken_and_given_back(&peers[0]);
	peer_expect_taken_and_given_back(&peers[1]);
	close_slot();
}

/* Called on a function that exports nothing */
static void test_hot_reset_by_sibling(void **state)
{
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	open_alone("SLOT_NVME");
	open_second("SLOT_IVSHMEM");

	hot_reset(&second.dev);
	peer_expect_taken_and_given_back(&peers[0]);

	scene_close(&second);
	close_alone();
}

/* The sibling is bound, but nobody has it open. */
static void test_hot_reset_with_closed_sibling(void **state)
{
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	open_alone("SLOT_NVME");

	hot_reset(&first.dev);
	peer_expect_taken_and_given_back(&peers[0]);

	close_alone();
}

/* One function of the slot has its memory off and stays as it is. */
static void test_hot_reset_memory_off(void **state)
{
	open_slot();
	assert_ok(vfio_config_set_memory(&second.dev, false));
	peer_expect_taken(&peers[1]);

	hot_reset(&first.dev);
	peer_expect_taken_and_given_back(&peers[0]);
	peer_expect_still_taken(&peers[1]);

	assert_ok(vfio_config_set_memory(&second.dev, true));
	peer_expect_given_back(&peers[1]);
	close_slot();
}

static void test_hot_reset_without_right(void **state)
{
	int fds[2], null;

	open_slot();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(null >= 0);

	assert_errno(vfio_dev_hot_reset(&first.dev, NULL, 0), EINVAL);
	assert_errno(vfio_dev_hot_reset(&first.dev, &null, 1), EINVAL);
	fds[0] = first.dev.group->fd;
	fds[1] = -1;
	assert_errno(vfio_dev_hot_reset(&first.dev, fds, 2), EBADF);
	peer_expect_kept(&peers[0]);
	peer_expect_kept(&peers[1]);

	close(null);
	close_slot();
}

/* The group of another device proves nothing about this one. */
static void test_hot_reset_with_foreign_group(void **state)
{
	struct vfio_dev stranger;

	open_slot();
	assert_ok(pci_bind(env_bdf_or_skip("EXPORTER_IVSHMEM"), "vfio-pci"));
	assert_ok(vfio_dev_open(&stranger,
				env_bdf_or_skip("EXPORTER_IVSHMEM")));

	assert_errno(vfio_dev_hot_reset(&first.dev, &stranger.group->fd, 1),
		     EINVAL);
	peer_expect_kept(&peers[0]);
	peer_expect_kept(&peers[1]);

	vfio_dev_close(&stranger);
	close_slot();
}

/* A reset while memory is off: access does not come back with its end. */
static void test_reset_while_memory_off(void **state)
{
	open_alone(*state);
	assert_ok(vfio_config_set_memory(&first.dev, false));
	peer_expect_taken(&peers[0]);
	assert_ok(vfio_dev_reset(&first.dev));
	peer_expect_still_taken(&peers[0]);
	assert_ok(pci_reset(first.dev.bdf));
	peer_expect_still_taken(&peers[0]);
	assert_ok(vfio_config_set_memory(&first.dev, true));
	peer_expect_given_back(&peers[0]);
	close_alone();
}

/* VFIO_DEVICE_RESET wakes the device up, as upstream's does. */
static void test_reset_in_d3hot(void **state)
{
	open_alone("EXPORTER_NVME");
	assert_ok(vfio_config_set_power(&first.dev, 3));
	peer_expect_taken(&peers[0]);
	assert_ok(vfio_dev_reset(&first.dev));
	assert_int_equal(vfio_config_power(&first.dev), 0);
	peer_expect_given_back(&peers[0]);
	close_alone();
}

#define TEST(fn, title, exporter) { title, fn, NULL, NULL, exporter }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ioctl, "ioctl, FLR", "EXPORTER_NVME"),
		TEST(test_ioctl, "ioctl, bus reset", "EXPORTER_IVSHMEM"),
		cmocka_unit_test(test_ioctl_without_reset),
		cmocka_unit_test(test_ioctl_spares_neighbour),
		TEST(test_sysfs, "sysfs, FLR", "EXPORTER_NVME"),
		TEST(test_sysfs, "sysfs, bus reset", "EXPORTER_IVSHMEM"),
		cmocka_unit_test(test_pcie_flr_2_bytes),
		cmocka_unit_test(test_pcie_flr_4_bytes),
		cmocka_unit_test(test_pcie_flr_1_byte),
		cmocka_unit_test(test_devctl_without_flr),
		cmocka_unit_test(test_hot_reset_of_slot),
		cmocka_unit_test(test_hot_reset_by_sibling),
		cmocka_unit_test(test_hot_reset_with_closed_sibling),
		cmocka_unit_test(test_hot_reset_memory_off),
		cmocka_unit_test(test_hot_reset_without_right),
		cmocka_unit_test(test_hot_reset_with_foreign_group),
		TEST(test_reset_while_memory_off, "reset while memory is off",
		     "EXPORTER_NVME"),
		TEST(test_reset_while_memory_off,
		     "bus reset while memory is off", "EXPORTER_IVSHMEM"),
		cmocka_unit_test(test_reset_in_d3hot),
	};

	return tap_run(tests, NULL, NULL);
}
