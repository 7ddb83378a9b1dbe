// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>

#include "array.h"
#include "rows.h"
#include "sample.h"

/* The first ones find caches cold, tables still to be allocated... */
#define WARM_UP	3

static void export_one(const struct maker *maker, const struct request *request,
		       struct sample *sample)
{
	const u64 begin = sample_clock();

	close(maker_export(maker, request));
	if (sample)
		sample_add(sample, sample_clock() - begin);
}

static void measure(const struct maker *maker, const char *row,
		    enum shape shape, __u64 count)
{
	const unsigned int samples = count < 65536 ? 15 : 3;
	struct request *request = request_make(maker, shape, count);
	struct sample sample = {};
	unsigned int i;

	sample_settle();
	for (i = 0; i < WARM_UP; i++)
		export_one(maker, request, NULL);
	for (i = 0; i < samples; i++)
		export_one(maker, request, &sample);
	sample_print(&sample, maker->name, row, count);
	request_free(request);
}

void rows_export(const struct maker *maker, bool few)
{
	static const __u64 counts[] = { 1, 16, 256, 4096, 65536 };
	unsigned int i;

	if (few) {
		measure(maker, "export-gaps", SHAPE_GAPS, 1);
		measure(maker, "export-adjacent", SHAPE_ADJACENT, 4096);
		return;
	}

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		measure(maker, "export-gaps", SHAPE_GAPS, counts[i]);
		measure(maker, "export-adjacent", SHAPE_ADJACENT, counts[i]);
	}
}
