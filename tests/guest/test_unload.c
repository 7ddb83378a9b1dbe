// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module comes and goes at any moment, unless a dma-buf of its own is alive:
 * under calls of all kinds, with devices open, with an unbind pending.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bar.h"
#include "crew.h"
#include "env.h"
#include "kmod.h"
#include "kmsg.h"
#include "native.h"
#include "pattern.h"
#include "pending.h"
#include "scene.h"
#include "stall.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"
#include "vfio_reset.h"

/* Load and unload this often under calls that take no time, and under others */
#define CYCLES_FAST	100
#define CYCLES_SLOW	20

/* "Within seconds", on a slow machine */
#define SOON_MS		20000

/* A few resets, and the unload itself */
#define RESETS_MS	5000

#define SLICE		4096

/* Where in the BAR each kind of access has its word */
#define WORD_READ	0x100
#define WORD_WRITE	0x200
#define WORD_MMAP	0x2000

#define READ_VALUE	0x5eed1e55

static struct crew crew = CREW_INIT;
static struct vfio_dev dev = { .fd = -1 };
static struct scene scene = {
	.dev.fd = -1,
	.imp.fd = -1,
	.control = -1,
};

/* A write that waits for its memory */
static struct stall stall = { .uffd = -1 };

static struct pending unbind;
static struct pending call;

/* Resets are part of the test. */
static bool resets;

/* What became of exports: ours, not ours */
static unsigned long exported;
static unsigned long others;

static int close_all(void **state)
{
	crew_stop(&crew);
	scene_close(&scene);
	scene = (struct scene) { .dev.fd = -1, .imp.fd = -1, .control = -1 };
	stall_drop(&stall);
	vfio_dev_close(&dev);
	pending_finish(&unbind);
	pending_finish(&call);
	resets = false;

	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

static void open_device(const char *name)
{
	const char *bdf = env_bdf_or_skip(name);
	__u32 value = READ_VALUE;

	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open(&dev, bdf));
	assert_ok(vfio_config_set_memory(&dev, true));
	assert_ok(vfio_region_write(&dev, SCENE_BAR, WORD_READ, &value,
				    sizeof(value)));
}

/* During a reset that does not come by vfio, device memory reads anything. */
static bool is_value(__u32 value, __u32 expected)
{
	return value == expected || resets;
}

static void do_read(struct crew *crew, void *context)
{
	const int vendor = vfio_config_read16(&dev, PCI_VENDOR_ID);
	__u32 value;
	int ret;

	if (vendor != 0x1b36)
		crew_fail(crew, "vendor %#x", vendor);
	ret = vfio_region_read(&dev, SCENE_BAR, WORD_READ, &value,
			       sizeof(value));
	if (ret || !is_value(value, READ_VALUE))
		crew_fail(crew, "read: %d, %#x", ret, value);
}

static void do_write(struct crew *crew, void *context)
{
	static __u32 counter;
	__u32 value;
	int ret;

	/* Of the kind that the module looks at before and after */
	ret = vfio_config_write16(&dev, PCI_COMMAND, PCI_COMMAND_MEMORY);
	if (ret)
		crew_fail(crew, "config write: %d", ret);

	counter++;
	ret = vfio_region_write(&dev, SCENE_BAR, WORD_WRITE, &counter,
				sizeof(counter));
	if (!ret)
		ret = vfio_region_read(&dev, SCENE_BAR, WORD_WRITE, &value,
				       sizeof(value));
	if (ret || !is_value(value, counter))
		crew_fail(crew, "write: %d, %#x not %#x", ret, value, counter);
}

static void do_ioctl(struct crew *crew, void *context)
{
	struct vfio_device_info info;
	int ret;

	ret = vfio_dev_info(&dev, &info);
	if (ret || info.num_regions != VFIO_PCI_NUM_REGIONS)
		crew_fail(crew, "device info: %d, %u", ret, info.num_regions);

	ret = vfio_feature_probe(dev.fd, VFIO_DEVICE_FEATURE_MIGRATION,
				 VFIO_DEVICE_FEATURE_GET);
	if (ret != -ENOTTY)
		crew_fail(crew, "migration feature: %d", ret);

	ret = vfio_feature_probe(dev.fd, VFIO_DEVICE_FEATURE_DMA_BUF,
				 VFIO_DEVICE_FEATURE_GET);
	if (ret && ret != -ENOTTY)
		crew_fail(crew, "probe: %d", ret);
}

