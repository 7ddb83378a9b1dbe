// SPDX-License-Identifier: GPL-2.0-only
/* Dma-bufs with pages: for importers as others, and their mmap can be pinned. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "p2p.h"
#include "pages.h"
#include "pattern.h"
#include "served.h"
#include "slice.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_region.h"
#include "vfio_reset.h"
#include "view.h"

#define PAGE	4096ul
#define MIB	(1ul << 20)
#define BAR	2
#define BAR_SIZE	(16 * MIB)
#define GRANULE	(2 * MIB)
#define MANY	1024ul

static struct vfio_dev dev;
static struct importer imp;
static int control = -1;

static int setup(void **state)
{
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_IMPORTER));
	served_open(&dev, "EXPORTER_NVME");
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

static void add(__u64 offset, __u64 length)
{
	pages_skip(control);
	assert_ok(pages_register(control, dev.fd, BAR, offset, length));
}

static void end(__u64 offset)
{
	assert_ok(pages_unregister(control, dev.fd, BAR, offset));
}

static int export(const struct vfio_p2p_range *ranges, __u32 nr)
{
	return pages_export(control, dev.fd, BAR, VFIO_P2P_EXPORT_PAGES, ranges,
			    nr);
}

static int export_range(__u64 offset, __u64 length)
{
	const struct vfio_p2p_range range = { offset, length };

	return export(&range, 1);
}

static char *map(int fd, unsigned long pages)
{
	char *addr = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	assert_ptr_not_equal(addr, MAP_FAILED);
	return addr;
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static __u64 free_bytes(void)
{
	struct vfio_p2p_pool pool;

	assert_ok(pages_pool(control, dev.fd, BAR, &pool));
	return pool.free;
}

static void expect_there(char *addr)
{
	struct pin pin;

	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	pin_drop(&pin);
}

/* The pattern of a seed is in the BAR from an offset on. */
static void expect_in_bar(__u64 offset, size_t size, __u32 seed, __u64 from)
{
	char *data = malloc(size);

	assert_non_null(data);
	assert_ok(vfio_region_read(&dev, BAR, offset, data, size));
	assert_int_equal(pattern_check(data, size, seed, from), size);
	free(data);
}

/* Not in the BAR's order, over two pools that are neighbours, and one page more */
static void test_ranges(void **state)
{
	static const struct vfio_p2p_range ranges[] = {
		{ 6 * MIB, 3 * PAGE },
		{ GRANULE - PAGE, 2 * PAGE },
		{ 0, PAGE },
	};
	char *addr;
	int fd;

	add(0, GRANULE);
	add(GRANULE, GRANULE);
	add(6 * MIB, GRANULE);
	fd = assert_ok(export(ranges, ARRAY_SIZE(ranges)));
	assert_int_equal(free_bytes(), 3 * GRANULE - 6 * PAGE);
	addr = map(fd, 6);
	pattern_fill_io(addr, 6 * PAGE, 3, 0);
	expect_in_bar(6 * MIB, 3 * PAGE, 3, 0);
	expect_in_bar(GRANULE - PAGE, 2 * PAGE, 3, 3 * PAGE);
	expect_in_bar(0, PAGE, 3, 5 * PAGE);
	expect_there(addr + 4 * PAGE);
	munmap(addr, 6 * PAGE);
	close(fd);
	assert_int_equal(free_bytes(), 3 * GRANULE);
	end(0);
	end(GRANULE);
	end(6 * MIB);
}

static void test_many_ranges(void **state)
{
	struct vfio_p2p_range ranges[200];
	const unsigned long nr = ARRAY_SIZE(ranges);
	unsigned long i;
	char *addr;
	int fd;

	for (i = 0; i < nr; i++)
		ranges[i] = (struct vfio_p2p_range) {
			(nr - 1 - i) * 2 * PAGE, PAGE
		};
	add(0, 0);
	fd = assert_ok(export(ranges, nr));
	assert_int_equal(free_bytes(), BAR_SIZE - nr * PAGE);
	addr = map(fd, nr);
	for (i = 0; i < nr; i++)
		pattern_fill_io(addr + i * PAGE, 64, i, 0);
	for (i = 0; i < nr; i++)
		expect_in_bar(ranges[i].offset, 64, i, 0);
	munmap(addr, nr * PAGE);
	close(fd);
	assert_int_equal(free_bytes(), BAR_SIZE);
	end(0);
}

/* The shortest of a few events: others may have the processor during one. */
static long long shortest_event(void)
{
	long long begin, took, shortest = LLONG_MAX;
	unsigned int i;

	for (i = 0; i < 7; i++) {
		begin = now_ns();
		assert_ok(vfio_config_set_memory(&dev, true));
		took = now_ns() - begin;
		if (took < shortest)
			shortest = took;
	}
	return shortest;
}

