// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two devices with BARs of gigabytes, each with tiles all over its BAR exported as
 * one dma-buf, and an importer that belongs to the other one, as two GPUs would.
 * Data is right on both sides of each border of two tiles, and in the gaps
 * between them nothing changes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bar.h"
#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "p2p.h"
#include "pattern.h"
#include "served.h"
#include "tap.h"
#include "vfio_region.h"

#define PAGE	4096ULL
#define BAR	2

#define TILES	4096
#define TILE	65536ULL

/* How much is looked at on each side of a border */
#define SIZE	64

/* What the owner puts into the gaps, and into what is to be read */
#define GAP	100
#define OWNER	200
#define PEER	300

/**
 * struct side - a device and who imports from it
 * @dev: the device
 * @size: of its BAR
 * @imp: the importer, the other side's
 * @control: fd of the misc device
 * @dmabuf: of the tiles
 * @handle: the attachment
 */
struct side {
	struct vfio_dev dev;
	__u64 size;
	struct importer imp;
	int control;
	int dmabuf;
	int handle;
};

static struct side sides[2];
static struct vfio_p2p_range ranges[TILES];
static struct p2p_test_sg_entry entries[TILES + 1];

/* The first tile is at the beginning of the BAR, the last one at its end. */
static __u64 tile_at(const struct side *side, unsigned int tile)
{
	const __u64 stride = side->size / TILES;

	return tile * stride + (tile == TILES - 1 ? stride - TILE : 0);
}

static void export(struct side *side)
{
	unsigned int i;

	for (i = 0; i < TILES; i++) {
		ranges[i].offset = tile_at(side, i);
		ranges[i].length = TILE;
	}
	side->dmabuf = assert_ok(p2p_export(side->control, side->dev.fd, BAR,
					    O_RDWR | O_CLOEXEC, ranges, TILES));
	side->handle = assert_ok(importer_attach(&side->imp, side->dmabuf,
						 P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&side->imp, side->handle,
			       P2P_TEST_BIDIRECTIONAL));
}

static void side_open(struct side *side, const char *exporter,
		      const char *importer)
{
	served_open(&side->dev, exporter);
	side->size = assert_ok(vfio_region_size(&side->dev, BAR));
	assert_true(pci_bar_start(side->dev.bdf, BAR) >> 32);
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(importer_open(&side->imp, env_bdf_or_skip(importer)));
	side->control = assert_ok(p2p_open());
	export(side);
}

static int setup(void **state)
{
	side_open(&sides[0], "EXPORTER_IVSHMEM0", "IMPORTER_EDU1");
	side_open(&sides[1], "EXPORTER_IVSHMEM1", "IMPORTER_EDU0");
	return 0;
}

static int teardown(void **state)
{
	int i;

	for (i = 0; i < 2; i++) {
		importer_close(&sides[i].imp);
		close(sides[i].dmabuf);
		close(sides[i].control);
		vfio_dev_close(&sides[i].dev);
	}
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct p2p_test_sg_entry *x = a, *y = b;

	return x->dma_address < y->dma_address ? -1 :
	       x->dma_address > y->dma_address;
}

/* One entry a tile, none over another */
static void test_entries(void **state)
{
	struct side *side = *state;
	unsigned int i;

	assert_int_equal(assert_ok(importer_sg(&side->imp, side->handle,
					       entries, TILES + 1)), TILES);
	qsort(entries, TILES, sizeof(entries[0]), by_address);
	for (i = 0; i < TILES; i++) {
		assert_int_equal(entries[i].dma_len, TILE);
		if (i)
			assert_true(entries[i].dma_address >=
				    entries[i - 1].dma_address + TILE);
	}
	assert_int_equal(lseek(side->dmabuf, 0, SEEK_END), TILES * TILE);
}

/* The page at an offset of the BAR, for the owner */
static char *map_page(const struct side *side, __u64 offset)
{
	void *page;

	assert_ok(vfio_region_mmap(&side->dev, BAR, offset, PAGE, &page));
	return page;
}

/* What is at an edge: the last bytes of a page or its first ones */
static void *edge_of(char *page, bool end)
{
	return page + (end ? PAGE - SIZE : 0);
}

/*
 * A function for each of the four pages around the edges of a tile: behind and
 * before the border at its start, before and behind the one at its end.
 */
typedef void (*edge_fn)(void *edge, __u64 place, bool in_tile);

static void at_edge(const struct side *side, __u64 page_at, __u64 place,
		    bool end, bool in_tile, edge_fn fn)
{
	char *page = map_page(side, page_at);

	fn(edge_of(page, end), place, in_tile);
	munmap(page, PAGE);
}

/* PLACE is the offset of the edge in the dma-buf. */
static void at_edges(const struct side *side, unsigned int tile, edge_fn fn)
{
	const __u64 start = tile_at(side, tile), end = start + TILE;
	const __u64 place = tile * TILE;

	if (start)
		at_edge(side, start - PAGE, place, true, false, fn);
	at_edge(side, start, place, false, true, fn);
	at_edge(side, end - PAGE, place + TILE - SIZE, true, true, fn);
	if (end < side->size)
		at_edge(side, end, place, false, false, fn);
}

static void fill(void *edge, __u64 place, bool in_tile)
{
	pattern_fill_io(edge, SIZE, in_tile ? OWNER : GAP, place);
}

static void expect_owner(void *edge, __u64 place, bool in_tile)
{
	assert_int_equal(pattern_check_io(edge, SIZE, in_tile ? OWNER : GAP,
					  place), SIZE);
}

static void expect_peer(void *edge, __u64 place, bool in_tile)
{
	assert_int_equal(pattern_check_io(edge, SIZE, in_tile ? PEER : GAP,
					  place), SIZE);
}

static void all_edges(const struct side *side, edge_fn fn)
{
	unsigned int i;

	for (i = 0; i < TILES; i++)
		at_edges(side, i, fn);
}

/* Border number I is before tile I: half of the data is in the one before it. */
static size_t border(unsigned int i, __u64 *offset)
{
	*offset = i ? i * TILE - SIZE : 0;
	return i && i < TILES ? 2 * SIZE : SIZE;
}

static void test_read(void **state)
{
	struct side *side = *state;
	char data[2 * SIZE];
	unsigned int i;
	__u64 offset;
	size_t size;

	all_edges(side, fill);
	for (i = 0; i <= TILES; i++) {
		size = border(i, &offset);
		assert_ok(importer_read(&side->imp, side->handle, offset, data,
					size));
		assert_int_equal(pattern_check(data, size, OWNER, offset),
				 size);
	}
	all_edges(side, expect_owner);
}

static void test_write(void **state)
{
	struct side *side = *state;
	char data[2 * SIZE];
	unsigned int i;
	__u64 offset;
	size_t size;

	all_edges(side, fill);
	for (i = 0; i <= TILES; i++) {
		size = border(i, &offset);
		pattern_fill(data, size, PEER, offset);
		assert_ok(importer_write(&side->imp, side->handle, offset, data,
					 size));
	}
	all_edges(side, expect_peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "entries, 8 GiB", test_entries, NULL, NULL, &sides[0] },
		{ "entries, 16 GiB", test_entries, NULL, NULL, &sides[1] },
		{ "write, 8 GiB", test_write, NULL, NULL, &sides[0] },
		{ "read, 16 GiB", test_read, NULL, NULL, &sides[1] },
	};

	return tap_run(tests, setup, teardown);
}