static void do_mmap(struct crew *crew, void *context)
{
	static __u32 counter;
	volatile __u32 *word;
	void *addr;
	int ret;

	ret = vfio_region_mmap(&dev, SCENE_BAR, WORD_MMAP, SLICE, &addr);
	if (ret) {
		crew_fail(crew, "mmap: %d", ret);
		return;
	}
	word = addr;
	*word = ++counter;
	if (!is_value(*word, counter))
		crew_fail(crew, "mmap: not %#x", counter);
	munmap(addr, SLICE);
}

static void do_open(struct crew *crew, void *context)
{
	struct vfio_dev other;
	int ret;

	ret = vfio_dev_open(&other, context);
	if (ret) {
		crew_fail(crew, "open: %d", ret);
		return;
	}
	if (vfio_config_read16(&other, PCI_VENDOR_ID) != 0x1af4)
		crew_fail(crew, "the other device's vendor is wrong");
	vfio_dev_close(&other);
}

/* Another reset may be under way. */
static void do_reset(struct crew *crew, void *context)
{
	int ret = vfio_dev_reset(&dev);

	if (ret && ret != -EAGAIN)
		crew_fail(crew, "reset: %d", ret);
}

static void do_sysfs_reset(struct crew *crew, void *context)
{
	int ret = pci_reset(dev.bdf);

	if (ret)
		crew_fail(crew, "reset by sysfs: %d", ret);
}

static void do_export(struct crew *crew, void *context)
{
	int fd = vfio_feature_dma_buf_range(dev.fd, SCENE_BAR, 0, SLICE);
	int native = fd < 0 ? fd : native_made(fd);

	if (fd >= 0)
		close(fd);
	if (native == 0)
		exported++;
	else if (native == 1 || fd == -ENOTTY || fd == -ENODEV)
		others++;
	else
		crew_fail(crew, "export: %d, made by %d", fd, native);
}

static int unload(const char *name)
{
	return module_unload(name);
}

/* A dma-buf of a moment may be in the way. */
static void unload_soon(void)
{
	const long long end = crew_clock() + SOON_MS;
	int ret;

	do {
		ret = module_unload(MODULE_UNDER_TEST);
	} while (ret == -EWOULDBLOCK && crew_clock() < end);
	assert_ok(ret);
}

static void load_and_unload(unsigned int cycles)
{
	const long long begin = crew_clock();
	long long last, longest = 0;
	unsigned int i;

	for (i = 0; i < cycles && !crew_failed(&crew); i++) {
		assert_ok(module_load(MODULE_UNDER_TEST, NULL));
		last = crew_clock();
		unload_soon();
		last = crew_clock() - last;
		if (last > longest)
			longest = last;
	}
	printf("# %u cycles in %lld ms, longest unload %lld ms\n", i,
	       crew_clock() - begin, longest);
	crew_stop(&crew);
	crew_check(&crew);
}

static void test_hammered(void **state)
{
	open_device("EXPORTER_NVME");
	crew_add(&crew, "read", do_read, NULL);
	crew_add(&crew, "write", do_write, NULL);
	crew_add(&crew, "ioctl", do_ioctl, NULL);
	crew_add(&crew, "mmap", do_mmap, NULL);
	load_and_unload(CYCLES_FAST);
}

/* Longer calls, also those that hold locks the unload looks at */
static void test_hammered_with_resets(void **state)
{
	const char *other = env_bdf_or_skip("EXPORTER_IVSHMEM");

	resets = true;
	assert_ok(pci_bind(other, "vfio-pci"));
	open_device("EXPORTER_NVME");
	crew_add(&crew, "read", do_read, NULL);
	crew_add(&crew, "write", do_write, NULL);
	crew_add(&crew, "ioctl", do_ioctl, NULL);
	crew_add(&crew, "open", do_open, (void *)other);
	crew_add(&crew, "reset", do_reset, NULL);
	crew_add(&crew, "sysfs-reset", do_sysfs_reset, NULL);
	load_and_unload(CYCLES_SLOW);
}

static void test_hammered_with_exports(void **state)
{
	native_skip();
	exported = 0;
	others = 0;
	open_device("EXPORTER_NVME");
	crew_add(&crew, "ioctl", do_ioctl, NULL);
	crew_add(&crew, "export", do_export, NULL);
	load_and_unload(CYCLES_SLOW);
	printf("# exported %lu, not by us %lu\n", exported, others);
	assert_true(exported > 0);
	assert_true(others > 0);
}

