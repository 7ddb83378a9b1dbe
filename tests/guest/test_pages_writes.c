// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody touches pages of a BAR while a write to config space is under way that may
 * switch memory decode off: who tries waits for it, and then gets what is right.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "job.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "slice.h"
#include "stall.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"

#define PAGE	4096ul
#define BAR	2

/* More than the kernel waits when it is the one that touches */
#define LONG_US		4000000

#define ON	PCI_COMMAND_MEMORY
#define OFF	0

static struct vfio_dev dev;
static int control = -1;
static struct stall stall = { .uffd = -1 };

static int setup(void **state)
{
	served_open(&dev, "EXPORTER_IVSHMEM");
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	stall_drop(&stall);
	served_close(&dev, control);
	return 0;
}

static char *begin(void)
{
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	return slice_map(control, dev.fd, BAR, PAGE);
}

static void end(char *addr)
{
	munmap(addr, PAGE);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
}

static int do_touch(void *addr)
{
	__u32 value;

	return touch_read(addr, &value);
}

/* I/O into it, as far as the memory is concerned */
static int do_pin(void *addr)
{
	struct pin pin;
	int ret = pin_page(&pin, addr);

	if (!ret)
		pin_drop(&pin);
	return ret;
}

typedef int (*use_fn)(void *addr);

static void expect_there(char *addr)
{
	assert_ok(do_touch(addr));
	assert_ok(do_pin(addr));
}

/* With one that is in use already */
static char *begin_there(void)
{
	char *addr;

	pages_skip(control);
	addr = begin();
	expect_there(addr);
	return addr;
}

static void end_there(char *addr)
{
	expect_there(addr);
	end(addr);
}

static void end_taken(char *addr)
{
	assert_int_equal(vfio_config_memory_enabled(&dev), 0);
	slice_expect_taken(addr);
	assert_ok(vfio_config_set_memory(&dev, true));
	end_there(addr);
}

/* It leaves decode on: nobody notices more than a pause. */
static void test_harmless(void **state)
{
	const use_fn use = *state;
	char *addr = begin_there();

	stall_begin_within(&stall, &dev, ON);
	assert_ok(stall_meanwhile(&stall, use, addr));
	end_there(addr);
}

/* There were no pages when it began. */
static void test_registered_meanwhile(void **state)
{
	const use_fn use = *state;
	char *addr;

	pages_skip(control);
	stall_begin_within(&stall, &dev, ON);
	addr = begin();
	assert_ok(stall_meanwhile(&stall, use, addr));
	end_there(addr);
}

/* And the write changes to one that switches decode off. */
static void test_registered_and_off(void **state)
{
	const use_fn use = *state;
	char *addr;

	pages_skip(control);
	stall_begin(&stall, &dev, ON);
	addr = begin();
	assert_ok(use(addr));
	stall_change(&stall, OFF);
	assert_ok(stall_end(&stall));
	end_taken(addr);
}

/* Decode goes off: nobody waits, it is taken before. */
static void test_off(void **state)
{
	char *addr = begin_there();

	stall_begin_within(&stall, &dev, OFF);
	slice_expect_taken(addr);
	assert_ok(stall_end(&stall));
	end_taken(addr);
}

/* What is written is other than when the write began: nothing is seen of that. */
static void test_changed(void **state)
{
	char *addr = begin_there();

	stall_begin(&stall, &dev, ON);
	expect_there(addr);
	stall_change(&stall, OFF);
	expect_there(addr);
	assert_ok(stall_end(&stall));
	end_taken(addr);
}

/* The other way round: it stays on, and so the pages stay. */
static void test_changed_to_on(void **state)
{
	char *addr = begin_there();

	stall_begin(&stall, &dev, OFF);
	stall_change(&stall, ON);
	assert_ok(stall_end(&stall));
	end_there(addr);
}

/* Within the kernel nobody waits for long: it may hold what others need. */
static void test_long(void **state)
{
	struct job job;
	char *addr = begin_there();

	stall_begin_within(&stall, &dev, ON);
	job_start(&job, do_pin, addr);
	usleep(LONG_US);
	assert_true(job_done(&job));
	assert_errno(job_join(&job), EFAULT);
	assert_ok(stall_meanwhile(&stall, do_touch, addr));
	end_there(addr);
}

#define TEST_WITH(fn, title, use)	{ title, fn, NULL, NULL, use }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_harmless, "harmless, touched", do_touch),
		TEST_WITH(test_harmless, "harmless, pinned", do_pin),
		TEST_WITH(test_registered_meanwhile,
			  "registered meanwhile, touched", do_touch),
		TEST_WITH(test_registered_meanwhile,
			  "registered meanwhile, pinned", do_pin),
		TEST_WITH(test_registered_and_off,
			  "registered meanwhile, changed, touched", do_touch),
		TEST_WITH(test_registered_and_off,
			  "registered meanwhile, changed, pinned", do_pin),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_changed_to_on),
		cmocka_unit_test(test_long),
	};

	return tap_run(tests, setup, teardown);
}
