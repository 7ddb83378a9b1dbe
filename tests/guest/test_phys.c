// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_p2p_phys_ranges(): what other modules are told of where the memory of a
 * dma-buf is, when, and what keeps which module loaded.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "bar.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "p2p.h"
#include "pages.h"
#include "phys.h"
#include "served.h"
#include "tap.h"
#include "udmabuf.h"
#include "vfio_config.h"
#include "vfio_reset.h"

#define PAGE	4096ull
#define MIB	(1ull << 20)
#define BAR	2
#define EXPORTER	"EXPORTER_NVME"
#define ROOM	16

/* What is attached to, and asked for, in most tests */
#define OFFSET	(3 * PAGE)
#define LENGTH	(2 * PAGE)

static struct vfio_dev dev = { .fd = -1 };
static int control = -1, dmabuf = -1, other = -1, phys = -1;
static __u64 bar_start;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int setup(void **state)
{
	served_open(&dev, EXPORTER);
	control = assert_ok(p2p_open());
	assert_ok(module_ensure(MODULE_PHYS));
	phys = assert_ok(phys_open(MODULE_PHYS));
	bar_start = pci_bar_start(env_bdf(EXPORTER), BAR);
	return 0;
}

static int teardown(void **state)
{
	close_fd(&phys);
	close_fd(&dmabuf);
	close_fd(&other);
	close_fd(&control);
	if (dev.fd >= 0)
		vfio_dev_close(&dev);
	dev.fd = -1;
	module_unload(MODULE_PHYS_OPTIONAL);
	assert_ok(module_unload(MODULE_PHYS));
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static void begin(void)
{
	native_skip();
	dmabuf = assert_ok(p2p_export_range(control, dev.fd, BAR, OFFSET,
					    LENGTH));
	assert_ok(phys_attach(phys, dmabuf, 0));
}

static void expect_told_by(int fd)
{
	struct p2p_test_phys_range range;

	assert_int_equal(phys_get(fd, &range, 1), 1);
	assert_int_equal(range.start, bar_start + OFFSET);
	assert_int_equal(range.length, LENGTH);
}

static void expect_told(void)
{
	expect_told_by(phys);
}

/* move_notify was called since the last look, and was told so. */
static void expect_notified(const int *results, unsigned int nr)
{
	struct p2p_test_phys_notified notified;
	unsigned int i;

	assert_ok(phys_notified(phys, &notified));
	assert_int_equal(notified.nr, nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(notified.result[i], results[i]);
}

static void expect_kept(void)
{
	expect_notified(NULL, 0);
	expect_told();
}

static void expect_taken(void)
{
	const int results[] = { -ENODEV };

	expect_notified(results, ARRAY_SIZE(results));
	assert_errno(phys_get(phys, NULL, 0), ENODEV);
}

static void expect_given_back(void)
{
	const int results[] = { 1 };

	expect_notified(results, ARRAY_SIZE(results));
	expect_told();
}

/* Taken before the event, given back after it */
static void expect_taken_and_given_back(void)
{
	const int results[] = { -ENODEV, 1 };

	expect_notified(results, ARRAY_SIZE(results));
	expect_told();
}

static void test_not_attached(void **state)
{
	assert_errno(phys_get(phys, NULL, 0), EINVAL);
}

/* The pages of the BAR, in the order of the dma-buf; neighbours are one range. */
static void test_ranges(void **state)
{
	const struct vfio_p2p_range asked[] = {
		{ 8 * PAGE, 2 * PAGE }, { 10 * PAGE, PAGE },
		{ 4 * PAGE, PAGE }, { 3 * PAGE, PAGE },
		{ 3 * PAGE, PAGE }, { 4 * PAGE, 3 * PAGE },
		{ 0, PAGE },
	};
	const struct p2p_test_phys_range expected[] = {
		{ 8 * PAGE, 3 * PAGE }, { 4 * PAGE, PAGE },
		{ 3 * PAGE, PAGE }, { 3 * PAGE, 4 * PAGE }, { 0, PAGE },
	};
	struct p2p_test_phys_range ranges[ROOM];
	unsigned int i;

	native_skip();
	dmabuf = assert_ok(p2p_export(control, dev.fd, BAR, O_RDWR | O_CLOEXEC,
				      asked, ARRAY_SIZE(asked)));
	assert_ok(phys_attach(phys, dmabuf, 0));
	assert_int_equal(phys_get(phys, ranges, ROOM), ARRAY_SIZE(expected));
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(ranges[i].start,
				 bar_start + expected[i].start);
		assert_int_equal(ranges[i].length, expected[i].length);
	}
}

/* Memory that has pages is told as any other. */
static void test_with_pages(void **state)
{
	const struct vfio_p2p_range asked = { OFFSET, LENGTH };

	native_skip();
	pages_skip(control);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 2 * MIB));
	dmabuf = assert_ok(pages_export(control, dev.fd, BAR,
					VFIO_P2P_EXPORT_PAGES, &asked, 1));
	assert_ok(phys_attach(phys, dmabuf, 0));
	expect_told();
	assert_ok(vfio_dev_reset(&dev));
	expect_taken_and_given_back();
	assert_ok(p2p_revoke(control, dev.fd, dmabuf));
	expect_taken();
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
}