/*
 * One reset follows the other, so that the device is hardly ever unlocked.  All
 * but one of them began when nothing of the module was left to call.
 */
static void test_unload_under_resets(void **state)
{
	long long begin;

	resets = true;
	open_device("EXPORTER_NVME");
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	crew_add(&crew, "reset-a", do_sysfs_reset, NULL);
	crew_add(&crew, "reset-b", do_sysfs_reset, NULL);
	crew_add(&crew, "reset-c", do_sysfs_reset, NULL);
	crew_work(&crew, 500);
	begin = crew_clock();
	assert_ok(pending_call(&call, unload, MODULE_UNDER_TEST, RESETS_MS));
	printf("# unload took %lld ms\n", crew_clock() - begin);
	crew_stop(&crew);
	crew_check(&crew);
}

static void open_scene(void)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	/* It would keep the module, too. */
	close(scene.control);
	scene.control = -1;
}

static void test_dmabuf_keeps_it(void **state)
{
	int fd, handle;

	native_skip();
	open_scene();
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	fd = scene_export(&scene, 0, SLICE);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 1);
	handle = scene_map(&scene, fd);

	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	scene_check_write(&scene, handle, 0, 256, 1);

	/* The attachment holds the dma-buf. */
	close(fd);
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	scene_check_write(&scene, handle, 0, 256, 2);

	/* A shell is one of its dma-bufs, too. */
	munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
	vfio_dev_close(&scene.dev);
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);

	assert_ok(importer_detach(&scene.imp, handle));
	assert_ok(module_unload(MODULE_UNDER_TEST));
}

static void test_control_keeps_it(void **state)
{
	int fd;

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	fd = assert_ok(p2p_open());
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	close(fd);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_errno(p2p_open(), ENOENT);
}

static void test_open_and_idle(void **state)
{
	int fd, handle, i;

	open_scene();
	for (i = 0; i < 3; i++) {
		fd = scene_export(&scene, 0, SLICE);
		handle = scene_map(&scene, fd);
		scene_check_write(&scene, handle, 0, 256, i);
		assert_ok(importer_detach(&scene.imp, handle));
		close(fd);

		assert_ok(module_unload(MODULE_UNDER_TEST));
		native_expect_alone(&scene.dev);
		pattern_fill_io(scene.bar, SLICE, 100 + i, 0);
		assert_int_equal(pattern_check_io(scene.bar, SLICE, 100 + i, 0),
				 SLICE);
		assert_ok(vfio_dev_reset(&scene.dev));
		assert_ok(vfio_config_set_memory(&scene.dev, true));
		assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	}
}

/* Who has claimed a BAR, by /proc/iomem: the last that begins there */
static void read_claim(const char *bdf, char *name, size_t size)
{
	const __u64 start = pci_bar_start(bdf, SCENE_BAR);
	unsigned long long from, to;
	char line[256], text[64];
	FILE *file = fopen("/proc/iomem", "re");

	assert_non_null(file);
	*name = 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " %llx-%llx : %63[^\n]", &from, &to, text) ==
			    3 && from == start)
			snprintf(name, size, "%s", text);
	fclose(file);
}

/*
 * A BAR that the module has had claimed stays so until the device is closed; but
 * nothing of that is the module's.
 */
static void test_claim_stays(void **state)
{
	const char *bdf = env_bdf_or_skip("EXPORTER_NVME");
	char name[64];

	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	assert_ok(vfio_dev_open(&dev, bdf));
	close(assert_ok(vfio_feature_dma_buf_range(dev.fd, SCENE_BAR, 0,
						   SLICE)));
	assert_ok(module_unload(MODULE_UNDER_TEST));

	read_claim(bdf, name, sizeof(name));
	assert_int_equal(strncmp(name, "vfio", 4), 0);
	vfio_dev_close(&dev);
	read_claim(bdf, name, sizeof(name));
	assert_string_equal(name, bdf);
}

/* Close what an unbind waits for. */
static void let_unbind_finish(void)
{
	char name[64];
	char bdf[16];

	snprintf(bdf, sizeof(bdf), "%s", dev.bdf);
	vfio_dev_close(&dev);
	assert_ok(pending_wait(&unbind, SOON_MS));
	assert_errno(pci_driver(bdf, name, sizeof(name)), ENOENT);
}

