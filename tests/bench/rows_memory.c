// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exports take of the kernel's memory: by how much its slabs grow.  Objects
 * of many dma-bufs, so that what else comes and goes does not count.
 */
#include <stdlib.h>
#include <unistd.h>

#include "rows.h"
#include "sample.h"
#include "slab.h"
#include "tap.h"

#define DMABUFS	2048

/*
 * Slabs come in sizes that double.  So many that what goes with the ranges does
 * not decide which they fit in.
 */
#define RANGES	192

static struct slab_usage before, after;

static long growth(void)
{
	long bytes = 0;
	unsigned int i;

	for (i = 0; i < after.nr; i++)
		bytes += slab_growth(&before, &after.caches[i]) *
			 after.caches[i].size;

	return bytes;
}

/* Bytes of each of so many dma-bufs */
static long measure(const struct maker *maker, unsigned int dmabufs,
		    unsigned int ranges)
{
	struct request *request = request_make(maker, SHAPE_GAPS, ranges);
	int *fds = calloc(dmabufs, sizeof(*fds));
	unsigned int i;

	assert_non_null(fds);
	slab_measure(&before);
	for (i = 0; i < dmabufs; i++)
		fds[i] = maker_export(maker, request);
	slab_measure(&after);
	for (i = 0; i < dmabufs; i++)
		close(fds[i]);
	free(fds);
	request_free(request);

	return growth() / (long)dmabufs;
}

void rows_memory(const struct maker *maker)
{
	const long one = measure(maker, DMABUFS, 1);
	const long many = measure(maker, DMABUFS / 4, RANGES);

	sample_print_value(one, maker->name, "bytes-export", 1);
	sample_print_value((many - one) / (RANGES - 1), maker->name,
			   "bytes-range", 1);
}
