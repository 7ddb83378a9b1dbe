// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exports of several ranges: what the sg list looks like, and that each byte of
 * the dma-buf is the byte of the BAR that the ranges say.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "array.h"
#include "pattern.h"
#include "scene.h"
#include "tap.h"
#include "vfio_region.h"

#define PAGE	4096
#define AREA	(64 * PAGE)

#define OWNER	100
#define IMPORTER	200

/* Many ranges: as many as the ABI promises at least, and pages of the BAR */
#define MANY	65536
#define BAR_PAGES	4096

static struct scene scene;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_IVSHMEM", "IMPORTER_EDU0");
	pattern_fill_io(scene.bar, AREA, OWNER, 0);
	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);
	return 0;
}

static int export_ranges(const struct vfio_p2p_range *ranges, unsigned int nr)
{
	return assert_ok(p2p_export(scene.control, scene.dev.fd, SCENE_BAR,
				    O_RDWR | O_CLOEXEC, ranges, nr));
}

/* Export and map, in pages; the mapping must have LENGTHS pages in entries. */
struct pages {
	unsigned int offset;
	unsigned int length;
};

static unsigned int make_ranges(struct vfio_p2p_range *ranges,
				const struct pages *pages)
{
	unsigned int nr;

	for (nr = 0; pages[nr].length; nr++) {
		ranges[nr].offset = pages[nr].offset * PAGE;
		ranges[nr].length = pages[nr].length * PAGE;
	}

	return nr;
}

static bool overlap(const struct p2p_test_sg_entry *a,
		    const struct p2p_test_sg_entry *b)
{
	return a->dma_address < b->dma_address + b->dma_len &&
	       b->dma_address < a->dma_address + a->dma_len;
}

static void expect_entries(int handle, const unsigned int *lengths)
{
	struct p2p_test_sg_entry entries[16];
	int nr, i, j;

	nr = assert_ok(importer_sg(&scene.imp, handle, entries, 16));
	assert_in_range(nr, 1, 16);
	for (i = 0; i < nr; i++) {
		assert_int_equal(entries[i].dma_len, lengths[i] * PAGE);
		for (j = 0; j < i; j++)
			assert_false(overlap(&entries[i], &entries[j]));
	}
	assert_int_equal(lengths[nr], 0);
}

/*
 * Write to the dma-buf at page WHERE, and see in the BAR at page OFFSET only;
 * the owner puts its own pattern back.
 */
static void check_page(int handle, unsigned int where, unsigned int offset)
{
	volatile char *page = scene.bar + offset * PAGE;
	char data[128];

	pattern_fill(data, sizeof(data), IMPORTER, 0);
	assert_ok(importer_write(&scene.imp, handle, where * PAGE, data,
				 sizeof(data)));
	assert_int_equal(pattern_check_io(page, sizeof(data), IMPORTER, 0),
			 sizeof(data));
	pattern_fill_io(page, sizeof(data), OWNER, offset * PAGE);
	assert_int_equal(pattern_check_io(scene.bar, AREA, OWNER, 0), AREA);
}

/**
 * struct layout - an export and what should become of it
 * @ranges: in pages, up to one without length
 * @entries: lengths of the sg entries, in pages, up to a zero
 */
struct layout {
	struct pages ranges[8];
	unsigned int entries[8];
};

