// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dma-bufs cost, in the guest: lines for scripts/bench, see sample.h.
 *
 * In one boot, one after the other: what others pay without the module, and with
 * it; dma-bufs of the kernel, if it makes them itself; dma-bufs of the module, with
 * exporter=own; dma-bufs of the floor; reads of a drive into the BAR.
 *
 * The kernel argument rig.bench=guard leaves all out but what scripts/bench guard
 * looks at, rig.bench=files all but the reads of a drive.  rig.profile=WHO:THING does
 * one thing only, with a dma-buf of WHO.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>

#include "env.h"
#include "kmod.h"
#include "profile.h"
#include "rows.h"
#include "sample.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"

#define MODULE_FLOOR	"p2p_floor"

/* More than there are dma-bufs at any time */
#define MAX_FILES	16384

static struct vfio_dev device;
static struct importers importers;
static bool few;

static const char *bdf_of(const char *name)
{
	const char *bdf = env_bdf(name);

	assert_non_null(bdf);

	return bdf;
}

/* The domain of a device that has no driver yet */
static void set_domain(const char *bdf, const char *type)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/type",
		 (int)assert_ok(pci_iommu_group(bdf)));
	assert_ok(sysfs_write(path, type));
}

static void open_device(void)
{
	assert_ok(vfio_dev_open(&device, bdf_of("EXPORTER")));
	assert_ok(vfio_config_set_memory(&device, true));
}

/* Is that all that is wanted? */
static bool only(const char *rows)
{
	const char *wanted = env_rig("bench");

	return wanted && !strcmp(wanted, rows);
}

static void begin(void)
{
	static const char *const names[] = {
		[WAY_IOMMU] = "IMPORTER_IOMMU",
		[WAY_IDENTITY] = "IMPORTER_IDENT",
		[WAY_BUS] = "IMPORTER_BUS",
	};
	const struct rlimit limit = { MAX_FILES, MAX_FILES };
	enum way way;

	few = only("guard");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	set_domain(bdf_of(names[WAY_IDENTITY]), "identity");
	assert_ok(module_load(MODULE_IMPORTER, NULL));
	assert_ok(module_load(MODULE_FLOOR, NULL));
	for (way = 0; way < WAYS; way++)
		assert_ok(importer_open(&importers.of[way],
					bdf_of(names[way])));
	assert_ok(pci_bind(bdf_of("EXPORTER"), "vfio-pci"));
	assert_ok(pci_bind(bdf_of("PLAIN"), "vfio-pci"));
	sample_begin();
}

/*
 * Linux 7.3 links every range at the begin of the IOVA it has allocated, if there
 * is some: what follows the first can't be mapped.
 */
static void measure_maker(const struct maker *maker, bool ranges_broken)
{
	rows_export(maker, few);
	if (few) {
		rows_map_few(maker, &importers);
		rows_revoke_few(maker, &importers);
		return;
	}

	rows_attach(maker, &importers);
	rows_map(maker, &importers, ranges_broken);
	rows_revoke(maker, &importers);
	rows_live(maker, &importers);
	rows_memory(maker, &importers);
	if (!maker_is_floor(maker))
		rows_data(maker, &importers);
}

static bool kernel_has_feature(void)
{
	return !vfio_feature_probe(device.fd, VFIO_DEVICE_FEATURE_DMA_BUF,
				   VFIO_DEVICE_FEATURE_GET);
}

static void measure_callers(const char *who)
{
	open_device();
	if (few)
		rows_callers_few(who, &device);
	else
		rows_callers(who, &device, bdf_of("PLAIN"));
	vfio_dev_close(&device);
}

/*
 * With nothing between the two: by the machine's own clock all system calls, also
 * those that the module has no part in, took QEMU 1.7 to 1.9 times as long after
 * dma-bufs had been measured as before.
 */
static void compare_callers(void)
{
	measure_callers("without");
	assert_ok(module_load(MODULE_UNDER_TEST, "exporter=own"));
	measure_callers("own");
	assert_ok(module_unload(MODULE_UNDER_TEST));
}

/* Returns with the device open. */
static void measure_device(const char *who)
{
	struct maker maker;

	open_device();
	if (!kernel_has_feature())
		return;

	maker_init(&maker, who, &device);
	measure_maker(&maker, !strcmp(who, "native"));
	maker_fini(&maker);
}

static void measure_floor(void)
{
	struct maker maker;

	maker_init_floor(&maker, &device);
	measure_maker(&maker, false);
	maker_fini(&maker);
}

static void profile_thing(const char *who, const char *thing)
{
	struct maker maker;

	if (!strcmp(who, "own"))
		assert_ok(module_load(MODULE_UNDER_TEST, "exporter=own"));
	open_device();
	if (!strcmp(who, "floor"))
		maker_init_floor(&maker, &device);
	else
		maker_init(&maker, who, &device);
	profile(&maker, &importers, thing);
	maker_fini(&maker);
	vfio_dev_close(&device);
}

/* Returns whether that was asked for. */
static bool profile_asked(void)
{
	const char *arg = env_rig("profile");
	char who[16], thing[32];

	if (!arg)
		return false;

	if (sscanf(arg, "%15[^:]:%31s", who, thing) != 2)
		fail();
	profile_thing(who, thing);

	return true;
}

/* The drive is there for nothing else, and its driver not before. */
static void measure_files(void)
{
	const char *drive = bdf_of("DRIVE");

	assert_int_equal(system("modprobe nvme"), 0);
	assert_ok(pci_bind(drive, "nvme"));
	open_device();
	rows_files_without(&device, drive);
	vfio_dev_close(&device);

	assert_ok(module_load(MODULE_UNDER_TEST, "exporter=own"));
	open_device();
	rows_files_pages(&device, drive);
	vfio_dev_close(&device);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_ok(pci_unbind(drive));
}

static void measure(void)
{
	compare_callers();
	measure_device("native");
	vfio_dev_close(&device);
	assert_ok(module_load(MODULE_UNDER_TEST, "exporter=own"));
	measure_device("own");
	if (!few) {
		rows_route(&device, bdf_of("IMPORTER_IOMMU"));
		measure_floor();
	}
	vfio_dev_close(&device);
	assert_ok(module_unload(MODULE_UNDER_TEST));
}

int main(void)
{
	tap_begin();
	begin();
	if (!profile_asked()) {
		if (!only("files"))
			measure();
		if (!few)
			measure_files();
	}
	printf("bench end\n");

	return 0;
}
