// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thing over and over, for "scripts/bench profile": the emulator counts what
 * runs from profile_begin() to profile_end().  What comes after that tells where
 * the kernel's functions are.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "array.h"
#include "profile.h"
#include "rows.h"
#include "sample.h"
#include "sysfs.h"
#include "tap.h"

#define TIMES	64

/* In a line */
#define SYMBOLS	64

/**
 * struct scenery - what is profiled
 * @maker: of the dma-bufs
 * @request: for @maker
 * @importer: of them
 * @dmabuf: made by @request
 * @handle: its attachment
 */
struct scenery {
	const struct maker *maker;
	struct request *request;
	struct importer *importer;
	int dmabuf;
	int handle;
};

__attribute__((noinline)) void profile_begin(void)
{
	asm volatile("" : : : "memory");
}

__attribute__((noinline)) void profile_end(void)
{
	asm volatile("" : : : "memory");
}

static void do_export(struct scenery *scenery)
{
	profile_begin();
	close(maker_export(scenery->maker, scenery->request));
	profile_end();
}

static void do_attach(struct scenery *scenery)
{
	int handle;

	profile_begin();
	handle = importer_attach(scenery->importer, scenery->dmabuf,
				 P2P_TEST_DYNAMIC);
	importer_detach(scenery->importer, handle);
	profile_end();
}

static void do_map(struct scenery *scenery)
{
	profile_begin();
	importer_map(scenery->importer, scenery->handle,
		     P2P_TEST_BIDIRECTIONAL);
	importer_unmap(scenery->importer, scenery->handle);
	profile_end();
}

static void do_revoke(struct scenery *scenery)
{
	assert_ok(importer_map(scenery->importer, scenery->handle,
			       P2P_TEST_BIDIRECTIONAL));
	profile_begin();
	maker_revoke(scenery->maker, scenery->dmabuf);
	maker_restore(scenery->maker, scenery->dmabuf);
	profile_end();
}

static void do_info(struct scenery *scenery)
{
	struct vfio_device_info arg = { .argsz = sizeof(arg) };

	profile_begin();
	ioctl(scenery->maker->device->fd, VFIO_DEVICE_GET_INFO, &arg);
	profile_end();
}

static const struct {
	const char *name;
	void (*fn)(struct scenery *scenery);
	enum way way;
	__u64 ranges;
} things[] = {
	{ "export", do_export, WAY_IOMMU, 1 },
	{ "export-4096", do_export, WAY_IOMMU, 4096 },
	{ "attach", do_attach, WAY_IOMMU, 1 },
	{ "map-iommu", do_map, WAY_IOMMU, 1 },
	{ "map-identity", do_map, WAY_IDENTITY, 1 },
	{ "map-bus", do_map, WAY_BUS, 1 },
	{ "map-bus-4096", do_map, WAY_BUS, 4096 },
	{ "revoke", do_revoke, WAY_IOMMU, 1 },
	{ "info", do_info, WAY_IOMMU, 1 },
};

/*
 * "symbols ADDRESS:NAME ADDRESS:NAME...", many lines: a few long ones take the rig
 * less time than many short ones.
 */
static void print_symbols(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], address[32], name[256], type;
	unsigned int nr = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%31s %c %255s", address, &type, name) != 3 ||
		    !strchr("tTwW", type))
			continue;
		printf("%s %s:%s", nr % SYMBOLS ? "" : "\nsymbols", address,
		       name);
		nr++;
	}
	printf("\n");
	fclose(file);
}

static void run(struct scenery *scenery, void (*fn)(struct scenery *scenery))
{
	unsigned int i;

	for (i = 0; i < TIMES; i++)
		fn(scenery);
	printf("bench profiled %u\n", TIMES);
	print_symbols();
}

void profile(struct maker *maker, struct importers *importers, const char *name)
{
	struct scenery scenery = { .maker = maker };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(things) && strcmp(things[i].name, name); i++)
		;
	assert_true(i < ARRAY_SIZE(things));

	maker->bus_address = things[i].way == WAY_BUS;
	scenery.request = request_make(maker, SHAPE_GAPS, things[i].ranges);
	scenery.importer = &importers->of[things[i].way];
	scenery.dmabuf = maker_export(maker, scenery.request);
	scenery.handle = assert_ok(importer_attach(scenery.importer,
						   scenery.dmabuf,
						   P2P_TEST_DYNAMIC));
	sample_settle();
	run(&scenery, things[i].fn);
	assert_ok(importer_detach(scenery.importer, scenery.handle));
	close(scenery.dmabuf);
	request_free(scenery.request);
}
