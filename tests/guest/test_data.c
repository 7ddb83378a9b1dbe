// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes arrive where they should, and nowhere else: importers read and write
 * slices of a BAR by peer-to-peer DMA.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "pattern.h"
#include "peer.h"
#include "scene.h"
#include "tap.h"

#define PAGE	4096

/* The part of the BAR that the tests look at, before and behind the slices */
#define AREA	(16 * PAGE)

/* Seeds: what the owner filled the area with, what importers write */
#define OWNER	100
#define IMPORTER	200

static struct scene scene;

static int setup_nvme(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	pattern_fill_io(scene.bar, AREA, OWNER, 0);
	return 0;
}

static int setup_ivshmem(void **state)
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

/* [START, END) of the area is as the owner left it. */
static void expect_untouched(size_t start, size_t end)
{
	assert_int_equal(pattern_check_io(scene.bar + start, end - start,
					  OWNER, start), end - start);
}

/* Only [START, END) of the area was written, by an importer. */
static void expect_only(size_t start, size_t end, unsigned int seed)
{
	assert_int_equal(pattern_check_io(scene.bar + start, end - start, seed,
					  0), end - start);
	expect_untouched(0, start);
	expect_untouched(end, AREA);
}

static void write_pattern(struct importer *imp, int handle, __u64 offset,
			  size_t size, unsigned int seed)
{
	char *data = malloc(size);

	assert_non_null(data);
	pattern_fill(data, size, seed, 0);
	assert_ok(importer_write(imp, handle, offset, data, size));
	free(data);
}

