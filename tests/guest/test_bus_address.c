// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers below one switch, which no IOMMU translates (iommu=pt, or there is none):
 * an importer uses addresses of the PCI bus, and its DMA stays within the switch.
 * QEMU does not show which way a transfer takes; that it gets there, and by
 * which address, is what can be seen.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "env.h"
#include "pattern.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define PAGE	4096

/* Parameter of vfio */
#define NOIOMMU_MODE \
	"/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

/**
 * struct pair - an exporter and an importer, by their names in the topology
 * @exporter: has the BAR
 * @importer: does the DMA
 * @route: that it takes
 * @reason: why
 */
struct pair {
	const char *exporter;
	const char *importer;
	enum vfio_p2p_route_type route;
	enum vfio_p2p_route_reason reason;
};

static struct scene scene;

/* Where the BAR is on the bus: the function's own registers, not vfio's. */
static __u64 bus_address(void)
{
	char path[64];
	__le64 bar;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config",
		 scene.dev.bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &bar, sizeof(bar), PCI_BASE_ADDRESS_0 +
			       SCENE_BAR * 4), sizeof(bar));
	close(fd);

	return le64toh(bar) & PCI_BASE_ADDRESS_MEM_MASK;
}

static void expect_route(const struct pair *pair)
{
	struct vfio_p2p_route route;

	assert_ok(p2p_route(scene.control, scene.dev.fd,
			    env_bdf_or_skip(pair->importer), &route));
	assert_int_equal(route.route, pair->route);
	assert_int_equal(route.reason, pair->reason);
}

/* Two ranges, two entries: nothing translates, so addresses are the bus's. */
static void expect_addresses(int handle)
{
	const __u64 bar = bus_address();
	struct p2p_test_sg_entry entries[2];

	assert_int_equal(assert_ok(importer_sg(&scene.imp, handle, entries, 2)),
			 2);
	assert_true(entries[0].dma_address == bar + 8 * PAGE);
	assert_int_equal(entries[0].dma_len, 2 * PAGE);
	assert_true(entries[1].dma_address == bar + PAGE);
	assert_int_equal(entries[1].dma_len, PAGE);
}

/* Both ways, in both ranges, and over the border between them */
static void expect_data(int handle)
{
	char data[128];

	scene_check_write(&scene, handle, 8 * PAGE, 128, 1);
	pattern_fill_io(scene.bar + PAGE, 128, 2, 0);
	assert_ok(importer_read(&scene.imp, handle, 2 * PAGE, data, 128));
	assert_int_equal(pattern_check(data, 128, 2, 0), 128);

	pattern_fill(data, 128, 3, 0);
	assert_ok(importer_write(&scene.imp, handle, 2 * PAGE - 64, data, 128));
	assert_int_equal(pattern_check_io(scene.bar + 10 * PAGE - 64, 64, 3, 0),
			 64);
	assert_int_equal(pattern_check_io(scene.bar + PAGE, 64, 3, 64), 64);
}

static void check_pair(const struct pair *pair)
{
	const struct vfio_p2p_range ranges[] = {
		{ 8 * PAGE, PAGE },
		{ 9 * PAGE, PAGE },
		{ PAGE, PAGE },
	};
	int fd, handle;

	scene_open(&scene, pair->exporter, pair->importer);
	expect_route(pair);
	fd = assert_ok(p2p_export(scene.control, scene.dev.fd, SCENE_BAR,
				  O_RDWR | O_CLOEXEC, ranges, 3));
	handle = scene_map(&scene, fd);
	expect_addresses(handle);
	expect_data(handle);

	assert_ok(vfio_dev_reset(&scene.dev));
	assert_errno(importer_unmap(&scene.imp, handle), ENXIO);
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	expect_addresses(handle);
	expect_data(handle);

	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
	scene_close(&scene);
}

static void test_pair(void **state)
{
	check_pair(*state);
}

/* The port above a function, in BDF */
static void parent_of(const char *bdf, char *parent)
{
	char path[64], real[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/..", bdf);
	assert_non_null(realpath(path, real));
	snprintf(parent, 16, "%s", basename(real));
}

static void acs_redirect(const char *state, const struct pair *pair)
{
	char first[16], second[16], command[128];

	parent_of(env_bdf_or_skip(pair->exporter), first);
	parent_of(env_bdf_or_skip(pair->importer), second);
	snprintf(command, sizeof(command), "/rig/acs-redirect %s %s %s", state,
		 first, second);
	assert_int_equal(system(command), 0);
}

/* The kernel turns it on at boot if there is an IOMMU. */
static void test_acs_on(void **state)
{
	const struct pair *pair = *state;

	acs_redirect("on", pair);
	check_pair(pair);
}

/* ACS of the downstream ports off: what went by the host bridge does no more. */
static void test_acs_off(void **state)
{
	const struct pair *pair = *state;

	acs_redirect("off", pair);
	check_pair(pair);
	acs_redirect("on", pair);
}

/* Devices behind no IOMMU are vfio's only if it is told to take them. */
static int allow_noiommu(void **state)
{
	(void)state;
	if (strcmp(env_rig("topology"), "switch-noiommu") != 0)
		return 0;

	return sysfs_write(NOIOMMU_MODE, "1");
}

#define TEST(fn, title, ...) \
	{ title, fn, NULL, NULL, &(struct pair) { __VA_ARGS__ } }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pair, "one switch", "EXPORTER_NVME", "IMPORTER_EDU0",
		     VFIO_P2P_ROUTE_BUS_ADDR, VFIO_P2P_REASON_COMMON_UPSTREAM),
		TEST(test_acs_on, "one switch, ACS redirects", "EXPORTER_ACS",
		     "IMPORTER_ACS", VFIO_P2P_ROUTE_HOST_BRIDGE,
		     VFIO_P2P_REASON_ACS_REDIRECT),
		TEST(test_acs_off, "one switch, ACS off", "EXPORTER_ACS",
		     "IMPORTER_ACS", VFIO_P2P_ROUTE_BUS_ADDR,
		     VFIO_P2P_REASON_COMMON_UPSTREAM),
		TEST(test_pair, "two root ports", "EXPORTER_NVME",
		     "IMPORTER_FAR", VFIO_P2P_ROUTE_HOST_BRIDGE,
		     VFIO_P2P_REASON_NO_COMMON_UPSTREAM),
	};

	return tap_run(tests, allow_noiommu, NULL);
}
