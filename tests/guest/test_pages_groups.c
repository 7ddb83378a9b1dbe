// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hot reset of a slot whose functions have two owners, and pages of a BAR: they are
 * taken from who is known to agree, and from nobody else before vfio knows.
 *
 * With an IOMMU the functions of one slot are in one group, here.
 */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "job.h"
#include "kmod.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "slice.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_reset.h"

#define PAGE	4096ul
#define BAR	2
#define TRIES	50

/* Parameter of vfio */
#define NOIOMMU_MODE \
	"/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

/* Who resets, and who has pages */
static struct vfio_dev first, second;
static int control = -1;
static char *addr;

static int setup(void **state)
{
	assert_ok(sysfs_write(NOIOMMU_MODE, "1"));
	served_open(&first, "SLOT_NVME");
	served_open(&second, "SLOT_IVSHMEM");
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	vfio_dev_close(&second);
	vfio_dev_close(&first);
	close(control);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static void begin(void)
{
	pages_skip(control);
	assert_ok(pages_register(control, second.fd, BAR, 0, 0));
	addr = slice_map(control, second.fd, BAR, PAGE);
	assert_ok(touch_write(addr, 0x5eed));
}

static void end(void)
{
	munmap(addr, PAGE);
	assert_ok(pages_unregister(control, second.fd, BAR, 0));
}

static void expect_there(void)
{
	__u32 value;

	assert_ok(touch_read(addr, &value));
	assert_int_equal(value, 0x5eed);
}

static atomic_bool stop;
static atomic_ulong there, gone;

static int touch_always(void *unused)
{
	__u32 value;

	while (!stop) {
		if (touch_read(addr, &value))
			gone++;
		else
			there++;
	}
	return 0;
}

/**
 * struct call - a hot reset that vfio refuses
 * @fds: of groups, or what else
 * @nr: of these
 * @error: with which
 */
struct call {
	int fds[4];
	unsigned int nr;
	int error;
};

static void expect_nothing_taken(const struct call *call)
{
	unsigned int i;
	struct job job;

	stop = false;
	there = 0;
	gone = 0;
	job_start(&job, touch_always, NULL);
	/* The calls may be over before a busy machine lets the thread begin. */
	while (!there && !gone)
		sched_yield();
	for (i = 0; i < TRIES; i++)
		assert_errno(vfio_dev_hot_reset(&first, call->fds, call->nr),
			     call->error);
	stop = true;
	assert_ok(job_join(&job));
	print_message("%lu touches\n", there);
	assert_int_not_equal(there, 0);
	assert_int_equal(gone, 0);
	expect_there();
}

static void test_without_right(void **state)
{
	const struct call calls[] = {
		{ { 0 }, 0, EINVAL },
		{ { first.group->fd }, 1, EINVAL },
		{ { first.group->fd, first.group->fd }, 2, EINVAL },
		/* The device's own fd is no group. */
		{ { first.group->fd, first.fd }, 2, EINVAL },
		{ { first.group->fd, -1 }, 2, EBADF },
		{ { first.group->fd, first.group->fd, first.group->fd }, 3,
		  EINVAL },
	};
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		expect_nothing_taken(&calls[i]);
	end();
}

static int reset_both(void)
{
	const int fds[] = { first.group->fd, second.group->fd };

	return vfio_dev_hot_reset(&first, fds, ARRAY_SIZE(fds));
}

static void test_with_right(void **state)
{
	begin();
	assert_ok(reset_both());
	expect_there();
	end();
}

/* Refused, and not only waited for */
static void test_pinned(void **state)
{
	struct pin pin;

	begin();
	assert_ok(pin_page(&pin, addr));
	assert_errno(reset_both(), EBUSY);
	expect_there();
	/* Of its own it can be reset. */
	assert_ok(vfio_dev_reset(&first));
	expect_there();
	pin_drop(&pin);
	assert_ok(reset_both());
	expect_there();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_right),
		cmocka_unit_test(test_with_right),
		cmocka_unit_test(test_pinned),
	};

	return tap_run(tests, setup, teardown);
}
