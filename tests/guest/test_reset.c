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
#include "job.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define PAGE_AT		8192

/* Exporters of the slot, in one group, each with an importer of its own */
static struct scene first, second;
static struct peer peers[2];

/* Outlives a test that fails during the reset. */
static struct job job;

static int setup(void **state)
{
	const struct scene closed = {
		.dev.fd = -1,
		.imp.fd = -1,
		.control = -1,
	};

	first = closed;
	second = closed;
	peers[0].dmabuf = -1;
	peers[1].dmabuf = -1;
	return 0;
}

/* Also after a test that failed; importers detach as they are closed. */
static int teardown(void **state)
{
	int i;

	scene_close(&second);
	scene_close(&first);
	for (i = 0; i < 2; i++) {
		if (peers[i].dmabuf >= 0)
			close(peers[i].dmabuf);
	}
	return 0;
}

static void open_alone(const char *name)
{
	scene_open(&first, name, "IMPORTER_EDU0");
	peer_begin(&peers[0], &first, PAGE_AT);
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
	assert_ok(importer_open(&second.imp, env_bdf_or_skip("IMPORTER_EDU1")));
}

static void open_slot(void)
{
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	open_alone("SLOT_NVME");
	open_second("SLOT_IVSHMEM");
	peer_begin(&peers[1], &second, PAGE_AT);
}

static void test_ioctl(void **state)
{
	open_alone(*state);
	assert_ok(vfio_dev_reset(&first.dev));
	peer_expect_taken_and_given_back(&peers[0]);
	assert_ok(vfio_dev_reset(&first.dev));
	peer_expect_taken_and_given_back(&peers[0]);
}

/* One function of a slot of two, without FLR: nothing could reset it alone. */
static void test_ioctl_without_reset(void **state)
{
	open_slot();
	assert_errno(vfio_dev_reset(&second.dev), EINVAL);
	peer_expect_kept(&peers[0]);
	peer_expect_kept(&peers[1]);
}

/* FLR resets one function; its neighbour in the slot keeps its access. */
static void test_ioctl_spares_neighbour(void **state)
{
	open_slot();
	assert_ok(vfio_dev_reset(&first.dev));
	peer_expect_taken_and_given_back(&peers[0]);
	peer_expect_kept(&peers[1]);
}

static void test_sysfs(void **state)
{
	open_alone(*state);
	assert_ok(pci_reset(first.dev.bdf));
	peer_expect_taken_and_given_back(&peers[0]);
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
}

static void test_pcie_flr_4_bytes(void **state)
{
	long long control;

	open_alone("EXPORTER_NVME");
	control = assert_ok(vfio_config_read32(&first.dev, devctl()));
	assert_ok(vfio_config_write32(&first.dev, devctl(), control |
				      PCI_EXP_DEVCTL_BCR_FLR));
	peer_expect_taken_and_given_back(&peers[0]);
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
}

static void test_devctl_without_flr(void **state)
{
	int control;

	open_alone("EXPORTER_NVME");
	control = assert_ok(vfio_config_read16(&first.dev, devctl()));
	assert_ok(vfio_config_write16(&first.dev, devctl(), control));
	peer_expect_kept(&peers[0]);
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
}

/* Called on a function that exports nothing */
static void test_hot_reset_by_sibling(void **state)
{
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	open_alone("SLOT_NVME");
	open_second("SLOT_IVSHMEM");

	hot_reset(&second.dev);
	peer_expect_taken_and_given_back(&peers[0]);
}

/* The sibling is bound, but nobody has it open. */
static void test_hot_reset_with_closed_sibling(void **state)
{
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	open_alone("SLOT_NVME");

	hot_reset(&first.dev);
	peer_expect_taken_and_given_back(&peers[0]);
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
}

static int reset(void *arg)
{
	return vfio_dev_reset(arg);
}

/*
 * A write that can't be read, and so does nothing, and a map, both during a
 * reset.  False if the reset was over too soon to say anything.
 */
static bool write_during_reset(void)
{
	struct p2p_test_stat stat;
	bool done;
	int ret;

	assert_ok(importer_clear_events(&first.imp));
	job_start(&job, reset, &first.dev);
	assert_ok(importer_wait(&first.imp, P2P_TEST_EVENT_UNMAP,
				IMPORTER_TIMEOUT_MS));
	assert_errno(vfio_region_write(&first.dev, VFIO_PCI_CONFIG_REGION_INDEX,
				       PCI_COMMAND, (void *)16, 2), EFAULT);
	assert_ok(importer_stat(&first.imp, peers[0].handle, &stat));
	ret = importer_map(&first.imp, peers[0].handle, P2P_TEST_BIDIRECTIONAL);
	done = job_done(&job);
	assert_ok(job_join(&job));
	if (done) {
		importer_unmap(&first.imp, peers[0].handle);
		peer_map(&peers[0]);
		return false;
	}

	assert_int_equal(stat.notifies - peers[0].before.notifies, 1);
	assert_errno(ret, ENODEV);
	peer_expect_taken_and_given_back(&peers[0]);
	return true;
}

/*
 * An event that begins and ends during another one does not give back what the
 * other one took.  The kernel waits for 100 ms and more after a FLR, which is
 * time enough, unless the machine is busy with something else.
 */
static void test_event_during_reset(void **state)
{
	int tries = 10;

	open_alone("EXPORTER_NVME");
	while (!write_during_reset())
		assert_int_not_equal(--tries, 0);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define TEST_WITH(fn, title, exporter) \
	{ title, fn, setup, teardown, exporter }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_ioctl, "ioctl, FLR", "EXPORTER_NVME"),
		TEST_WITH(test_ioctl, "ioctl, bus reset", "EXPORTER_IVSHMEM"),
		TEST(test_ioctl_without_reset),
		TEST(test_ioctl_spares_neighbour),
		TEST_WITH(test_sysfs, "sysfs, FLR", "EXPORTER_NVME"),
		TEST_WITH(test_sysfs, "sysfs, bus reset", "EXPORTER_IVSHMEM"),
		TEST(test_pcie_flr_2_bytes),
		TEST(test_pcie_flr_4_bytes),
		TEST(test_pcie_flr_1_byte),
		TEST(test_devctl_without_flr),
		TEST(test_hot_reset_of_slot),
		TEST(test_hot_reset_by_sibling),
		TEST(test_hot_reset_with_closed_sibling),
		TEST(test_hot_reset_memory_off),
		TEST(test_hot_reset_without_right),
		TEST(test_hot_reset_with_foreign_group),
		TEST_WITH(test_reset_while_memory_off,
			  "reset while memory is off", "EXPORTER_NVME"),
		TEST_WITH(test_reset_while_memory_off,
			  "bus reset while memory is off", "EXPORTER_IVSHMEM"),
		TEST(test_reset_in_d3hot),
		TEST(test_event_during_reset),
	};

	return tap_run(tests, NULL, NULL);
}