/* How long a write to config space takes while a dma-buf has many mappings */
static long long time_of_event(const struct vfio_p2p_range *ranges, __u32 nr)
{
	static char *maps[400];
	long long took;
	unsigned int i;
	int fd;

	fd = assert_ok(export(ranges, nr));
	for (i = 0; i < ARRAY_SIZE(maps); i++)
		maps[i] = map(fd, MANY);
	took = shortest_event();
	for (i = 0; i < ARRAY_SIZE(maps); i++)
		munmap(maps[i], MANY * PAGE);
	close(fd);
	return took;
}

/* What an event takes does not grow with the ranges, for each mapping of them. */
static void test_many_mappings(void **state)
{
	const struct vfio_p2p_range one = { 0, MANY * PAGE };
	static struct vfio_p2p_range ranges[MANY];
	long long few, many;
	unsigned long i;

	for (i = 0; i < MANY; i++)
		ranges[i] = (struct vfio_p2p_range) {
			(MANY - 1 - i) * PAGE, PAGE
		};
	add(0, 0);
	few = time_of_event(&one, 1);
	many = time_of_event(ranges, MANY);
	print_message("# an event: %lld us with one range, %lld us with %lu\n",
		      few / 1000, many / 1000, MANY);
	assert_true(many < few * 20);
	end(0);
}

static void test_refusals(void **state)
{
	static const struct vfio_p2p_range twice[] = {
		{ 4 * PAGE, 2 * PAGE }, { 5 * PAGE, PAGE },
	};
	static const struct vfio_p2p_range whole[] = {
		{ 0, BAR_SIZE }, { 0, BAR_SIZE },
	};
	__u64 offset;
	int slice, fd;

	pages_skip(control);
	assert_errno(export_range(0, PAGE), ENOENT);
	add(GRANULE, GRANULE);
	assert_errno(export_range(0, PAGE), ENOENT);
	assert_errno(export_range(GRANULE - PAGE, 2 * PAGE), ENOENT);
	assert_errno(export_range(2 * GRANULE - PAGE, 2 * PAGE), ENOENT);
	assert_errno(export_range(BAR_SIZE, PAGE), EINVAL);
	assert_errno(export_range(GRANULE, PAGE / 2), EINVAL);
	assert_errno(export_range(GRANULE, 0), EINVAL);
	end(GRANULE);

	add(0, 0);
	assert_errno(export(twice, ARRAY_SIZE(twice)), EBUSY);
	assert_errno(export(whole, ARRAY_SIZE(whole)), EBUSY);
	assert_int_equal(free_bytes(), BAR_SIZE);
	slice = assert_ok(pages_alloc(control, dev.fd, BAR, PAGE, &offset));
	assert_int_equal(offset, 0);
	assert_errno(export_range(0, 2 * PAGE), EBUSY);
	fd = assert_ok(export_range(PAGE, PAGE));
	assert_errno(export_range(PAGE, PAGE), EBUSY);
	close(slice);
	slice = assert_ok(pages_alloc(control, dev.fd, BAR, 2 * PAGE, &offset));
	assert_int_equal(offset, 2 * PAGE);
	close(slice);
	close(fd);
	assert_int_equal(free_bytes(), BAR_SIZE);
	end(0);
}

/* As any other BAR that has pages, to everybody else */
static void test_excludes(void **state)
{
	void *bar;
	int fd;

	add(0, GRANULE);
	fd = assert_ok(export_range(0, PAGE));
	assert_errno(p2p_export_range(control, dev.fd, BAR, 0, PAGE), EBUSY);
	assert_errno(p2p_export_range(control, dev.fd, BAR, GRANULE, PAGE),
		     EBUSY);
	assert_errno(vfio_region_mmap(&dev, BAR, 0, PAGE, &bar), EBUSY);
	/* The rest of the BAR can still be registered. */
	add(GRANULE, GRANULE);
	end(GRANULE);
	close(fd);
	end(0);
}

static int attach_and_map(int fd)
{
	int handle = assert_ok(importer_attach(&imp, fd, P2P_TEST_DYNAMIC));

	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	return handle;
}

static void expect_dma(int handle, __u64 bar_offset, __u32 seed)
{
	char data[PAGE];

	pattern_fill(data, PAGE, seed, 0);
	assert_ok(importer_write(&imp, handle, 0, data, PAGE));
	expect_in_bar(bar_offset, PAGE, seed, 0);
}

static bool is_mapped(int handle)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&imp, handle, &stat));
	return stat.flags & P2P_TEST_STAT_MAPPED;
}

