// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "boot.h"
#include "caller.h"
#include "env.h"
#include "foreign.h"
#include "kmod.h"
#include "model.h"
#include "report.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"
#include "world.h"

struct world world = {
	.control = -1,
	.devices = {
		{ .name = "EXPORTER_NVME" },
		{ .name = "EXPORTER_IVSHMEM" },
		{ .name = "ERRNO_TESTDEV" },
	},
};

static unsigned int base_fds;

unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int nr = 0;

	assert_non_null(dir);
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

/* From the file "resource": start, end and flags, a line for each BAR */
static void read_bars(struct device *device, const char *bdf)
{
	unsigned long long start, end, flags;
	char path[128];
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource", bdf);
	file = fopen(path, "r");
	assert_non_null(file);
	for (i = 0; i < NR_BARS; i++) {
		assert_int_equal(fscanf(file, "%llx %llx %llx", &start, &end,
					&flags), 3);
		device->bars[i] = (struct bar) {
			.start = start,
			.size = flags ? end - start + 1 : 0,
			.memory = flags & 0x200,	/* IORESOURCE_MEM */
			.prefetchable = flags & 0x2000,
		};
	}
	fclose(file);
}

void device_open_window(struct device *device)
{
	void *addr;

	if (device->window || device->bars[WINDOW_BAR].size < WINDOW)
		return;
	assert_ok(vfio_region_mmap(&device->vfio, WINDOW_BAR, 0, WINDOW,
				   &addr));
	device->window = addr;
}

void device_open(struct device *device)
{
	const char *bdf = env_bdf_or_skip(device->name);
	int ret;

	assert_ok(pci_bind(bdf, "vfio-pci"));
	ret = vfio_dev_open(&device->vfio, bdf);
	if (ret)
		bug("%s can't be opened again: %s", device->name,
		    strerror(-ret));
	assert_ok(vfio_config_set_memory(&device->vfio, true));
	read_bars(device, bdf);
	ret = vfio_config_find_cap(&device->vfio, PCI_CAP_ID_PM);
	device->pm_cap = ret > 0 ? ret : 0;
	device->opens++;
	device->decode = true;
	device->d3hot = NO;
	device->low_power = NO;
	device_open_window(device);
}

void device_close_window(struct device *device)
{
	if (device->window)
		munmap((void *)device->window, WINDOW);
	device->window = NULL;
}

void device_close(struct device *device)
{
	device_close_window(device);
	vfio_dev_close(&device->vfio);
}

bool device_window_usable(const struct device *device)
{
	return device->window && model_access(device) == YES;
}

static void open_importers(void)
{
	assert_ok(importer_open(&world.importers[0],
				env_bdf_or_skip("IMPORTER_EDU0")));
	assert_ok(importer_open(&world.importers[1],
				env_bdf_or_skip("IMPORTER_EDU1")));
	assert_ok(importer_open_nonpci(&world.importers[IMPORTER_NONPCI]));
}

void world_open(void)
{
	struct vfio_p2p_info info;
	int i;

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_IMPORTER));
	world.control = assert_ok(p2p_open());
	assert_ok(p2p_info(world.control, &info));
	world.capabilities = info.capabilities;
	world.clears_memory = boot_clears_memory();
	for (i = 0; i < NR_DEVICES; i++)
		device_open(&world.devices[i]);
	open_importers();
	foreign_open();
	callers_start();
	base_fds = count_fds();
}

void world_close(void)
{
	int i;

	callers_stop();
	for (i = 0; i < NR_IMPORTERS; i++)
		importer_close(&world.importers[i]);
	for (i = 0; i < NR_DEVICES; i++)
		device_close(&world.devices[i]);
	close(world.control);
}

static void expect_unload(const char *name)
{
	int ret = module_unload(name);

	if (ret)
		bug("%s can't be unloaded: %s", name, strerror(-ret));
}

void world_renew(void)
{
	world_close();
	expect_unload(MODULE_IMPORTER);
	expect_unload(MODULE_UNDER_TEST);
	world_open();
}

struct buffer *buffer_free_slot(void)
{
	int i;

	for (i = 0; i < NR_BUFFERS; i++)
		if (!world.buffers[i].used)
			return &world.buffers[i];
	return NULL;
}

struct buffer *buffer_pick(__u32 choice)
{
	int i;

	for (i = 0; i < NR_BUFFERS; i++) {
		struct buffer *buf = &world.buffers[(choice + i) % NR_BUFFERS];

		if (buf->used && buf->fd >= 0)
			return buf;
	}
	return NULL;
}

struct attachment *attachment_free_slot(void)
{
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++)
		if (!world.attachments[i].handle)
			return &world.attachments[i];
	return NULL;
}

struct attachment *attachment_pick(__u32 choice)
{
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++) {
		struct attachment *att;

		att = &world.attachments[(choice + i) % NR_ATTACHMENTS];
		if (att->handle)
			return att;
	}
	return NULL;
}

static void forget_unused(struct buffer *buf)
{
	int i;

	if (buf->fd >= 0)
		return;
	for (i = 0; i < NR_ATTACHMENTS; i++)
		if (world.attachments[i].handle &&
		    world.attachments[i].buffer == buf)
			return;
	free(buf->ranges);
	*buf = (struct buffer) { .fd = -1 };
}

void buffer_close(struct buffer *buf)
{
	close(buf->fd);
	buf->fd = -1;
	forget_unused(buf);
}

void attachment_forget(struct attachment *att)
{
	struct buffer *buf = att->buffer;

	*att = (struct attachment) { 0 };
	forget_unused(buf);
}

static void drop_attachments(void)
{
	struct attachment *att;
	int ret;

	while ((att = attachment_pick(0))) {
		ret = importer_detach(&world.importers[att->importer],
				      att->handle);
		if (ret)
			bug("detach at the end: %s", strerror(-ret));
		attachment_forget(att);
	}
}

static void wake_device(struct device *device)
{
	if (device->vfio.fd < 0) {
		device_open(device);
		return;
	}
	if (device->low_power != NO)
		must(vfio_feature_low_power_exit(device->vfio.fd));
	if (device->pm_cap && (device->d3hot != NO || device->low_power != NO))
		must(vfio_config_set_power(&device->vfio, 0));
	if (!device->decode)
		must(vfio_config_set_memory(&device->vfio, true));
	device->low_power = NO;
	device->d3hot = NO;
	device->decode = true;
}

/* One for each dma-buf, and for each file of the misc device */
static void check_references(int expected)
{
	int refs = module_refcount(MODULE_UNDER_TEST);

	if (refs != expected)
		bug("%d references to the module, not %d", refs, expected);
}

void world_reset(void)
{
	struct buffer *buf;
	unsigned int fds;
	int i;

	drop_attachments();
	while ((buf = buffer_pick(0)))
		buffer_close(buf);
	for (i = 0; i < NR_DEVICES; i++)
		wake_device(&world.devices[i]);

	fds = count_fds();
	if (fds != base_fds)
		bug("%d fds more than before", (int)(fds - base_fds));
	/* It closes what it sent after it has answered; now it has. */
	callers_check_fds();
	check_references(1 + callers_files());
}