static void expect_served(void)
{
	open_device("EXPORTER_NVME");
	close(assert_ok(vfio_feature_dma_buf_range(dev.fd, SCENE_BAR, 0,
						   SLICE)));
}

static void test_unload_during_unbind(void **state)
{
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	open_device("EXPORTER_NVME");
	pending_start_unbind(&unbind, pci_unbind, &dev);
	assert_ok(pending_call(&call, unload, MODULE_UNDER_TEST, SOON_MS));
	assert_int_equal(vfio_config_read16(&dev, PCI_VENDOR_ID), 0x1b36);
	let_unbind_finish();

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	expect_served();
}

/* A write whose memory does not answer is waited for, and the log says so. */
static void test_unload_during_write(void **state)
{
	int kmsg;

	native_skip();
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	open_device("EXPORTER_NVME");
	kmsg = assert_ok(kmsg_open());
	stall_begin(&stall, &dev, vfio_config_read16(&dev, PCI_COMMAND));
	pending_start(&call, unload, MODULE_UNDER_TEST);
	kmsg_expect(kmsg, "unload waits for calls into vfio devices (1 left)", SOON_MS);
	assert_errno(pending_wait(&call, 0), ETIMEDOUT);
	close(kmsg);

	assert_ok(stall_end(&stall));
	assert_ok(pending_wait(&call, SOON_MS));
	assert_false(module_loaded(MODULE_UNDER_TEST));
}

static int load(const char *name)
{
	return module_load(name, NULL);
}

static void test_load_during_unbind(void **state)
{
	open_device("EXPORTER_NVME");
	pending_start_unbind(&unbind, pci_unbind, &dev);
	assert_ok(pending_call(&call, load, MODULE_UNDER_TEST, SOON_MS));
	/* Others are served meanwhile. */
	assert_ok(pci_bind(env_bdf_or_skip("EXPORTER_IVSHMEM"), "vfio-pci"));
	let_unbind_finish();
	expect_served();
}

static void test_load_and_unload_during_unbind(void **state)
{
	open_device("EXPORTER_NVME");
	pending_start_unbind(&unbind, pci_unbind, &dev);
	assert_ok(pending_call(&call, load, MODULE_UNDER_TEST, SOON_MS));
	assert_ok(pending_call(&call, unload, MODULE_UNDER_TEST, SOON_MS));
	let_unbind_finish();
}

/*
 * vfio-pci goes with devices bound to it, one of which has left a shell, and
 * comes back.
 */
static void test_vfio_pci_replaced(void **state)
{
	const char *other = env_bdf_or_skip("EXPORTER_IVSHMEM");
	char name[64];
	int fd;

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	assert_ok(pci_bind(other, "vfio-pci"));
	open_device("EXPORTER_NVME");
	fd = assert_ok(vfio_feature_dma_buf_range(dev.fd, SCENE_BAR, 0,
						  SLICE));
	assert_errno(module_unload("vfio_pci"), EWOULDBLOCK);
	vfio_dev_close(&dev);

	assert_ok(module_unload("vfio_pci"));
	assert_errno(pci_driver(other, name, sizeof(name)), ENOENT);
	assert_errno(module_unload("vfio_pci_core"), EWOULDBLOCK);
	assert_false(system("modprobe vfio-pci"));

	expect_served();
	close(fd);
	vfio_dev_close(&dev);
	assert_ok(module_unload("vfio_pci"));
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_false(system("modprobe vfio-pci"));
}

static int setup(void **state)
{
	/* Ask the module while nothing depends on whether it is loaded. */
	native_there();

	return module_ensure(MODULE_IMPORTER);
}

#define unload_test(fn)	cmocka_unit_test_teardown(fn, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		unload_test(test_dmabuf_keeps_it),
		unload_test(test_control_keeps_it),
		unload_test(test_open_and_idle),
		unload_test(test_claim_stays),
		unload_test(test_unload_during_unbind),
		unload_test(test_unload_during_write),
		unload_test(test_load_during_unbind),
		unload_test(test_load_and_unload_during_unbind),
		unload_test(test_vfio_pci_replaced),
		unload_test(test_hammered_with_exports),
		unload_test(test_hammered),
		unload_test(test_hammered_with_resets),
		unload_test(test_unload_under_resets),
	};

	return tap_run(tests, setup, NULL);
}
