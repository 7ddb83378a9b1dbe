// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BAR larger than an sg entry can be: 8 GiB.  Entries have 4 GiB less one page
 * at most; data is right at both ends and on both sides of each border.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "pattern.h"
#include "scene.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"

#define PAGE		4096ULL
#define BAR_SIZE	(8ULL << 30)
#define ENTRY_MAX	((4ULL << 30) - PAGE)

/* How much is transferred and looked at in one place */
#define SIZE	128

#define OWNER		100
#define IMPORTER	200

static struct scene scene;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_IVSHMEM", "IMPORTER_EDU0");
	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);
	return 0;
}

static void expect_entries(int handle, const __u64 *lengths, int nr)
{
	struct p2p_test_sg_entry entries[4];
	int i;

	assert_int_equal(assert_ok(importer_sg(&scene.imp, handle, entries, 4)),
			 nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(entries[i].dma_len, lengths[i]);
}

/*
 * SIZE bytes of the BAR at an offset, by the owner: a mapping of the page they
 * begin in and, unless it is the last one, of the next.
 */
static char *map_bar(__u64 offset, void **pages, size_t *size)
{
	const __u64 start = offset & ~(PAGE - 1);

	*size = start + PAGE == BAR_SIZE ? PAGE : 2 * PAGE;
	assert_ok(vfio_region_mmap(&scene.dev, SCENE_BAR, start, *size, pages));

	return (char *)*pages + (offset - start);
}

static void expect_bar(__u64 offset, unsigned int seed)
{
	size_t size;
	void *pages;
	char *bar = map_bar(offset, &pages, &size);

	assert_int_equal(pattern_check_io(bar, SIZE, seed, 0), SIZE);
	munmap(pages, size);
}

static void fill_bar(__u64 offset, unsigned int seed)
{
	size_t size;
	void *pages;
	char *bar = map_bar(offset, &pages, &size);

	pattern_fill_io(bar, SIZE, seed, 0);
	munmap(pages, size);
}

static void write_at(int handle, __u64 offset, unsigned int seed)
{
	char data[SIZE];

	pattern_fill(data, SIZE, seed, 0);
	assert_ok(importer_write(&scene.imp, handle, offset, data, SIZE));
}

static void read_at(int handle, __u64 offset, unsigned int seed)
{
	char data[SIZE];

	assert_ok(importer_read(&scene.imp, handle, offset, data, SIZE));
	assert_int_equal(pattern_check(data, SIZE, seed, 0), SIZE);
}

/*
 * In dma-buf and BAR: the ends, before and behind 4 GiB, around where one entry
 * ends and the next one begins, and across.
 */
static const __u64 places[] = {
	0,
	ENTRY_MAX - SIZE,
	ENTRY_MAX,
	ENTRY_MAX + PAGE - SIZE,
	ENTRY_MAX + PAGE,
	2 * ENTRY_MAX - SIZE,
	2 * ENTRY_MAX - SIZE / 2,
	2 * ENTRY_MAX + SIZE,
	BAR_SIZE - SIZE,
};

static void test_whole_bar(void **state)
{
	const __u64 lengths[] = { ENTRY_MAX, ENTRY_MAX, 2 * PAGE };
	int fd = scene_export(&scene, 0, BAR_SIZE);
	int handle = scene_map(&scene, fd);
	unsigned int i;

	assert_int_equal(lseek(fd, 0, SEEK_END), BAR_SIZE);
	expect_entries(handle, lengths, 3);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		/* The next place may be the rest of this one. */
		write_at(handle, places[i], IMPORTER + i);
		expect_bar(places[i], IMPORTER + i);
		read_at(handle, places[i], IMPORTER + i);
	}
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

static void test_exactly_one_entry(void **state)
{
	const __u64 lengths[] = { ENTRY_MAX };
	int fd = scene_export(&scene, PAGE, ENTRY_MAX);
	int handle = scene_map(&scene, fd);

	expect_entries(handle, lengths, 1);
	write_at(handle, ENTRY_MAX - SIZE, 1);
	expect_bar(PAGE + ENTRY_MAX - SIZE, 1);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

static void test_one_page_more(void **state)
{
	const __u64 lengths[] = { ENTRY_MAX, PAGE };
	int fd = scene_export(&scene, PAGE, ENTRY_MAX + PAGE);
	int handle = scene_map(&scene, fd);

	expect_entries(handle, lengths, 2);
	write_at(handle, ENTRY_MAX + PAGE - SIZE, 2);
	expect_bar(2 * PAGE + ENTRY_MAX - SIZE, 2);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* Slices behind 4 GiB, which no 32-bit arithmetic would find */
static void test_far_slices(void **state)
{
	const __u64 starts[] = { 4ULL << 30, BAR_SIZE - PAGE };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		int fd = scene_export(&scene, starts[i], PAGE);
		int handle = scene_map(&scene, fd);

		write_at(handle, 64, 3 + i);
		expect_bar(starts[i] + 64, 3 + i);
		assert_ok(importer_detach(&scene.imp, handle));
		close(fd);
	}
}

/* The first and the last bytes of each entry lead nowhere after the unmap. */
static void test_unmap(void **state)
{
	const __u64 starts[] = { 0, ENTRY_MAX, 2 * ENTRY_MAX };
	struct p2p_test_sg_entry entries[3];
	int fd = scene_export(&scene, 0, BAR_SIZE);
	int handle = scene_map(&scene, fd);
	char data[SIZE];
	int i;

	assert_int_equal(assert_ok(importer_sg(&scene.imp, handle, entries, 3)),
			 3);
	assert_ok(importer_unmap(&scene.imp, handle));
	pattern_fill(data, SIZE, IMPORTER, 0);
	for (i = 0; i < 3; i++) {
		__u64 last = entries[i].dma_len - SIZE;

		fill_bar(starts[i], OWNER);
		fill_bar(starts[i] + last, OWNER);
		assert_ok(importer_raw_write(&scene.imp, entries[i].dma_address,
					     data, SIZE));
		assert_ok(importer_raw_write(&scene.imp,
					     entries[i].dma_address + last,
					     data, SIZE));
		expect_bar(starts[i], OWNER);
		expect_bar(starts[i] + last, OWNER);
	}
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* A mapping of a million pages is taken away like a small one. */
static void test_revoke(void **state)
{
	int fd = scene_export(&scene, 0, BAR_SIZE);
	int handle = scene_map(&scene, fd);

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	write_at(handle, BAR_SIZE - SIZE, 9);
	read_at(handle, BAR_SIZE - SIZE, 9);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_bar),
		cmocka_unit_test(test_exactly_one_entry),
		cmocka_unit_test(test_one_page_more),
		cmocka_unit_test(test_far_slices),
		cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_revoke),
	};

	return tap_run(tests, setup, teardown);
}
