// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of a call fails once: pages of BARs, and what is made of them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "fault.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "tap.h"

#define PAGE	4096ul
#define BAR	2

static struct vfio_dev dev = { .fd = -1 };
static int control = -1;
static int slice = -1;

/* Within the test: cmocka takes a skip in a setup for a failure. */
static void begin(void)
{
	fault_begin_or_skip();
	served_open(&dev, "EXPORTER_IVSHMEM");
	control = assert_ok(p2p_open());
	pages_skip(control);
}

static int end(void **state)
{
	if (slice >= 0)
		close(slice);
	slice = -1;
	if (dev.fd >= 0)
		served_close(&dev, control);
	dev.fd = -1;
	fault_end();
	return 0;
}

static int register_all(void)
{
	return pages_register(control, dev.fd, BAR, 0, 0);
}

/* What gives the pages back needs no memory. */
static int register_and_unregister(void *context)
{
	int ret = register_all();

	if (!ret)
		assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	return ret;
}

/*
 * Not all: the kernel warns when it has no memory for the pages themselves
 * (add_pages(), arch/x86/mm/init_64.c).
 */
static void test_register(void **state)
{
	const struct fault_walk walk = {
		.what = "REGISTER and UNREGISTER",
		.call = register_and_unregister,
		.errnos = { ENOMEM },
		.first = 10,
		/* The pool, its bits, what sysfs shows */
		.at_least = 3,
	};

	begin();
	fault_walk(&walk);
}

static int register_iommu(void *context)
{
	int ret = pages_iommu_register(control, dev.fd, BAR, 0);

	if (!ret)
		assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	return ret;
}

static void test_register_iommu(void **state)
{
	const struct fault_walk walk = {
		.what = "REGISTER and UNREGISTER for an IOMMU",
		.call = register_iommu,
		.errnos = { ENOMEM },
		.first = 10,
		.at_least = 3,
	};

	begin();
	pages_iommu_skip(control);
	fault_walk(&walk);
}

static void close_fd(void *context, int fd, bool hit)
{
	close(fd);
}

static int alloc(void *context)
{
	return pages_alloc(control, dev.fd, BAR, 2 * PAGE, NULL);
}

static void test_alloc(void **state)
{
	const struct fault_walk walk = {
		.what = "ALLOC",
		.call = alloc,
		.undo = close_fd,
		.errnos = { ENOMEM },
		/* The slice, its hold, the file and its inode */
		.at_least = 4,
	};

	begin();
	assert_ok(register_all());
	fault_walk(&walk);
}

static int export(void *context)
{
	static const struct vfio_p2p_range ranges[] = {
		{ 0, PAGE }, { 4 * PAGE, PAGE }, { 2 * PAGE, PAGE },
	};

	return pages_export(control, dev.fd, BAR, VFIO_P2P_EXPORT_PAGES,
			    ranges, ARRAY_SIZE(ranges));
}

static void test_export(void **state)
{
	const struct fault_walk walk = {
		.what = "EXPORT of pages",
		.call = export,
		.undo = close_fd,
		.errnos = { ENOMEM },
		/* As without, and the slices and their hold */
		.at_least = 9,
	};

	begin();
	assert_ok(register_all());
	fault_walk(&walk);
}

static int map_slice(void *context)
{
	void *addr = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  slice, 0);

	if (addr == MAP_FAILED)
		return -errno;
	munmap(addr, 2 * PAGE);
	return 0;
}

static void test_mmap(void **state)
{
	const struct fault_walk walk = {
		.what = "mmap of a slice",
		.call = map_slice,
		.errnos = { ENOMEM },
		.at_least = 1,
	};

	begin();
	assert_ok(register_all());
	slice = assert_ok(alloc(NULL));
	fault_walk(&walk);
}

#define pages_test(fn)	cmocka_unit_test_teardown(fn, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		pages_test(test_register),
		pages_test(test_register_iommu),
		pages_test(test_alloc),
		pages_test(test_export),
		pages_test(test_mmap),
	};

	return tap_run(tests, NULL, NULL);
}
