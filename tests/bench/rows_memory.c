// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exports take of the kernel's memory: by how much its slabs grow.  Objects
 * of many dma-bufs, so that what else comes and goes does not count.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rows.h"
#include "sample.h"
#include "slab.h"
#include "tap.h"

#define DMABUFS	4096

/*
 * Slabs come in sizes that double.  So many that what goes with the ranges does
 * not decide which they fit in.
 */
#define RANGES	192

static struct slab_usage before, after;

/* Of the caches whose names begin like that */
static long growth(const char *prefix)
{
	long bytes = 0;
	unsigned int i;

	for (i = 0; i < after.nr; i++)
		if (!strncmp(after.caches[i].name, prefix, strlen(prefix)))
			bytes += slab_growth(&before, &after.caches[i]) *
				 after.caches[i].size;

	return bytes;
}

/*
 * Bytes of each of so many dma-bufs.  As many again are made before, and use up
 * what the caches have to give without growing.
 */
static long measure(const struct maker *maker, unsigned int dmabufs,
		    unsigned int ranges)
{
	struct request *request = request_make(maker, SHAPE_GAPS, ranges);
	int *fds = calloc(2 * dmabufs, sizeof(*fds));
	unsigned int i;

	assert_non_null(fds);
	for (i = 0; i < 2 * dmabufs; i++) {
		if (i == dmabufs)
			slab_measure(&before);
		fds[i] = maker_export(maker, request);
	}
	slab_measure(&after);
	for (i = 0; i < 2 * dmabufs; i++)
		close(fds[i]);
	free(fds);
	request_free(request);

	return growth("") / (long)dmabufs;
}

/* Bytes that a map and its unmap leave behind; they take what kmalloc() gives. */
static long measure_lost(const struct maker *maker, struct importer *importer)
{
	struct request *request = request_make(maker, SHAPE_GAPS, 1);
	const int dmabuf = maker_export(maker, request);
	unsigned int i;
	int handle;

	handle = assert_ok(importer_attach(importer, dmabuf, P2P_TEST_DYNAMIC));
	slab_measure(&before);
	for (i = 0; i < DMABUFS; i++) {
		assert_ok(importer_map(importer, handle,
				       P2P_TEST_BIDIRECTIONAL));
		assert_ok(importer_unmap(importer, handle));
	}
	slab_measure(&after);
	assert_ok(importer_detach(importer, handle));
	close(dmabuf);
	request_free(request);

	return growth("kmalloc") / DMABUFS;
}

void rows_memory(const struct maker *maker, struct importers *importers)
{
	const long lost = measure_lost(maker, &importers->of[WAY_IDENTITY]);
	const long one = measure(maker, DMABUFS, 1);
	const long many = measure(maker, DMABUFS / 4, RANGES);

	sample_print_value(one, maker->name, "bytes-export", 1);
	sample_print_value((many - one) / (RANGES - 1), maker->name,
			   "bytes-range", 1);
	sample_print_value(lost > 0 ? lost : 0, maker->name, "bytes-lost-map",
			   1);
}
