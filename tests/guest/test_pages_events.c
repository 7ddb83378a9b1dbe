// SPDX-License-Identifier: GPL-2.0-only
/* What events take pages of a BAR away, and what if somebody has pinned them. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "job.h"
#include "kmod.h"
#include "kmsg.h"
#include "p2p.h"
#include "pages.h"
#include "pending.h"
#include "served.h"
#include "slice.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define PAGE	4096ul
#define BAR	2

static struct vfio_dev dev;
static int control = -1;

static int setup(void **state)
{
	served_open(&dev, "EXPORTER_NVME");
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	served_close(&dev, control);
	return 0;
}

static char *map_slice(unsigned long pages)
{
	pages_skip(control);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	return slice_map(control, dev.fd, BAR, pages * PAGE);
}

static void end(char *addr, unsigned long pages)
{
	munmap(addr, pages * PAGE);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
}

static void test_memory_decode(void **state)
{
	char *addr = map_slice(2);

	slice_expect_there(addr);
	assert_ok(vfio_config_set_memory(&dev, false));
	slice_expect_taken(addr);
	/* Never touched while it was there */
	slice_expect_taken(addr + PAGE);
	assert_ok(vfio_config_set_memory(&dev, true));
	slice_expect_there(addr);
	slice_expect_there(addr + PAGE);
	end(addr, 2);
}

static void test_power(void **state)
{
	char *addr = map_slice(1);

	slice_expect_there(addr);
	assert_ok(vfio_config_set_power(&dev, 3));
	slice_expect_taken(addr);
	assert_ok(vfio_config_set_power(&dev, 0));
	assert_ok(vfio_config_set_memory(&dev, true));
	slice_expect_there(addr);
	assert_ok(vfio_feature_low_power_entry(dev.fd));
	slice_expect_taken(addr);
	assert_ok(vfio_feature_low_power_exit(dev.fd));
	slice_expect_there(addr);
	end(addr, 1);
}

static void test_resets(void **state)
{
	char *addr = map_slice(1);

	slice_expect_there(addr);
	assert_ok(vfio_dev_reset(&dev));
	slice_expect_there(addr);
	assert_ok(vfio_config_pcie_flr(&dev));
	slice_expect_there(addr);
	end(addr, 1);
}

/* Pinned for long: nothing that can be refused happens. */
static void test_pinned(void **state)
{
	char *addr = map_slice(1);
	struct pin pin;

	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	assert_errno(vfio_dev_reset(&dev), EBUSY);
	slice_expect_there(addr);
	assert_errno(vfio_config_set_memory(&dev, false), EBUSY);
	assert_int_equal(vfio_config_memory_enabled(&dev), 1);
	slice_expect_there(addr);
	assert_errno(vfio_config_set_power(&dev, 3), EBUSY);
	assert_errno(vfio_feature_low_power_entry(dev.fd), EBUSY);
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
	slice_expect_there(addr);

	pin_drop(&pin);
	assert_ok(vfio_dev_reset(&dev));
	slice_expect_there(addr);
	end(addr, 1);
}

/* What can't be refused goes on, and the log tells. */
static void test_pinned_flr(void **state)
{
	char *addr = map_slice(1);
	int log = assert_ok(kmsg_open());
	struct pin pin;

	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	assert_ok(vfio_config_pcie_flr(&dev));
	assert_true(kmsg_find(log, "reset although pages of a BAR are pinned"));
	slice_expect_there(addr);
	pin_drop(&pin);
	close(log);
	end(addr, 1);
}

/* One that lets go meanwhile is waited for. */
static int drop_soon(void *arg)
{
	const struct timespec second = { .tv_sec = 1 };

	nanosleep(&second, NULL);
	pin_drop(arg);
	return 0;
}

static void test_waits(void **state)
{
	char *addr = map_slice(1);
	struct pin pin;
	struct job job;

	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	job_start(&job, drop_soon, &pin);
	assert_ok(vfio_dev_reset(&dev));
	assert_true(job_done(&job));
	assert_ok(job_join(&job));
	slice_expect_there(addr);
	end(addr, 1);
}