/* An importer and a process at once, and what a reset does to both */
static void test_importer(void **state)
{
	int handle, fd;
	char *addr;

	add(0, 0);
	fd = assert_ok(export_range(8 * PAGE, 2 * PAGE));
	addr = map(fd, 2);
	handle = attach_and_map(fd);
	expect_dma(handle, 8 * PAGE, 31);
	assert_int_equal(pattern_check_io(addr, PAGE, 31, 0), PAGE);
	assert_int_equal(importer_memory_type(&imp, addr),
			 P2P_TEST_MEMORY_UNCACHED);

	assert_ok(vfio_dev_reset(&dev));
	assert_false(is_mapped(handle));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	expect_dma(handle, 8 * PAGE, 32);
	expect_there(addr);

	assert_ok(vfio_config_set_memory(&dev, false));
	assert_false(is_mapped(handle));
	assert_errno(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	slice_expect_taken(addr);
	assert_ok(vfio_config_set_memory(&dev, true));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	expect_dma(handle, 8 * PAGE, 33);
	expect_there(addr);

	assert_ok(importer_detach(&imp, handle));
	munmap(addr, 2 * PAGE);
	close(fd);
	end(0);
}

/* Pinned for long: a reset is refused, and importers keep what they have. */
static void test_pinned(void **state)
{
	struct pin pin;
	int handle, fd;
	char *addr;

	add(0, 0);
	fd = assert_ok(export_range(0, PAGE));
	addr = map(fd, 1);
	handle = attach_and_map(fd);
	assert_ok(pin_page(&pin, addr));
	assert_errno(vfio_dev_reset(&dev), EBUSY);
	assert_true(is_mapped(handle));
	expect_dma(handle, 0, 41);
	pin_drop(&pin);
	assert_ok(vfio_dev_reset(&dev));
	assert_ok(importer_detach(&imp, handle));
	munmap(addr, PAGE);
	close(fd);
	end(0);
}

static void test_revoke(void **state)
{
	char *addr, *other;
	int handle, fd, second;
	struct pin pin;

	add(0, 0);
	fd = assert_ok(export_range(0, PAGE));
	second = assert_ok(export_range(PAGE, PAGE));
	addr = map(fd, 1);
	other = map(second, 1);
	handle = attach_and_map(fd);

	assert_ok(pin_page(&pin, addr));
	assert_errno(p2p_revoke(control, dev.fd, fd), EBUSY);
	assert_true(is_mapped(handle));
	expect_there(addr);
	pin_drop(&pin);

	assert_ok(p2p_revoke(control, dev.fd, fd));
	assert_false(is_mapped(handle));
	assert_errno(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	slice_expect_taken(addr);
	expect_there(other);
	/* And may be had by somebody else */
	assert_int_equal(free_bytes(), BAR_SIZE - PAGE);
	close(assert_ok(export_range(0, PAGE)));
	assert_ok(p2p_revoke(control, dev.fd, fd));
	assert_ok(vfio_dev_reset(&dev));
	slice_expect_taken(addr);
	expect_there(other);

	assert_ok(importer_detach(&imp, handle));
	munmap(addr, PAGE);
	munmap(other, PAGE);
	close(fd);
	close(second);
	assert_int_equal(free_bytes(), BAR_SIZE);
	end(0);
}

/* Of two pools that a dma-buf has a part of, one goes. */
static void test_unregister(void **state)
{
	int handle, fd;
	struct pin pin;
	char *addr;

	add(0, GRANULE);
	add(GRANULE, GRANULE);
	fd = assert_ok(export_range(GRANULE - PAGE, 2 * PAGE));
	addr = map(fd, 2);
	handle = attach_and_map(fd);
	assert_ok(pin_page(&pin, addr));
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
	assert_true(is_mapped(handle));
	expect_there(addr);
	expect_there(addr + PAGE);
	pin_drop(&pin);

	end(0);
	assert_false(is_mapped(handle));
	slice_expect_taken(addr);
	slice_expect_taken(addr + PAGE);
	assert_errno(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	assert_int_equal(free_bytes(), GRANULE);
	assert_ok(importer_detach(&imp, handle));
	munmap(addr, 2 * PAGE);
	close(fd);
	end(GRANULE);
}

/* Of the other one a page is pinned: it goes on to be, and is nobody else's. */
static void test_unregister_pinned_elsewhere(void **state)
{
	char buf[PAGE], *addr;
	struct pin pin;
	int fd;

	add(0, GRANULE);
	add(GRANULE, GRANULE);
	fd = assert_ok(export_range(GRANULE - PAGE, 2 * PAGE));
	addr = map(fd, 2);
	pattern_fill_io(addr + PAGE, PAGE, 51, 0);
	assert_ok(pin_page(&pin, addr + PAGE));
	end(0);
	slice_expect_taken(addr + PAGE);
	assert_int_equal(free_bytes(), GRANULE - PAGE);
	assert_errno(vfio_dev_reset(&dev), EBUSY);
	assert_int_equal(read(pin.fds[0], buf, PAGE), PAGE);
	assert_int_equal(pattern_check(buf, PAGE, 51, 0), PAGE);
	pin_drop(&pin);
	assert_int_equal(free_bytes(), GRANULE);
	munmap(addr, 2 * PAGE);
	close(fd);
	end(GRANULE);
}

/* The mapping holds the dma-buf, and a pinned page is not free. */
static void test_freed(void **state)
{
	struct pin pin;
	char *addr;
	int fd;

	add(0, 0);
	fd = assert_ok(export_range(PAGE, 2 * PAGE));
	addr = map(fd, 2);
	close(fd);
	assert_int_equal(free_bytes(), BAR_SIZE - 2 * PAGE);
	assert_ok(pin_page(&pin, addr));
	munmap(addr, PAGE);
	assert_int_equal(free_bytes(), BAR_SIZE - 2 * PAGE);
	munmap(addr + PAGE, PAGE);
	assert_int_equal(free_bytes(), BAR_SIZE - 2 * PAGE);
	assert_errno(export_range(PAGE, PAGE), EBUSY);
	pin_drop(&pin);
	assert_int_equal(free_bytes(), BAR_SIZE);
	end(0);
}

/* Somebody who has the dma-buf and nothing else; and pages that outlive close */
static void test_close(void **state)
{
	int handle, fd, status;
	char *addr;
	pid_t child;

	add(0, 0);
	fd = assert_ok(export_range(0, PAGE));
	addr = map(fd, 1);
	child = assert_ok(fork());
	if (!child) {
		close(dev.fd);
		close(control);
		munmap(addr, PAGE);
		addr = map(fd, 1);
		expect_there(addr);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);

	handle = attach_and_map(fd);
	close(dev.fd);
	assert_false(is_mapped(handle));
	slice_expect_taken(addr);
	dev.fd = assert_ok(vfio_dev_reopen(&dev));
	assert_ok(vfio_config_set_memory(&dev, true));
	slice_expect_taken(addr);
	assert_errno(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	add(0, 0);
	assert_int_equal(free_bytes(), BAR_SIZE);
	slice_expect_taken(addr);
	assert_ok(p2p_revoke(control, dev.fd, fd));
	assert_ok(importer_detach(&imp, handle));
	munmap(addr, PAGE);
	close(fd);
	end(0);
}

/* What vfio's type 1 pins it would never let go of; see hold.c of the module. */
static void test_not_for_type1(void **state)
{
	char *addr;
	int fd;

	add(0, 0);
	fd = assert_ok(export_range(0, PAGE));
	addr = map(fd, 1);
	close(fd);
	assert_ok(touch_write(addr, 1));
	assert_true(vfio_container_map(dev.container, addr, 0, PAGE) < 0);
	munmap(addr, PAGE);
	assert_int_equal(free_bytes(), BAR_SIZE);
	end(0);
}

static void test_view(void **state)
{
	struct view view = {};
	const char *line;
	int slice, fd;

	add(GRANULE, GRANULE);
	slice = assert_ok(pages_alloc(control, dev.fd, BAR, PAGE, NULL));
	fd = assert_ok(export_range(GRANULE + 2 * PAGE, PAGE));
	view_read(&view, 0);
	assert_int_equal(view_count(&view, "pool", NULL, NULL), 1);
	line = view_line(&view, "pool", "device", dev.bdf, 0);
	assert_int_equal(view_number(line, "region"), BAR);
	assert_int_equal(view_number(line, "offset"), GRANULE);
	assert_int_equal(view_number(line, "length"), GRANULE);
	assert_int_equal(view_number(line, "free"), GRANULE - 2 * PAGE);
	assert_int_equal(view_number(line, "longest"), GRANULE - 3 * PAGE);
	assert_int_equal(view_number(line, "slices"), 2);
	view_expect(line, "state", "live");
	view_expect(view_line(&view, "export", NULL, NULL, 0), "memory",
		    "pages");
	close(slice);
	close(fd);
	view_read(&view, 0);
	line = view_line(&view, "pool", NULL, NULL, 0);
	assert_int_equal(view_number(line, "free"), GRANULE);
	end(GRANULE);
	view_read(&view, 0);
	assert_int_equal(view_count(&view, "pool", NULL, NULL), 0);
	view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_many_ranges),
		cmocka_unit_test(test_many_mappings),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_excludes),
		cmocka_unit_test(test_importer),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_revoke),
		cmocka_unit_test(test_unregister),
		cmocka_unit_test(test_unregister_pinned_elsewhere),
		cmocka_unit_test(test_freed),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_not_for_type1),
		cmocka_unit_test(test_view),
	};

	return tap_run(tests, setup, teardown);
}
