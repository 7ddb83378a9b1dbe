// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "iommu_entries.h"
#include "sysfs.h"
#include "tap.h"
#include "trace.h"

#define TRACING	"/sys/kernel/debug/tracing/"
#define MAPPING	": map: IOMMU: "

typedef unsigned long long u64;

static const u64 sizes[] = { 1ULL << 30, 1ULL << 21, 1ULL << 12 };

static u64 count(u64 iova, u64 paddr, u64 size)
{
	u64 nr = 0;
	unsigned int i;

	for (; size; nr++) {
		for (i = 0; i < ARRAY_SIZE(sizes) - 1; i++)
			if (size >= sizes[i] && !((iova | paddr) % sizes[i]))
				break;
		iova += sizes[i];
		paddr += sizes[i];
		size -= sizes[i] < size ? sizes[i] : size;
	}

	return nr;
}

void iommu_entries_begin(void)
{
	trace_empty();
	assert_ok(sysfs_write(TRACING "events/iommu/map/enable", "1"));
}

u64 iommu_entries_end(void)
{
	u64 iova, paddr, size, nr = 0;
	int fields;
	const char *event;
	char line[512];
	FILE *file;

	assert_ok(sysfs_write(TRACING "events/iommu/map/enable", "0"));
	file = fopen(TRACING "trace", "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		event = strstr(line, MAPPING);
		if (!event)
			continue;
		fields = sscanf(event + strlen(MAPPING),
				"iova=%llx - %*x paddr=%llx size=%llu", &iova,
				&paddr, &size);
		assert_int_equal(fields, 3);
		nr += count(iova, paddr, size);
	}
	fclose(file);
	trace_empty();

	return nr;
}
