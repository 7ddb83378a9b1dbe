// SPDX-License-Identifier: GPL-2.0-only
/* mmap of a dma-buf that was exported as write-combined. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "native.h"
#include "p2p.h"
#include "pages.h"
#include "pattern.h"
#include "served.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_region.h"
#include "vfio_reset.h"
#include "view.h"

#define PAGE	4096ul
#define HUGE	(2ul << 20)
#define BAR	2

static struct vfio_dev dev;
static struct importer imp;
static int control = -1;

static int setup(void **state)
{
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_IMPORTER));
	served_open(&dev, "EXPORTER_IVSHMEM");
	assert_ok(importer_open(&imp, env_bdf_or_skip("IMPORTER_EDU0")));
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	importer_close(&imp);
	served_close(&dev, control);
	return 0;
}

static int export(const struct vfio_p2p_range *ranges, __u32 nr)
{
	native_skip();
	return assert_ok(pages_export(control, dev.fd, BAR, VFIO_P2P_EXPORT_WC,
				      ranges, nr));
}

/* At an address that allows for huge pages, were it not for the type */
static char *map(int fd, size_t size)
{
	char *room = mmap(NULL, size + 2 * HUGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *addr = (char *)(((uintptr_t)room + HUGE - 1) & ~(HUGE - 1));

	assert_ptr_not_equal(room, MAP_FAILED);
	assert_ptr_equal(mmap(addr, size, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED, fd, 0), addr);
	return addr;
}

static void write_out(void)
{
	__asm__ __volatile__("sfence" ::: "memory");
}

static void expect_in_bar(__u64 offset, __u32 seed, __u64 from)
{
	char data[PAGE];

	write_out();
	assert_ok(vfio_region_read(&dev, BAR, offset, data, PAGE));
	assert_int_equal(pattern_check(data, PAGE, seed, from), PAGE);
}

/* Over more than one page table, from the middle, each page in its place */
static void test_data(void **state)
{
	static const struct vfio_p2p_range range = { 3 * PAGE, 3 * HUGE };
	int fd = export(&range, 1);
	char *addr = map(fd, range.length);
	unsigned long i;

	pattern_fill_io(addr + HUGE + 5 * PAGE, PAGE, 1, 0);
	for (i = 0; i < range.length; i += 64 * PAGE)
		pattern_fill_io(addr + i, PAGE, 2, i);
	expect_in_bar(3 * PAGE + HUGE + 5 * PAGE, 1, 0);
	for (i = 0; i < range.length; i += 64 * PAGE)
		expect_in_bar(3 * PAGE + i, 2, i);
	/* The last page and what is behind it in the BAR */
	pattern_fill_io(addr + range.length - PAGE, PAGE, 3, 0);
	expect_in_bar(3 * PAGE + range.length - PAGE, 3, 0);
	munmap(addr, range.length);
	close(fd);
}

static void test_ranges(void **state)
{
	static const struct vfio_p2p_range ranges[] = {
		{ 6 * PAGE, PAGE }, { PAGE, 2 * PAGE }, { 6 * PAGE, PAGE },
	};
	int fd = export(ranges, ARRAY_SIZE(ranges));
	char *addr = map(fd, 4 * PAGE);
	unsigned int i;

	for (i = 0; i < 4; i++)
		pattern_fill_io(addr + i * PAGE, PAGE, 10 + i, 0);
	expect_in_bar(PAGE, 11, 0);
	expect_in_bar(2 * PAGE, 12, 0);
	expect_in_bar(6 * PAGE, 13, 0);
	munmap(addr, 4 * PAGE);
	close(fd);
}

/* A part of the dma-buf: what is around it is not mapped. */
static void test_part(void **state)
{
	static const struct vfio_p2p_range range = { 0, 8 * PAGE };
	int fd = export(&range, 1);
	char *room = map(fd, 8 * PAGE), *addr = room + 4 * PAGE;
	unsigned char vec[8];

	assert_int_equal(munmap(room, 8 * PAGE), 0);
	assert_ptr_equal(mmap(addr, 2 * PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 3 * PAGE),
			 addr);
	pattern_fill_io(addr, 2 * PAGE, 21, 0);
	expect_in_bar(3 * PAGE, 21, 0);
	expect_in_bar(4 * PAGE, 21, PAGE);
	assert_int_equal(mincore(addr - PAGE, PAGE, vec), -1);
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(mincore(addr + 2 * PAGE, PAGE, vec), -1);
	munmap(addr, 2 * PAGE);
	close(fd);
}

static void expect_there(char *addr)
{
	__u32 value;

	assert_ok(touch_write(addr, 0x5eed));
	assert_ok(touch_read(addr, &value));
	assert_int_equal(value, 0x5eed);
}

static void expect_taken(char *addr)
{
	__u32 value;

	assert_errno(touch_read(addr, &value), EFAULT);
	assert_errno(touch_write(addr, 0), EFAULT);
}

static void test_events(void **state)
{
	static const struct vfio_p2p_range range = { 0, 2 * HUGE };
	int fd = export(&range, 1);
	char *addr = map(fd, range.length);
	struct pin pin;

	expect_there(addr);
	/* No pages are behind it. */
	assert_errno(pin_page(&pin, addr), EFAULT);
	assert_ok(vfio_config_set_memory(&dev, false));
	expect_taken(addr);
	expect_taken(addr + PAGE);
	expect_taken(addr + HUGE);
	assert_ok(vfio_config_set_memory(&dev, true));
	expect_there(addr + PAGE);
	expect_there(addr + HUGE);
	assert_ok(p2p_revoke(control, dev.fd, fd));
	expect_taken(addr);
	expect_taken(addr + HUGE);
	munmap(addr, range.length);
	close(fd);
}

/* All of a page table at once; and beside it one that is uncached. */
static void test_type(void **state)
{
	static const struct vfio_p2p_range range = { 0, 2 * HUGE };
	static const struct vfio_p2p_range small = { 0, PAGE };
	int fd = export(&range, 1), other;
	char *addr = map(fd, range.length), *page;

	assert_int_equal(importer_memory_type(&imp, addr),
			 P2P_TEST_MEMORY_NONE);
	expect_there(addr + PAGE);
	assert_int_equal(importer_memory_type(&imp, addr),
			 P2P_TEST_MEMORY_WRITE_COMBINED);
	assert_int_equal(importer_memory_type(&imp, addr + HUGE - PAGE),
			 P2P_TEST_MEMORY_WRITE_COMBINED);
	assert_int_equal(importer_memory_type(&imp, addr + HUGE),
			 P2P_TEST_MEMORY_NONE);

	other = assert_ok(pages_export(control, dev.fd, BAR, 0, &small, 1));
	page = map(other, PAGE);
	expect_there(page);
	assert_int_equal(importer_memory_type(&imp, page),
			 P2P_TEST_MEMORY_UNCACHED);
	munmap(page, PAGE);
	close(other);
	munmap(addr, range.length);
	close(fd);
}

static void test_view(void **state)
{
	static const struct vfio_p2p_range range = { 0, PAGE };
	int fd = export(&range, 1);
	struct view view = {};

	view_read(&view, 0);
	view_expect(view_line(&view, "export", NULL, NULL, 0), "memory",
		    "write-combined");
	view_free(&view);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_type),
		cmocka_unit_test(test_view),
	};

	return tap_run(tests, setup, teardown);
}
