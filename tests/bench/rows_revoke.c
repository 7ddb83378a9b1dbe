// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "array.h"
#include "rows.h"
#include "sample.h"
#include "tap.h"

#define WARM_UP		2
#define SAMPLES		7

/**
 * struct held - dma-bufs and attachments
 * @maker: of the dma-bufs
 * @importer: of all of them
 * @dmabufs: fds
 * @nr_dmabufs: how many
 * @handles: attachments
 * @nr_handles: how many
 */
struct held {
	const struct maker *maker;
	struct importer *importer;
	int *dmabufs;
	unsigned int nr_dmabufs;
	int *handles;
	unsigned int nr_handles;
};

static void hold(struct held *held, const struct maker *maker,
		 struct importer *importer, unsigned int dmabufs)
{
	struct request *request = request_make(maker, SHAPE_GAPS, 1);

	*held = (struct held) { .maker = maker, .importer = importer };
	held->dmabufs = calloc(dmabufs, sizeof(int));
	assert_non_null(held->dmabufs);
	while (held->nr_dmabufs < dmabufs)
		held->dmabufs[held->nr_dmabufs++] =
			maker_export(maker, request);
	request_free(request);
}

/* So many importers of each dma-buf */
static void attach(struct held *held, unsigned int each)
{
	unsigned int i, j;

	held->handles = calloc(each * held->nr_dmabufs + 1, sizeof(int));
	assert_non_null(held->handles);
	for (i = 0; i < held->nr_dmabufs; i++)
		for (j = 0; j < each; j++)
			held->handles[held->nr_handles++] =
				assert_ok(importer_attach(held->importer,
							  held->dmabufs[i],
							  P2P_TEST_DYNAMIC));
}

static void let_go(struct held *held)
{
	unsigned int i;

	for (i = 0; i < held->nr_handles; i++)
		assert_ok(importer_detach(held->importer, held->handles[i]));
	for (i = 0; i < held->nr_dmabufs; i++)
		close(held->dmabufs[i]);
	free(held->handles);
	free(held->dmabufs);
}

static void map_all(const struct held *held)
{
	unsigned int i;

	for (i = 0; i < held->nr_handles; i++)
		assert_ok(importer_map(held->importer, held->handles[i],
				       P2P_TEST_BIDIRECTIONAL));
}

static void revoke_one(const struct held *held, struct sample *revoke,
		       struct sample *restore)
{
	u64 begin, middle;

	map_all(held);
	begin = sample_clock();
	maker_revoke(held->maker, held->dmabufs[0]);
	middle = sample_clock();
	maker_restore(held->maker, held->dmabufs[0]);
	if (!revoke)
		return;
	sample_add(restore, sample_clock() - middle);
	sample_add(revoke, middle - begin);
}

static void measure(const struct held *held, const char *what, u64 count)
{
	struct sample revoke = {}, restore = {};
	unsigned int i;
	char row[64];

	sample_settle();
	for (i = 0; i < WARM_UP; i++)
		revoke_one(held, NULL, NULL);
	for (i = 0; i < SAMPLES; i++)
		revoke_one(held, &revoke, &restore);

	snprintf(row, sizeof(row), "revoke-%s", what);
	sample_print(&revoke, held->maker->name, row, count);
	snprintf(row, sizeof(row), "restore-%s", what);
	sample_print(&restore, held->maker->name, row, count);
}

static void measure_importers(const struct maker *maker,
			      struct importer *importer, unsigned int count)
{
	struct held held;

	hold(&held, maker, importer, 1);
	attach(&held, count);
	measure(&held, "importers", count);
	let_go(&held);
}

void rows_revoke(const struct maker *maker, struct importers *importers)
{
	static const unsigned int counts[] = { 0, 1, 16, 256 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++)
		measure_importers(maker, &importers->of[WAY_IOMMU], counts[i]);
}

void rows_revoke_few(const struct maker *maker, struct importers *importers)
{
	measure_importers(maker, &importers->of[WAY_IOMMU], 1);
}

static void measure_one_more(const struct maker *maker, unsigned int count)
{
	struct request *request = request_make(maker, SHAPE_GAPS, 1);
	struct sample sample = {};
	unsigned int i;
	u64 begin;

	sample_settle();
	for (i = 0; i < WARM_UP + SAMPLES; i++) {
		begin = sample_clock();
		close(maker_export(maker, request));
		if (i >= WARM_UP)
			sample_add(&sample, sample_clock() - begin);
	}
	sample_print(&sample, maker->name, "export-live", count);
	request_free(request);
}

void rows_live(const struct maker *maker, struct importers *importers)
{
	static const unsigned int counts[] = { 1, 16, 256, 1024, 4096 };
	struct held held;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		hold(&held, maker, &importers->of[WAY_IOMMU], counts[i]);
		measure_one_more(maker, counts[i]);
		/* The floor moves one dma-buf at a time. */
		if (!maker_is_floor(maker))
			measure(&held, "live", counts[i]);
		let_go(&held);
	}
}