/* A dma-buf of another exporter: the kernel's of that BAR, or one of memory */
static void test_other_exporter(void **state)
{
	int memfd;

	if (native_used()) {
		dmabuf = assert_ok(p2p_export_range(control, dev.fd, BAR,
						    OFFSET, LENGTH));
	} else {
		memfd = memfd_create("ram", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		assert_true(memfd >= 0);
		assert_int_equal(ftruncate(memfd, LENGTH), 0);
		assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
		dmabuf = udmabuf_create(memfd, LENGTH);
		close(memfd);
		if (dmabuf == -ENOENT)
			skip();
		assert_ok(dmabuf);
	}
	assert_ok(phys_attach(phys, dmabuf, 0));
	assert_errno(phys_get(phys, NULL, 0), EOPNOTSUPP);
}

static void test_static(void **state)
{
	native_skip();
	dmabuf = assert_ok(p2p_export_range(control, dev.fd, BAR, OFFSET,
					    LENGTH));
	assert_errno(phys_attach(phys, dmabuf, P2P_TEST_PHYS_STATIC),
		     EOPNOTSUPP);
	assert_errno(phys_get(phys, NULL, 0), EINVAL);
}

static void test_reset(void **state)
{
	begin();
	expect_kept();
	assert_ok(vfio_dev_reset(&dev));
	expect_taken_and_given_back();
	assert_ok(vfio_dev_reset(&dev));
	expect_taken_and_given_back();
}

static void test_decode_off(void **state)
{
	begin();
	assert_ok(vfio_config_set_memory(&dev, false));
	expect_taken();
	assert_ok(vfio_config_set_memory(&dev, true));
	expect_given_back();
}

/* One dma-buf is taken back for good, another of the same memory is not. */
static void test_revoke(void **state)
{
	begin();
	other = assert_ok(p2p_export_range(control, dev.fd, BAR, OFFSET,
					   LENGTH));
	assert_ok(p2p_revoke(control, dev.fd, other));
	expect_kept();
	assert_ok(p2p_revoke(control, dev.fd, dmabuf));
	expect_taken();
	assert_ok(vfio_dev_reset(&dev));
	expect_notified(NULL, 0);
	assert_errno(phys_get(phys, NULL, 0), ENODEV);
}

static void test_device_closed(void **state)
{
	begin();
	vfio_dev_close(&dev);
	dev.fd = -1;
	expect_taken();

	/* The next owner's device is none of this dma-buf's. */
	served_open(&dev, EXPORTER);
	expect_notified(NULL, 0);
	assert_errno(phys_get(phys, NULL, 0), ENODEV);
}

/* Whoever is attached holds the dma-buf; what comes after it is gone is nothing. */
static void test_dmabuf_closed(void **state)
{
	begin();
	close_fd(&dmabuf);
	expect_kept();
	assert_ok(vfio_dev_reset(&dev));
	expect_taken_and_given_back();

	close_fd(&phys);
	assert_ok(vfio_dev_reset(&dev));
	close_fd(&control);
	/* The linked module's, and nobody else's */
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 1);
}

static void test_linked_module_pins(void **state)
{
	close_fd(&phys);
	close_fd(&control);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 1);
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	assert_ok(module_unload(MODULE_PHYS));
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	assert_ok(module_load(MODULE_PHYS, NULL));
}

/* One that finds the function by itself pins nothing, and does without it. */
static void test_optional_module(void **state)
{
	close_fd(&phys);
	close_fd(&control);
	assert_ok(module_unload(MODULE_PHYS));
	assert_ok(module_load(MODULE_PHYS_OPTIONAL, NULL));
	phys = assert_ok(phys_open(MODULE_PHYS_OPTIONAL));
	assert_errno(phys_get(phys, NULL, 0), EINVAL);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_errno(phys_get(phys, NULL, 0), ENOPKG);

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	assert_ok(module_load(MODULE_PHYS, NULL));
	control = assert_ok(p2p_open());
	begin();
	expect_told();
	assert_ok(vfio_dev_reset(&dev));
	expect_taken_and_given_back();
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_not_attached),
		TEST(test_ranges),
		TEST(test_with_pages),
		TEST(test_other_exporter),
		TEST(test_static),
		TEST(test_reset),
		TEST(test_decode_off),
		TEST(test_revoke),
		TEST(test_device_closed),
		TEST(test_dmabuf_closed),
		TEST(test_linked_module_pins),
		TEST(test_optional_module),
	};

	return tap_run(tests, NULL, NULL);
}
