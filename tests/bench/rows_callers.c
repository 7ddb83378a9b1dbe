// SPDX-License-Identifier: GPL-2.0-only
/*
 * What those pay who export nothing.  Each thing is done a few times over, so that
 * what it takes to measure it does not count.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "rows.h"
#include "sample.h"
#include "tap.h"
#include "vfio_region.h"

#define WARM_UP		3
#define SAMPLES		15
#define TIMES		16

/**
 * struct caller - a process with the device
 * @device: open
 * @config: where its config space is in the file
 * @bar: where its BAR is in the file
 * @memory: its BAR, mapped
 */
struct caller {
	const struct vfio_dev *device;
	__u64 config;
	__u64 bar;
	volatile __u32 *memory;
};

typedef void (*call_fn)(const struct caller *caller);

static void config_read(const struct caller *caller)
{
	__u32 value;

	assert_int_equal(pread(caller->device->fd, &value, sizeof(value),
			       caller->config + PCI_VENDOR_ID), sizeof(value));
}

static void config_write(const struct caller *caller)
{
	const __u8 line = 0;

	assert_int_equal(pwrite(caller->device->fd, &line, sizeof(line),
				caller->config + PCI_INTERRUPT_LINE),
			 sizeof(line));
}

static void bar_read(const struct caller *caller)
{
	__u32 value;

	assert_int_equal(pread(caller->device->fd, &value, sizeof(value),
			       caller->bar), sizeof(value));
}

static void bar_write(const struct caller *caller)
{
	const __u32 value = 0;

	assert_int_equal(pwrite(caller->device->fd, &value, sizeof(value),
				caller->bar), sizeof(value));
}

static void device_info(const struct caller *caller)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	assert_int_equal(ioctl(caller->device->fd, VFIO_DEVICE_GET_INFO, &info),
			 0);
}

static void region_info(const struct caller *caller)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = MAKER_BAR,
	};

	assert_int_equal(ioctl(caller->device->fd, VFIO_DEVICE_GET_REGION_INFO,
			       &info), 0);
}

static void feature_probe(const struct caller *caller)
{
	struct vfio_device_feature feature = {
		.argsz = sizeof(feature),
		.flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_PCI_VF_TOKEN,
	};

	/* Not a VF's parent: refused, after all that it takes to get there */
	ioctl(caller->device->fd, VFIO_DEVICE_FEATURE, &feature);
}

static void bar_mmap(const struct caller *caller)
{
	void *addr;

	assert_ok(vfio_region_mmap(caller->device, MAKER_BAR, 0, MAKER_PAGE,
				   &addr));
	*(volatile __u32 *)addr;
	munmap(addr, MAKER_PAGE);
}

static void mapped_access(const struct caller *caller)
{
	caller->memory[1] = caller->memory[0];
}

static void measure(const char *who, const char *row,
		    const struct caller *caller, call_fn fn)
{
	struct sample sample = {};
	unsigned int i, j;
	u64 begin;

	sample_settle();
	for (i = 0; i < WARM_UP + SAMPLES; i++) {
		begin = sample_clock();
		for (j = 0; j < TIMES; j++)
			fn(caller);
		if (i >= WARM_UP)
			sample_add(&sample, sample_clock() - begin);
	}
	sample_print(&sample, who, row, TIMES);
}

static void caller_begin(struct caller *caller, const struct vfio_dev *device)
{
	struct vfio_region_info info;
	void *addr;

	caller->device = device;
	assert_ok(vfio_region_info(device, VFIO_PCI_CONFIG_REGION_INDEX,
				   &info));
	caller->config = info.offset;
	assert_ok(vfio_region_info(device, MAKER_BAR, &info));
	caller->bar = info.offset;
	assert_ok(vfio_region_mmap(device, MAKER_BAR, 0, MAKER_PAGE, &addr));
	caller->memory = addr;
}

static void caller_end(struct caller *caller)
{
	munmap((void *)caller->memory, MAKER_PAGE);
}

/* Time of this thread: a close may wait. */
static void open_close(const char *who, const char *bdf)
{
	struct sample sample = {};
	struct vfio_dev device;
	unsigned int i;
	u64 begin;

	sample_settle();
	for (i = 0; i < WARM_UP + SAMPLES; i++) {
		begin = sample_thread_clock();
		assert_ok(vfio_dev_open(&device, bdf));
		vfio_dev_close(&device);
		if (i >= WARM_UP)
			sample_add(&sample, sample_thread_clock() - begin);
	}
	sample_print(&sample, who, "open-close", 1);
}

void rows_callers_few(const char *who, const struct vfio_dev *device)
{
	struct caller caller;

	caller_begin(&caller, device);
	measure(who, "config-write", &caller, config_write);
	caller_end(&caller);
}

void rows_callers(const char *who, const struct vfio_dev *device,
		  const char *plain)
{
	struct caller caller;

	caller_begin(&caller, device);
	measure(who, "config-read", &caller, config_read);
	measure(who, "config-write", &caller, config_write);
	measure(who, "bar-read", &caller, bar_read);
	measure(who, "bar-write", &caller, bar_write);
	measure(who, "device-info", &caller, device_info);
	measure(who, "region-info", &caller, region_info);
	measure(who, "feature-probe", &caller, feature_probe);
	measure(who, "bar-mmap", &caller, bar_mmap);
	measure(who, "mapped-access", &caller, mapped_access);
	caller_end(&caller);
	open_close(who, plain);
}