static void test_write_whole(void **state)
{
	int fd = scene_export(&scene, PAGE, 2 * PAGE);
	int handle = scene_map(&scene, fd);

	write_pattern(&scene.imp, handle, 0, 2 * PAGE, IMPORTER);
	expect_only(PAGE, 3 * PAGE, IMPORTER);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

static void test_write_at_offset(void **state)
{
	int fd = scene_export(&scene, 4 * PAGE, 4 * PAGE);
	int handle = scene_map(&scene, fd);

	write_pattern(&scene.imp, handle, PAGE - 8, 16, IMPORTER);
	expect_only(5 * PAGE - 8, 5 * PAGE + 8, IMPORTER);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* To the last byte of the slice */
static void test_write_to_the_end(void **state)
{
	int fd = scene_export(&scene, 2 * PAGE, PAGE);
	int handle = scene_map(&scene, fd);

	write_pattern(&scene.imp, handle, PAGE - 4, 4, IMPORTER);
	expect_only(3 * PAGE - 4, 3 * PAGE, IMPORTER);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

static void check_read(int handle, __u64 offset, size_t size, __u64 bar_offset)
{
	char *data = malloc(size);

	assert_non_null(data);
	assert_ok(importer_read(&scene.imp, handle, offset, data, size));
	assert_int_equal(pattern_check(data, size, OWNER, bar_offset + offset),
			 size);
	free(data);
}

static void test_read(void **state)
{
	int fd = scene_export(&scene, 3 * PAGE, 2 * PAGE);
	int handle = scene_map(&scene, fd);

	check_read(handle, 0, 2 * PAGE, 3 * PAGE);
	check_read(handle, PAGE - 3, 7, 3 * PAGE);
	check_read(handle, 2 * PAGE - 1, 1, 3 * PAGE);
	expect_untouched(0, AREA);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* A buffer mapped for reading can't be written, whatever the importer does. */
static void test_direction(void **state)
{
	int fd = scene_export(&scene, PAGE, PAGE);
	struct p2p_test_sg_entry entry;
	char data[64];
	int handle;

	handle = assert_ok(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_TO_DEVICE));
	check_read(handle, 0, 64, PAGE);
	assert_ok(importer_sg(&scene.imp, handle, &entry, 1));
	pattern_fill(data, sizeof(data), IMPORTER, 0);
	assert_ok(importer_raw_write(&scene.imp, entry.dma_address, data,
				     sizeof(data)));
	expect_untouched(0, AREA);

	assert_ok(importer_unmap(&scene.imp, handle));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_FROM_DEVICE));
	write_pattern(&scene.imp, handle, 0, 64, IMPORTER);
	expect_only(PAGE, PAGE + 64, IMPORTER);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/* The pages next to the slice are not mapped with it. */
static void test_neighbour_pages(void **state)
{
	int fd = scene_export(&scene, 4 * PAGE, PAGE);
	int handle = scene_map(&scene, fd);
	struct p2p_test_sg_entry entry;
	char data[64];

	assert_ok(importer_sg(&scene.imp, handle, &entry, 1));
	pattern_fill(data, sizeof(data), IMPORTER, 0);
	assert_ok(importer_raw_write(&scene.imp, entry.dma_address - 64, data,
				     sizeof(data)));
	assert_ok(importer_raw_write(&scene.imp, entry.dma_address + PAGE,
				     data, sizeof(data)));
	expect_untouched(0, AREA);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/*
 * After an unmap the address leads nowhere.  The IOMMU may keep its translation
 * for the 10 ms of its lazy mode; a command of the importer takes 200 ms.
 */
static void test_unmap(void **state)
{
	struct peer peer;

	peer_begin(&peer, &scene, 2 * PAGE);
	assert_ok(importer_unmap(&scene.imp, peer.handle));
	peer_expect_address_dead(&peer);
	peer_map(&peer);
	assert_ok(importer_detach(&scene.imp, peer.handle));
	peer_expect_address_dead(&peer);
	close(peer.dmabuf);
}

/* Several dma-bufs, of the same and of other pages, live at once. */
static void test_many_dma_bufs(void **state)
{
	const __u64 offsets[] = { 0, 5 * PAGE, 2 * PAGE, 5 * PAGE };
	int fds[4], handles[4], i;

	for (i = 0; i < 4; i++) {
		fds[i] = scene_export(&scene, offsets[i], PAGE);
		handles[i] = scene_map(&scene, fds[i]);
	}
	for (i = 0; i < 4; i++)
		scene_check_write(&scene, handles[i], offsets[i], 64, i);

	/* The end of one leaves the others alone, its alias included. */
	assert_ok(importer_detach(&scene.imp, handles[1]));
	close(fds[1]);
	for (i = 0; i < 4; i++) {
		if (i == 1)
			continue;
		scene_check_write(&scene, handles[i], offsets[i], 64, 10 + i);
		assert_ok(importer_detach(&scene.imp, handles[i]));
		close(fds[i]);
	}
}

/* Two importers share a dma-buf; one unmaps, the other goes on. */
static void test_two_importers(void **state)
{
	int fd = scene_export(&scene, PAGE, 2 * PAGE);
	int handle = scene_map(&scene, fd);
	struct importer other;
	int other_handle;

	assert_ok(importer_open(&other, env_bdf_or_skip("IMPORTER_EDU1")));
	other_handle = assert_ok(importer_attach(&other, fd,
						 P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&other, other_handle, P2P_TEST_BIDIRECTIONAL));

	write_pattern(&other, other_handle, PAGE, PAGE, IMPORTER);
	expect_only(2 * PAGE, 3 * PAGE, IMPORTER);
	scene_check_write(&scene, handle, PAGE, 256, 1);

	assert_ok(importer_detach(&scene.imp, handle));
	write_pattern(&other, other_handle, 0, 256, 2);
	assert_int_equal(pattern_check_io(scene.bar + PAGE, 256, 2, 0), 256);

	importer_close(&other);
	close(fd);
}

/* An export through the misc device is the same as one through the device fd */
static void test_misc_device(void **state)
{
	int fd = assert_ok(p2p_export_range(scene.control, scene.dev.fd,
					    SCENE_BAR, 6 * PAGE, PAGE));
	int handle = scene_map(&scene, fd);

	write_pattern(&scene.imp, handle, 0, PAGE, IMPORTER);
	expect_only(6 * PAGE, 7 * PAGE, IMPORTER);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

#define CMB(fn)	{ #fn ", CMB", fn, setup_nvme, teardown, NULL }
#define RAM(fn)	{ #fn ", RAM", fn, setup_ivshmem, teardown, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		CMB(test_write_whole),
		RAM(test_write_whole),
		CMB(test_write_at_offset),
		RAM(test_write_at_offset),
		CMB(test_write_to_the_end),
		RAM(test_write_to_the_end),
		CMB(test_read),
		RAM(test_read),
		CMB(test_direction),
		RAM(test_direction),
		CMB(test_neighbour_pages),
		RAM(test_neighbour_pages),
		CMB(test_unmap),
		RAM(test_unmap),
		CMB(test_many_dma_bufs),
		RAM(test_many_dma_bufs),
		CMB(test_two_importers),
		RAM(test_two_importers),
		CMB(test_misc_device),
		RAM(test_misc_device),
	};

	return tap_run(tests, NULL, NULL);
}
