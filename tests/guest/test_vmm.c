// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's QEMU, as it is, gives two devices to a VM, in an iommufd: does the DMA of one
 * reach the BAR of the other?  Not without the preload object, and QEMU says so.  If that
 * is loaded the DMA arrives, and QEMU says nothing.
 *
 * The VM runs its firmware and a sector that has edu do the DMA (vmm_boot.S).
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bar.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "p2p.h"
#include "sysfs.h"
#include "tap.h"
#include "trace.h"
#include "vfio_cdev.h"
#include "vmm.h"

#define PRELOAD		"/lib/libvfio-p2p-iommufd.so"
#define DISK		"/tmp/vmm-disk"
#define DISK_SIZE	(1 << 20)
#define EVENT		"/sys/kernel/debug/tracing/events/iommu/map/enable"
#define MIB		(1024 * 1024ull)

/* What QEMU says of each BAR, of each address it can't map, and in general */
#define REFUSED		"PCI peer-to-peer transactions on BARs are not supported"
#define WARNING		"warning: "
#define FAILED		"IOMMU_IOAS_MAP failed: Bad address"

/* What the sector says */
#define SAID		"In the BAR: "
#define ARRIVED		SAID "yes"

static struct vmm vmm;

/* Options of QEMU's */
static char vga[128], nvme[128], edu[128];

static int setup(void **state)
{
	int fd = assert_ok(open(DISK, O_CREAT | O_TRUNC | O_WRONLY, 0600));

	assert_int_equal(write(fd, vmm_boot, VMM_SECTOR), VMM_SECTOR);
	assert_ok(ftruncate(fd, DISK_SIZE));
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	unlink(DISK);
	return 0;
}

static int end(void **state)
{
	vmm_kill(&vmm);
	sysfs_write(EVENT, "0");
	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload_soon(MODULE_UNDER_TEST) : 0;
}

/* Boot until the sector has said what it found. */
static void boot(unsigned int major, const char *preload, bool with_nvme)
{
	const char *const devices[] = {
		"-object", "iommufd,id=i", "-device", vga, "-device", edu,
		with_nvme ? "-device" : NULL, nvme, NULL,
	};

	trace_empty();
	assert_ok(sysfs_write(EVENT, "1"));
	vmm_start(&vmm, major, preload, DISK, devices);
	vmm_wait(&vmm, SAID);
}

/* How often the IOMMU was told to lead somewhere to a BAR of 16 MiB, of any device */
static unsigned int count_mapped(const char *name, int bar)
{
	const __u64 start = pci_bar_start(env_bdf(name), bar);
	unsigned long long paddr, size;
	unsigned int count = 0;
	const char *found;
	char line[512];
	FILE *file;

	file = fopen("/sys/kernel/debug/tracing/trace", "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		found = strstr(line, "map: IOMMU: ");
		if (!found || sscanf(strstr(found, "paddr="),
				     "paddr=%llx size=%llu", &paddr,
				     &size) != 2 ||
		    paddr < start || paddr >= start + 16 * MIB)
			continue;
		print_message("%.*s\n", (int)strcspn(found, "\n"), found);
		count++;
	}
	fclose(file);
	return count;
}

/* Returns the version of QEMU. */
static unsigned int begin(void **state)
{
	const unsigned int major = *(const unsigned int *)*state;

	vmm_skip(major);
	snprintf(vga, sizeof(vga),
		 "vfio-pci,iommufd=i,addr=1,rombar=0,host=%s",
		 vfio_cdev_bdf_or_skip("EXPORTER_VGA"));
	snprintf(nvme, sizeof(nvme),
		 "vfio-pci,iommufd=i,addr=2,rombar=0,host=%s",
		 vfio_cdev_bdf_or_skip("EXPORTER_NVME"));
	/* Its own BAR has less than 2 MiB, and nobody's DMA goes there. */
	snprintf(edu, sizeof(edu),
		 "vfio-pci,iommufd=i,addr=3,rombar=0,x-no-mmap=on,host=%s",
		 vfio_cdev_bdf_or_skip("IMPORTER_EDU0"));
	return major;
}

