// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access ends before the event, not with it: as long as an importer holds on to
 * its mapping, the kernel function that does the event is not called.
 */
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "job.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "trace.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define PAGE	4096
#define D3HOT	3

/* Called through pointers or from other files, so that they can be traced */
#define WRITE	"vfio_pci_core_write"
#define FEATURE	"vfio_pci_core_ioctl_feature"
#define CLOSE	"vfio_pci_core_close_device"
#define FLR	"pcie_reset_flr"
#define BUS	"pcibios_reset_secondary_bus"

/**
 * struct event - something that takes access away
 * @exporter: device to do it with
 * @fn: does it; gets the event
 * @traced: what must not be called as long as there is a mapping
 * @size: of the write, 0 if it is none
 */
struct event {
	const char *exporter;
	int (*fn)(void *arg);
	const char *traced;
	size_t size;
};

static struct scene scene;

/* Outlives a test that fails while the event waits. */
static struct job job;

/* A write of the size of the event that clears and sets bits at POS */
static int change(const struct event *event, unsigned int pos, __u32 clear,
		  __u32 set)
{
	__u32 value = 0;
	int ret;

	ret = vfio_region_read(&scene.dev, VFIO_PCI_CONFIG_REGION_INDEX, pos,
			       &value, event->size);
	if (ret)
		return ret;

	value = (value & ~clear) | set;

	return vfio_region_write(&scene.dev, VFIO_PCI_CONFIG_REGION_INDEX, pos,
				 &value, event->size);
}

static int memory_off(void *arg)
{
	return change(arg, PCI_COMMAND, PCI_COMMAND_MEMORY, 0);
}

static int d3hot(void *arg)
{
	int pos = vfio_config_find_cap(&scene.dev, PCI_CAP_ID_PM);

	return pos < 0 ? pos : change(arg, pos + PCI_PM_CTRL,
				      PCI_PM_CTRL_STATE_MASK, D3HOT);
}

static int pcie_flr(void *arg)
{
	return vfio_config_pcie_flr(&scene.dev);
}

static int reset(void *arg)
{
	return vfio_dev_reset(&scene.dev);
}

static int hot_reset(void *arg)
{
	return vfio_dev_hot_reset(&scene.dev, &scene.dev.group->fd, 1);
}

static int sysfs_reset(void *arg)
{
	return pci_reset(scene.dev.bdf);
}

static int low_power(void *arg)
{
	return vfio_feature_low_power_entry(scene.dev.fd);
}

/* The mapping of the BAR holds the device open, too. */
static int last_close(void *arg)
{
	munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
	close(scene.dev.fd);
	scene.dev.fd = -1;

	return 0;
}

static void test_order(void **state)
{
	struct event *event = *state;
	int fd, handle;

	scene_open(&scene, event->exporter, "IMPORTER_EDU0");
	fd = scene_export(&scene, PAGE, PAGE);
	handle = assert_ok(importer_attach(&scene.imp, fd,
					   P2P_TEST_IGNORE_NOTIFY));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));

	trace_begin(event->traced);
	job_start(&job, event->fn, event);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	assert_int_equal(trace_count_function(event->traced), 0);
	assert_false(job_done(&job));

	assert_ok(importer_unmap(&scene.imp, handle));
	assert_ok(job_join(&job));
	assert_int_not_equal(trace_count_function(event->traced), 0);

	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

/*
 * A test that failed before its unmap has left a thread in the kernel: the
 * importer goes first, so that the thread comes out.
 */
static int teardown(void **state)
{
	trace_end();
	importer_close(&scene.imp);
	if (scene.dev.fd < 0)
		scene.dev.fd = assert_ok(vfio_dev_reopen(&scene.dev));
	scene_close(&scene);
	return 0;
}

#define TEST(title, ...) \
	{ title, test_order, NULL, teardown, &(struct event) { __VA_ARGS__ } }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("memory off, 1 byte", "EXPORTER_NVME", memory_off, WRITE,
		     1),
		TEST("memory off, 2 bytes", "EXPORTER_NVME", memory_off, WRITE,
		     2),
		TEST("memory off, 4 bytes", "EXPORTER_NVME", memory_off, WRITE,
		     4),
		TEST("D3hot, 1 byte", "EXPORTER_NVME", d3hot, WRITE, 1),
		TEST("D3hot, 2 bytes", "EXPORTER_NVME", d3hot, WRITE, 2),
		TEST("D3hot, 4 bytes", "EXPORTER_NVME", d3hot, WRITE, 4),
		TEST("FLR by config space", "EXPORTER_NVME", pcie_flr, FLR, 0),
		TEST("ioctl, FLR", "EXPORTER_NVME", reset, FLR, 0),
		TEST("ioctl, bus reset", "EXPORTER_IVSHMEM", reset, BUS, 0),
		TEST("hot reset", "EXPORTER_IVSHMEM", hot_reset, BUS, 0),
		TEST("sysfs, FLR", "EXPORTER_NVME", sysfs_reset, FLR, 0),
		TEST("sysfs, bus reset", "EXPORTER_IVSHMEM", sysfs_reset, BUS, 0),
		TEST("low power", "EXPORTER_NVME", low_power, FEATURE, 0),
		TEST("last close", "EXPORTER_NVME", last_close, CLOSE, 0),
	};

	return tap_run(tests, NULL, NULL);
}