static void last_close(void)
{
	close(dev.fd);
	dev.fd = -1;
}

static void reopen(void)
{
	dev.fd = assert_ok(vfio_dev_reopen(&dev));
	assert_ok(vfio_config_set_memory(&dev, true));
}

static void test_close(void **state)
{
	char *addr = map_slice(1), *other;

	slice_expect_there(addr);
	last_close();
	slice_expect_taken(addr);
	reopen();
	slice_expect_taken(addr);
	other = map_slice(1);
	slice_expect_there(other);
	slice_expect_taken(addr);
	munmap(addr, PAGE);
	end(other, 1);
}

/* Not before the last pin is gone can it be opened again. */
static void wait_until_open(void)
{
	unsigned int tries;
	int ret = -EBUSY;

	for (tries = 0; tries < 100 && ret == -EBUSY; tries++) {
		ret = vfio_dev_reopen(&dev);
		if (ret == -EBUSY)
			usleep(100000);
	}
	dev.fd = assert_ok(ret);
	assert_ok(vfio_config_set_memory(&dev, true));
}

static void test_pinned_close(void **state)
{
	char *addr = map_slice(1), buf[PAGE];
	struct pin pin;

	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	last_close();
	slice_expect_taken(addr);
	assert_errno(vfio_dev_reopen(&dev), EBUSY);
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	/* Whatever it reads, the page is there to be read. */
	assert_int_equal(read(pin.fds[0], buf, PAGE), PAGE);
	pin_drop(&pin);
	wait_until_open();
	slice_expect_taken(addr);
	munmap(addr, PAGE);
	addr = map_slice(1);
	slice_expect_there(addr);
	end(addr, 1);
}

/* Its reset by root is not held up again, and the log tells. */
static void test_pinned_close_reset(void **state)
{
	char *addr = map_slice(1);
	int log = assert_ok(kmsg_open());
	struct pin pin;

	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	last_close();
	assert_false(kmsg_find(log, "reset although"));
	assert_ok(pci_reset(dev.bdf));
	assert_true(kmsg_find(log, "reset although pages of a BAR are pinned"));
	munmap(addr, PAGE);
	pin_drop(&pin);
	wait_until_open();
	assert_ok(pci_reset(dev.bdf));
	assert_false(kmsg_find(log, "reset although"));
	close(log);
	assert_ok(vfio_config_set_memory(&dev, true));
	addr = map_slice(1);
	slice_expect_there(addr);
	end(addr, 1);
}

/*
 * The device keeps its driver, and so nobody else gets the BAR, before the last pin
 * is gone; who takes the driver away, or the device, waits for that.
 */
static char *expect_kept(int (*take_away)(const char *bdf), char *bdf)
{
	char *addr = map_slice(1), buf[PAGE];
	struct pending call = {};
	struct pin pin;

	slice_expect_there(addr);
	strcpy(bdf, dev.bdf);
	assert_ok(pin_page(&pin, addr));
	vfio_dev_close(&dev);
	pending_start(&call, take_away, bdf);
	assert_errno(pending_wait(&call, 2000), ETIMEDOUT);
	assert_int_equal(read(pin.fds[0], buf, PAGE), PAGE);
	pin_drop(&pin);
	pending_finish(&call);
	assert_ok(call.ret);
	return addr;
}

static void expect_anew(char *addr, const char *bdf)
{
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open(&dev, bdf));
	assert_ok(vfio_config_set_memory(&dev, true));
	slice_expect_taken(addr);
	munmap(addr, PAGE);
	addr = map_slice(1);
	slice_expect_there(addr);
	end(addr, 1);
}

static void test_pinned_unbind(void **state)
{
	char bdf[16], *addr = expect_kept(pci_unbind, bdf);

	assert_int_equal(system("modprobe nvme"), 0);
	assert_ok(pci_bind(bdf, "nvme"));
	expect_anew(addr, bdf);
}

