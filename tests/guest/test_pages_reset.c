// SPDX-License-Identifier: GPL-2.0-only
/* Resets that concern more than who asks for them, and pages of BARs. */
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "job.h"
#include "kmod.h"
#include "kmsg.h"
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

/* The two functions of a slot, in one container: they are one IOMMU group. */
static struct vfio_container container;
static struct vfio_dev first, second;
static char *addrs[2];
static int control = -1;

static void open_in_slot(struct vfio_dev *dev, const char *name)
{
	assert_ok(vfio_dev_open_in(dev, &container, env_bdf(name)));
	assert_ok(vfio_config_set_memory(dev, true));
}

static int setup(void **state)
{
	env_bdf_or_skip("SLOT_IVSHMEM");
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(pci_bind(env_bdf("SLOT_NVME"), "vfio-pci"));
	assert_ok(pci_bind(env_bdf("SLOT_IVSHMEM"), "vfio-pci"));
	assert_ok(vfio_container_open(&container));
	open_in_slot(&first, "SLOT_NVME");
	open_in_slot(&second, "SLOT_IVSHMEM");
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	vfio_dev_close(&second);
	vfio_dev_close(&first);
	vfio_container_close(&container);
	close(control);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static char *map_slice(const struct vfio_dev *dev)
{
	pages_skip(control);
	assert_ok(pages_register(control, dev->fd, BAR, 0, 0));
	return slice_map(control, dev->fd, BAR, PAGE);
}

static void end_slice(const struct vfio_dev *dev, char *addr)
{
	munmap(addr, PAGE);
	assert_ok(pages_unregister(control, dev->fd, BAR, 0));
}

static void begin(void)
{
	addrs[0] = map_slice(&first);
	addrs[1] = map_slice(&second);
}

static void end(void)
{
	end_slice(&second, addrs[1]);
	end_slice(&first, addrs[0]);
}

static int hot_reset(const struct vfio_dev *dev)
{
	return vfio_dev_hot_reset(dev, &dev->group->fd, 1);
}

static void test_hot_reset(void **state)
{
	begin();
	slice_expect_there(addrs[0]);
	slice_expect_there(addrs[1]);
	assert_ok(hot_reset(&first));
	slice_expect_there(addrs[0]);
	slice_expect_there(addrs[1]);
	assert_ok(hot_reset(&second));
	slice_expect_there(addrs[0]);
	slice_expect_there(addrs[1]);
	end();
}

/* One has its memory off, before and after. */
static void test_hot_reset_memory_off(void **state)
{
	__u32 value;

	begin();
	assert_ok(vfio_config_set_memory(&second, false));
	assert_ok(hot_reset(&first));
	slice_expect_there(addrs[0]);
	assert_errno(touch_read(addrs[1], &value), EFAULT);
	assert_ok(vfio_config_set_memory(&second, true));
	slice_expect_there(addrs[1]);
	end();
}

/* Whoever has pinned a page, of whichever of the two: both stay as they are. */
static void test_pinned(void **state)
{
	struct pin pin;
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		assert_ok(pin_page(&pin, addrs[i]));
		assert_errno(hot_reset(&first), EBUSY);
		slice_expect_there(addrs[0]);
		slice_expect_there(addrs[1]);
		assert_errno(hot_reset(&second), EBUSY);
		slice_expect_there(addrs[0]);
		slice_expect_there(addrs[1]);
		pin_drop(&pin);
	}
	assert_ok(hot_reset(&first));
	slice_expect_there(addrs[1]);
	end();
}

/* The other one's pages are no obstacle to a reset of one function. */
static void test_function_reset(void **state)
{
	struct pin pin;

	begin();
	assert_ok(pin_page(&pin, addrs[1]));
	assert_ok(vfio_dev_reset(&first));
	slice_expect_there(addrs[0]);
	pin_drop(&pin);
	end();
}

static void test_without_right(void **state)
{
	begin();
	assert_errno(vfio_dev_hot_reset(&first, NULL, 0), EINVAL);
	slice_expect_there(addrs[0]);
	slice_expect_there(addrs[1]);
	end();
}

static void test_sysfs(void **state)
{
	begin();
	slice_expect_there(addrs[0]);
	assert_ok(pci_reset(first.bdf));
	slice_expect_there(addrs[0]);
	slice_expect_there(addrs[1]);
	end();
}

/* It can't be refused; the log tells. */
static void test_sysfs_pinned(void **state)
{
	int log = assert_ok(kmsg_open());
	struct pin pin;

	begin();
	assert_ok(pin_page(&pin, addrs[0]));
	assert_ok(pci_reset(first.bdf));
	assert_true(kmsg_find(log, "reset although pages of a BAR are pinned"));
	slice_expect_there(addrs[0]);
	pin_drop(&pin);
	assert_ok(pci_reset(first.bdf));
	assert_false(kmsg_find(log, "reset although"));
	slice_expect_there(addrs[0]);
	close(log);
	end();
}

static atomic_bool stop;
static atomic_ulong there, gone;

static int touch_all_the_time(void *addr)
{
	struct pin pin;
	__u32 value;

	while (!stop) {
		if (touch_read(addr, &value))
			gone++;
		else
			there++;
		if (!pin_page(&pin, addr))
			pin_drop(&pin);
	}
	return 0;
}

#define ROUNDS	20

/* Touches and short pins of both, at any moment of a reset */
static void test_meanwhile(void **state)
{
	struct job jobs[2];
	unsigned int i;

	begin();
	stop = false;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		job_start(&jobs[i], touch_all_the_time, addrs[i]);
	for (i = 0; i < ROUNDS; i++) {
		assert_ok(hot_reset(i % 2 ? &first : &second));
		assert_ok(pci_reset(first.bdf));
	}
	stop = true;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		assert_ok(job_join(&jobs[i]));
	print_message("%lu touches, %lu while it was away\n", there, gone);
	assert_int_not_equal(there, 0);
	assert_int_not_equal(gone, 0);
	slice_expect_there(addrs[0]);
	slice_expect_there(addrs[1]);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hot_reset),
		cmocka_unit_test(test_hot_reset_memory_off),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_function_reset),
		cmocka_unit_test(test_without_right),
		cmocka_unit_test(test_sysfs),
		cmocka_unit_test(test_sysfs_pinned),
		cmocka_unit_test(test_meanwhile),
	};

	return tap_run(tests, setup, teardown);
}
