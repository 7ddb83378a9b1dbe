// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <unistd.h>

#include "array.h"
#include "iommu_entries.h"
#include "rows.h"
#include "sample.h"
#include "tap.h"

#define WARM_UP	3

const char *way_name(enum way way)
{
	static const char *const names[] = {
		[WAY_IOMMU] = "iommu",
		[WAY_IDENTITY] = "identity",
		[WAY_BUS] = "bus",
	};

	return names[way];
}

/**
 * struct mapping - what is measured
 * @maker: of the dma-buf
 * @importer: of it
 * @way: of the importer
 * @shape: how the ranges lie
 * @count: how many, or how large
 */
struct mapping {
	struct maker maker;
	struct importer *importer;
	enum way way;
	enum shape shape;
	__u64 count;
};

static void print(const struct mapping *mapping, const char *what,
		  const struct sample *sample)
{
	static const char *const shapes[] = {
		[SHAPE_ONE] = "size",
		[SHAPE_ADJACENT] = "adjacent",
		[SHAPE_GAPS] = "gaps",
	};
	char row[64];

	snprintf(row, sizeof(row), "%s-%s-%s", what, way_name(mapping->way),
		 shapes[mapping->shape]);
	sample_print(sample, mapping->maker.name, row, mapping->count);
}

static void map_one(const struct mapping *mapping, int handle,
		    struct sample *map, struct sample *unmap)
{
	u64 begin, middle;

	begin = sample_clock();
	assert_ok(importer_map(mapping->importer, handle,
			       P2P_TEST_BIDIRECTIONAL));
	middle = sample_clock();
	assert_ok(importer_unmap(mapping->importer, handle));
	if (!map)
		return;
	sample_add(unmap, sample_clock() - middle);
	sample_add(map, middle - begin);
}

/* More would not fit in the trace buffer. */
#define MAX_TRACED	4096

static void print_entries(const struct mapping *mapping, int handle)
{
	struct sample sg = {}, iommu = {};
	struct p2p_test_stat stat;

	iommu_entries_begin();
	assert_ok(importer_map(mapping->importer, handle,
			       P2P_TEST_BIDIRECTIONAL));
	sample_add(&iommu, iommu_entries_end());
	assert_ok(importer_stat(mapping->importer, handle, &stat));
	assert_ok(importer_unmap(mapping->importer, handle));
	sample_add(&sg, stat.nents);
	print(mapping, "entries", &sg);
	if (mapping->way == WAY_IOMMU &&
	    (mapping->shape == SHAPE_ONE || mapping->count <= MAX_TRACED))
		print(mapping, "pte", &iommu);
}

static void measure(const struct mapping *mapping)
{
	const bool few = mapping->shape != SHAPE_ONE && mapping->count > 4096;
	struct sample map = {}, unmap = {};
	struct request *request;
	int dmabuf, handle;
	unsigned int i;

	request = request_make(&mapping->maker, mapping->shape, mapping->count);
	dmabuf = maker_export(&mapping->maker, request);
	handle = assert_ok(importer_attach(mapping->importer, dmabuf,
					   P2P_TEST_DYNAMIC));

	sample_settle();
	for (i = 0; i < (few ? 1 : WARM_UP); i++)
		map_one(mapping, handle, NULL, NULL);
	for (i = 0; i < (few ? 3 : 15); i++)
		map_one(mapping, handle, &map, &unmap);
	print(mapping, "map", &map);
	print(mapping, "unmap", &unmap);
	print_entries(mapping, handle);

	assert_ok(importer_detach(mapping->importer, handle));
	close(dmabuf);
	request_free(request);
}

static struct mapping prepare(const struct maker *maker,
			      struct importers *importers, enum way way)
{
	struct mapping mapping = {
		.maker = *maker,
		.importer = &importers->of[way],
		.way = way,
	};

	mapping.maker.bus_address = way == WAY_BUS;

	return mapping;
}

static void measure_shape(struct mapping mapping, enum shape shape, __u64 count)
{
	mapping.shape = shape;
	mapping.count = count;
	measure(&mapping);
}

void rows_map(const struct maker *maker, struct importers *importers,
	      bool ranges_broken)
{
	static const __u64 sizes[] = { 1ULL << 12, 1ULL << 21, 1ULL << 30,
				       1ULL << 34 };
	static const __u64 counts[] = { 1, 16, 256, 4096, 65536 };
	struct mapping mapping;
	enum way way;
	unsigned int i;

	for (way = 0; way < WAYS; way++) {
		mapping = prepare(maker, importers, way);
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			measure_shape(mapping, SHAPE_ONE, sizes[i]);
		if (ranges_broken && way == WAY_IOMMU)
			continue;
		for (i = 0; i < ARRAY_SIZE(counts); i++)
			measure_shape(mapping, SHAPE_GAPS, counts[i]);
		measure_shape(mapping, SHAPE_ADJACENT, 4096);
	}
}

void rows_map_few(const struct maker *maker, struct importers *importers)
{
	struct mapping mapping;

	mapping = prepare(maker, importers, WAY_IOMMU);
	measure_shape(mapping, SHAPE_ONE, MAKER_PAGE);
	mapping = prepare(maker, importers, WAY_IDENTITY);
	measure_shape(mapping, SHAPE_GAPS, 4096);
}

static void attach_one(struct importer *importer, int dmabuf,
		       struct sample *attach, struct sample *detach)
{
	u64 begin, middle;
	int handle;

	begin = sample_clock();
	handle = assert_ok(importer_attach(importer, dmabuf, P2P_TEST_DYNAMIC));
	middle = sample_clock();
	assert_ok(importer_detach(importer, handle));
	if (!attach)
		return;
	sample_add(detach, sample_clock() - middle);
	sample_add(attach, middle - begin);
}

static void measure_attach(const struct maker *maker, struct importer *importer,
			   enum way way, int dmabuf)
{
	struct sample attach = {}, detach = {};
	char row[64];
	unsigned int i;

	sample_settle();
	for (i = 0; i < WARM_UP; i++)
		attach_one(importer, dmabuf, NULL, NULL);
	for (i = 0; i < 15; i++)
		attach_one(importer, dmabuf, &attach, &detach);

	snprintf(row, sizeof(row), "attach-%s", way_name(way));
	sample_print(&attach, maker->name, row, 1);
	snprintf(row, sizeof(row), "detach-%s", way_name(way));
	sample_print(&detach, maker->name, row, 1);
}

void rows_attach(const struct maker *maker, struct importers *importers)
{
	struct request *request = request_make(maker, SHAPE_GAPS, 1);
	const int dmabuf = maker_export(maker, request);
	enum way way;

	for (way = 0; way < WAYS; way++)
		measure_attach(maker, &importers->of[way], way, dmabuf);
	close(dmabuf);
	request_free(request);
}