static void test_pinned_removal(void **state)
{
	char bdf[16], *addr = expect_kept(pci_remove, bdf);

	assert_false(pci_exists(bdf));
	assert_ok(pci_rescan());
	expect_anew(addr, bdf);
}

static void test_unbind(void **state)
{
	char *addr = map_slice(1), bdf[16];
	struct pending call = {};

	slice_expect_there(addr);
	strcpy(bdf, dev.bdf);
	pending_start_unbind(&call, pci_unbind, &dev);
	slice_expect_taken(addr);
	assert_errno(pages_register(control, dev.fd, BAR, 0, 0), ENODEV);
	vfio_dev_close(&dev);
	pending_finish(&call);
	assert_ok(call.ret);
	slice_expect_taken(addr);
	munmap(addr, PAGE);
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open(&dev, bdf));
	assert_ok(vfio_config_set_memory(&dev, true));
	addr = map_slice(1);
	slice_expect_there(addr);
	end(addr, 1);
}

/* A process that is killed with all of it open, and with a pin of its own */
static void test_killed(void **state)
{
	struct pin pin;
	char *addr;
	pid_t child;
	int status;

	pages_skip(control);
	last_close();
	child = assert_ok(fork());
	if (!child) {
		reopen();
		addr = map_slice(1);
		slice_expect_there(addr);
		assert_ok(pin_page(&pin, addr));
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	wait_until_open();
	addr = map_slice(1);
	slice_expect_there(addr);
	end(addr, 1);
}

static atomic_bool stop;
static atomic_ulong hits, misses;

static int touch_and_pin(void *addr)
{
	struct pin pin;

	while (!stop) {
		if (pin_page(&pin, addr)) {
			misses++;
			continue;
		}
		hits++;
		pin_drop(&pin);
	}
	return 0;
}

static int touch_always(void *addr)
{
	__u32 value;

	while (!stop) {
		if (touch_read(addr, &value))
			misses++;
		else
			hits++;
	}
	return 0;
}

/* A write that leaves decode on is no event for who touches or pins meanwhile. */
static void test_harmless_writes(void **state)
{
	char *addr = map_slice(1);
	struct job jobs[2];
	unsigned int i;

	stop = false;
	hits = 0;
	misses = 0;
	job_start(&jobs[0], touch_always, addr);
	job_start(&jobs[1], touch_and_pin, addr);
	for (i = 0; i < 300; i++)
		assert_ok(vfio_config_set_memory(&dev, true));
	stop = true;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		assert_ok(job_join(&jobs[i]));
	print_message("%lu touches\n", hits);
	assert_int_not_equal(hits, 0);
	assert_int_equal(misses, 0);
	end(addr, 1);
}

#define ROUNDS	50

/* Short pins meet events at any moment: these wait for them and never fail. */
static void test_pinned_meanwhile(void **state)
{
	char *addr = map_slice(1);
	struct job jobs[2];
	unsigned int i;

	stop = false;
	hits = 0;
	misses = 0;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		job_start(&jobs[i], touch_and_pin, addr);
	for (i = 0; i < ROUNDS; i++) {
		if (i % 2) {
			assert_ok(vfio_dev_reset(&dev));
		} else {
			assert_ok(vfio_config_set_memory(&dev, false));
			slice_expect_taken(addr);
			assert_ok(vfio_config_set_memory(&dev, true));
		}
		slice_expect_there(addr);
	}
	stop = true;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		assert_ok(job_join(&jobs[i]));
	print_message("%lu pins, %lu refused\n", hits, misses);
	assert_int_not_equal(hits, 0);
	assert_int_not_equal(misses, 0);
	end(addr, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_decode),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_resets),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_pinned_flr),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_pinned_close),
		cmocka_unit_test(test_pinned_close_reset),
		cmocka_unit_test(test_pinned_unbind),
		cmocka_unit_test(test_pinned_removal),
		cmocka_unit_test(test_unbind),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_harmless_writes),
		cmocka_unit_test(test_pinned_meanwhile),
	};

	return tap_run(tests, setup, teardown);
}
