// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes from a drive, which the kernel's own nvme driver has, into a BAR: straight, by
 * O_DIRECT into pages of the BAR; or as it is done without, by O_DIRECT into memory
 * of the host, from where the CPU copies them.
 *
 * The time is what this thread runs, as in rows_data.c.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "p2p.h"
#include "pages.h"
#include "rows.h"
#include "sample.h"
#include "slice.h"
#include "tap.h"
#include "vfio_region.h"

#define SAMPLES		7
#define MOST		(1u << 20)

/* What is given pages: units of 2 MiB */
#define REGISTERED	(2u << 20)

static const unsigned int sizes[] = { 4096, 65536, MOST };

/* The drive has nothing but zeros. */
static void begin(void *memory, size_t size)
{
	memset(memory, 0xff, size);
}

static void expect_arrived(const unsigned char *memory, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		assert_int_equal(memory[i], 0);
}

static void read_and_copy(int drive, void *bar, void *buf, unsigned int size)
{
	struct sample all = {}, copy = {};
	u64 first, copying, last;
	unsigned int i;

	for (i = 0; i < SAMPLES; i++) {
		begin(bar, size);
		begin(buf, size);
		first = sample_thread_clock();
		assert_int_equal(pread(drive, buf, size, 0), size);
		copying = sample_thread_clock();
		memcpy(bar, buf, size);
		last = sample_thread_clock();
		expect_arrived(bar, size);
		sample_add(&all, last - first);
		sample_add(&copy, last - copying);
	}
	sample_print(&all, "without", "file-read", size);
	sample_print(&copy, "without", "file-read-copy", size);
	/* Written by the drive, read by the CPU */
	sample_print_value(2 * size, "without", "file-read-hostmem", size);
}

static void read_straight(int drive, void *bar, unsigned int size)
{
	struct sample sample = {};
	unsigned int i;
	u64 first;

	for (i = 0; i < SAMPLES; i++) {
		begin(bar, size);
		first = sample_thread_clock();
		assert_int_equal(pread(drive, bar, size, 0), size);
		sample_add(&sample, sample_thread_clock() - first);
		expect_arrived(bar, size);
	}
	sample_print(&sample, "own", "file-read", size);
	sample_print_value(0, "own", "file-read-hostmem", size);
}

void rows_files_without(const struct vfio_dev *device, const char *bdf)
{
	const int drive = assert_ok(pages_open_drive(bdf));
	void *bar, *buf;
	unsigned int i;

	assert_ok(vfio_region_mmap(device, MAKER_BAR, 0, MOST, &bar));
	buf = mmap(NULL, MOST, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(buf, MAP_FAILED);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		read_and_copy(drive, bar, buf, sizes[i]);
	munmap(buf, MOST);
	munmap(bar, MOST);
	close(drive);
}

void rows_files_pages(const struct vfio_dev *device, const char *bdf)
{
	const int drive = assert_ok(pages_open_drive(bdf));
	const int control = assert_ok(p2p_open());
	unsigned int i;
	void *bar;

	assert_ok(pages_register(control, device->fd, MAKER_BAR, 0,
				 REGISTERED));
	bar = slice_map(control, device->fd, MAKER_BAR, MOST);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		read_straight(drive, bar, sizes[i]);
	munmap(bar, MOST);
	assert_ok(pages_unregister(control, device->fd, MAKER_BAR, 0));
	close(control);
	close(drive);
}