static bool has_iommu_pages(void)
{
	struct vfio_p2p_info info;
	int control;

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	control = assert_ok(p2p_open());
	assert_ok(p2p_info(control, &info));
	close(control);
	return info.capabilities & VFIO_P2P_CAP_IOMMU_PAGES;
}

static void need_pages(void)
{
	if (!has_iommu_pages())
		skip();
}

static void expect_no_way(void)
{
	assert_int_equal(vmm_count(&vmm, ARRIVED), 0);
	assert_true(vmm_count(&vmm, REFUSED) > 0);
	assert_int_equal(count_mapped("EXPORTER_VGA", 0), 0);
	vmm_stop(&vmm);
}

/* Neither the module nor the preload object alone is enough. */
static void test_without(void **state)
{
	const unsigned int major = begin(state);

	need_pages();
	boot(major, NULL, false);
	expect_no_way();
}

static void test_without_module(void **state)
{
	const unsigned int major = begin(state);

	if (native_there())
		skip();
	boot(major, PRELOAD, false);
	assert_true(vmm_count(&vmm, FAILED) > 0);
	assert_true(vmm_count(&vmm, "modprobe vfio_p2p_dmabuf") > 0);
	expect_no_way();
}

static void test_with(void **state)
{
	const unsigned int major = begin(state);

	need_pages();
	boot(major, PRELOAD, false);
	assert_int_equal(vmm_count(&vmm, ARRIVED), 1);
	assert_int_equal(vmm_count(&vmm, WARNING), 0);
	assert_int_equal(vmm_count(&vmm, REFUSED), 0);
	assert_int_equal(vmm_count(&vmm, "failed"), 0);
	assert_true(vmm_count(&vmm, "by its pages") > 0);
	assert_true(count_mapped("EXPORTER_VGA", 0) > 0);
	vmm_stop(&vmm);
}

/* One BAR has pages; for the other, of 16 KiB, QEMU warns as ever. */
static void test_small_bar(void **state)
{
	const unsigned int major = begin(state);

	need_pages();
	boot(major, PRELOAD, true);
	assert_int_equal(vmm_count(&vmm, ARRIVED), 1);
	assert_true(vmm_count(&vmm, WARNING) > 0);
	assert_true(vmm_count(&vmm, "16 KiB") > 0);
	assert_true(count_mapped("EXPORTER_NVME", 2) > 0);
	assert_int_equal(count_mapped("EXPORTER_NVME", 0), 0);
	vmm_stop(&vmm);
}

/* On 6.19 and later, for who does not know dma-bufs, and in its own way for who does */
static void test_native(void **state)
{
	const unsigned int major = begin(state);
	const bool knows = major > 10;

	if (!native_used())
		skip();
	boot(major, knows ? NULL : PRELOAD, false);
	assert_int_equal(vmm_count(&vmm, ARRIVED), 1);
	assert_int_equal(vmm_count(&vmm, WARNING), 0);
	assert_int_equal(vmm_count(&vmm, "by a dma-buf") > 0, !knows);
	assert_true(count_mapped("EXPORTER_VGA", 0) > 0);
	vmm_stop(&vmm);
}

#define TEST(fn, title, major) { title, fn, NULL, end, major }

int main(void)
{
	static unsigned int qemu10 = 10, qemu11 = 11;
	const struct CMUnitTest tests[] = {
		TEST(test_without, "QEMU 10 alone", &qemu10),
		TEST(test_without_module, "QEMU 10 without module", &qemu10),
		TEST(test_with, "QEMU 10", &qemu10),
		TEST(test_small_bar, "QEMU 10, small BAR", &qemu10),
		TEST(test_native, "QEMU 10, dma-buf", &qemu10),
		TEST(test_without, "QEMU 11 alone", &qemu11),
		TEST(test_without_module, "QEMU 11 without module", &qemu11),
		TEST(test_with, "QEMU 11", &qemu11),
		TEST(test_small_bar, "QEMU 11, small BAR", &qemu11),
		TEST(test_native, "QEMU 11, dma-buf", &qemu11),
	};

	return tap_run(tests, setup, teardown);
}