static void test_layout(void **state)
{
	const struct layout *layout = *state;
	struct vfio_p2p_range ranges[8];
	unsigned int nr, i, where = 0;
	int fd, handle;

	nr = make_ranges(ranges, layout->ranges);
	fd = export_ranges(ranges, nr);
	handle = scene_map(&scene, fd);
	expect_entries(handle, layout->entries);

	for (i = 0; i < nr; i++) {
		const struct pages *range = &layout->ranges[i];

		check_page(handle, where, range->offset);
		if (range->length > 1)
			check_page(handle, where + range->length - 1,
				   range->offset + range->length - 1);
		where += range->length;
	}

	assert_int_equal(lseek(fd, 0, SEEK_END), where * PAGE);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* One transfer over the border of two ranges that are far apart */
static void test_transfer_over_border(void **state)
{
	const struct vfio_p2p_range ranges[] = {
		{ 40 * PAGE, PAGE },
		{ 8 * PAGE, PAGE },
	};
	int fd = export_ranges(ranges, 2);
	int handle = scene_map(&scene, fd);
	char data[256];

	pattern_fill(data, sizeof(data), IMPORTER, 0);
	assert_ok(importer_write(&scene.imp, handle, PAGE - 128, data,
				 sizeof(data)));
	assert_int_equal(pattern_check_io(scene.bar + 41 * PAGE - 128, 128,
					  IMPORTER, 0), 128);
	assert_int_equal(pattern_check_io(scene.bar + 8 * PAGE, 128, IMPORTER,
					  128), 128);
	assert_int_equal(pattern_check_io(scene.bar + 41 * PAGE, PAGE, OWNER,
					  41 * PAGE), PAGE);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* None of the addresses of a mapping of several ranges outlives it. */
static void test_unmap(void **state)
{
	const struct vfio_p2p_range ranges[] = {
		{ 32 * PAGE, PAGE },
		{ 8 * PAGE, 2 * PAGE },
		{ 20 * PAGE, PAGE },
	};
	struct p2p_test_sg_entry entries[3];
	int fd = export_ranges(ranges, 3);
	int handle = scene_map(&scene, fd);
	char data[64];
	int i;

	assert_int_equal(assert_ok(importer_sg(&scene.imp, handle, entries, 3)),
			 3);
	assert_ok(importer_unmap(&scene.imp, handle));
	pattern_fill_io(scene.bar, AREA, OWNER, 0);
	pattern_fill(data, sizeof(data), IMPORTER, 0);
	for (i = 0; i < 3; i++)
		assert_ok(importer_raw_write(&scene.imp,
					     entries[i].dma_address +
					     entries[i].dma_len - 64, data,
					     sizeof(data)));
	assert_int_equal(pattern_check_io(scene.bar, AREA, OWNER, 0), AREA);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

static int compare_entries(const void *a, const void *b)
{
	const struct p2p_test_sg_entry *x = a, *y = b;

	return x->dma_address < y->dma_address ? -1 :
	       x->dma_address > y->dma_address;
}

static void expect_many_entries(int handle)
{
	struct p2p_test_sg_entry *entries = calloc(MANY, sizeof(*entries));
	int i;

	assert_non_null(entries);
	assert_int_equal(assert_ok(importer_sg(&scene.imp, handle, entries,
					       MANY)), MANY);
	qsort(entries, MANY, sizeof(*entries), compare_entries);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(entries[i].dma_len, PAGE);
		if (i)
			assert_false(overlap(&entries[i - 1], &entries[i]));
	}
	free(entries);
}

/* The page of the BAR that range I of many has: backwards, so none merge. */
static unsigned int many_page(unsigned int i)
{
	return BAR_PAGES - 1 - i % BAR_PAGES;
}

/* Backwards through the whole BAR, again and again */
static void test_many(void **state)
{
	/* First, last, before and behind where the BAR begins anew, inside */
	const unsigned int checked[] = {
		0, 1, BAR_PAGES - 1, BAR_PAGES, MANY / 2 - 1, MANY / 2,
		MANY - 2, MANY - 1,
	};
	struct vfio_p2p_range *ranges = calloc(MANY, sizeof(*ranges));
	char data[64], back[64];
	unsigned int i;
	int fd, handle;

	assert_non_null(ranges);
	for (i = 0; i < MANY; i++) {
		ranges[i].offset = (__u64)many_page(i) * PAGE;
		ranges[i].length = PAGE;
	}
	fd = export_ranges(ranges, MANY);
	free(ranges);
	handle = scene_map(&scene, fd);
	expect_many_entries(handle);

	for (i = 0; i < ARRAY_SIZE(checked); i++) {
		__u64 at = (__u64)checked[i] * PAGE;

		pattern_fill(data, sizeof(data), IMPORTER + i, 0);
		assert_ok(importer_write(&scene.imp, handle, at, data,
					 sizeof(data)));
		assert_ok(vfio_region_read(&scene.dev, SCENE_BAR,
					   (__u64)many_page(checked[i]) * PAGE,
					   back, sizeof(back)));
		assert_memory_equal(back, data, sizeof(data));
	}

	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

#define LAYOUT(title, ...) \
	{ title, test_layout, NULL, NULL, &(struct layout) { __VA_ARGS__ } }

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAYOUT("one range", { { 3, 4 } }, { 4 }),
		LAYOUT("out of order, with gaps",
		       { { 32, 1 }, { 4, 2 }, { 16, 3 } }, { 1, 2, 3 }),
		LAYOUT("neighbours merge",
		       { { 4, 1 }, { 5, 2 }, { 7, 1 } }, { 4 }),
		LAYOUT("some merge, some do not",
		       { { 8, 1 }, { 9, 1 }, { 20, 1 }, { 21, 1 }, { 4, 1 } },
		       { 2, 2, 1 }),
		LAYOUT("neighbours in the wrong order",
		       { { 5, 1 }, { 4, 1 } }, { 1, 1 }),
		LAYOUT("overlap", { { 4, 4 }, { 6, 4 } }, { 4, 4 }),
		LAYOUT("the same twice", { { 4, 2 }, { 4, 2 } }, { 2, 2 }),
		LAYOUT("one within the other",
		       { { 4, 8 }, { 6, 1 } }, { 8, 1 }),
		cmocka_unit_test(test_transfer_over_border),
		cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_many),
	};

	return tap_run(tests, setup, teardown);
}
