// SPDX-License-Identifier: GPL-2.0-only
/* Many ranges of a large BAR, and large slices of it */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crew.h"
#include "meminfo.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"

#define PAGE		4096ul
#define MIB		(1ul << 20)
#define BAR		2
#define BAR_SIZE	(8192 * MIB)
#define RANGE		(2 * MIB)

/* Of one device */
#define MAX_RANGES	64

/* Looks at a slice, which may each take as long as the first */
#define LOOKS		40

static struct vfio_dev dev;
static int control = -1;

static int setup(void **state)
{
	served_open(&dev, "EXPORTER_IVSHMEM");
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	served_close(&dev, control);
	return 0;
}

/* No two are neighbours. */
static int add_range(unsigned int nr)
{
	return pages_register(control, dev.fd, BAR, 2 * nr * RANGE, RANGE);
}

static void add_all(void)
{
	unsigned int i;

	for (i = 0; i < MAX_RANGES; i++)
		assert_ok(add_range(i));
	assert_errno(add_range(MAX_RANGES), ENOSPC);
}

static void test_many_ranges(void **state)
{
	struct vfio_p2p_pool pool;
	unsigned int i;

	pages_skip(control);
	add_all();
	assert_ok(pages_pool(control, dev.fd, BAR, &pool));
	assert_int_equal(pool.pools, MAX_RANGES);
	assert_int_equal(pool.size, MAX_RANGES * RANGE);
	assert_int_equal(pool.longest, RANGE);

	assert_ok(pages_unregister(control, dev.fd, BAR, 2 * 7 * RANGE));
	assert_ok(add_range(MAX_RANGES));
	assert_errno(add_range(7), ENOSPC);
	for (i = 0; i <= MAX_RANGES; i++)
		if (i != 7)
			assert_ok(pages_unregister(control, dev.fd, BAR,
						   2 * i * RANGE));
}

/* The close ends them all. */
static void test_close_of_many(void **state)
{
	long long begin;

	pages_skip(control);
	add_all();
	begin = crew_clock();
	close(dev.fd);
	print_message("closed in %lld ms\n", crew_clock() - begin);
	dev.fd = assert_ok(vfio_dev_reopen(&dev));
	assert_ok(vfio_config_set_memory(&dev, true));
	add_all();
	close(dev.fd);
	dev.fd = assert_ok(vfio_dev_reopen(&dev));
	assert_ok(vfio_config_set_memory(&dev, true));
}

/*
 * The page that was seen pinned is looked at first; others only when it no longer
 * is.
 */
static void test_pinned_at_the_end(void **state)
{
	struct vfio_p2p_pool pool;
	long long first, rest;
	struct pin pin;
	unsigned int i;
	char *addr;
	int fd;

	pages_skip(control);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	fd = assert_ok(pages_alloc(control, dev.fd, BAR, BAR_SIZE, NULL));
	addr = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    BAR_SIZE - PAGE);
	assert_ptr_not_equal(addr, MAP_FAILED);
	assert_ok(touch_write(addr, 0x5eed));
	assert_ok(pin_page(&pin, addr));
	munmap(addr, PAGE);

	first = crew_clock();
	close(fd);
	first = crew_clock() - first;
	rest = crew_clock();
	for (i = 0; i < LOOKS; i++) {
		assert_ok(pages_pool(control, dev.fd, BAR, &pool));
		assert_int_equal(pool.slices, 1);
	}
	rest = crew_clock() - rest;
	print_message("first look %lld ms, %u more %lld ms\n", first, LOOKS,
		      rest);
	/* Without that they took as long as the first, each. */
	assert_true(rest < LOOKS / 4 * (first + 1));

	pin_drop(&pin);
	assert_ok(pages_pool(control, dev.fd, BAR, &pool));
	assert_int_equal(pool.slices, 0);
	assert_int_equal(pool.free, BAR_SIZE);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
}

/* What the kernel has for the pages of the whole BAR */
#define MEMMAP		(BAR_SIZE / 64)

/* All memory that there is, but for so much */
static void *take_memory(size_t left, size_t *size)
{
	void *addr;

	*size = (meminfo_kb("MemAvailable") << 10) - left;
	addr = mmap(NULL, *size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	assert_ptr_not_equal(addr, MAP_FAILED);
	return addr;
}

/* If it ended while the pages are made, the kernel would warn, and lose some. */
static void test_short_of_memory(void **state)
{
	size_t size;
	void *taken;

	pages_skip(control);
	/* More than the pages take */
	taken = take_memory(MEMMAP * 3 / 2, &size);
	assert_true(meminfo_kb("MemAvailable") < (long)(MEMMAP * 2 >> 10));
	assert_errno(pages_register(control, dev.fd, BAR, 0, 0), ENOMEM);
	assert_ok(pages_register(control, dev.fd, BAR, 0, RANGE));
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	munmap(taken, size);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_ranges),
		cmocka_unit_test(test_close_of_many),
		cmocka_unit_test(test_pinned_at_the_end),
		cmocka_unit_test(test_short_of_memory),
	};

	return tap_run(tests, setup, teardown);
}
