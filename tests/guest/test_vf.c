// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual function decodes memory whatever its PCI_COMMAND says: a write that
 * would turn that off takes access, and gives it back at once.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_dev.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define PHYSICAL	"PF_NVME"
#define IMPORTER	"IMPORTER_EDU0"

#define BAR	0
#define PAGE	4096

static struct vfio_dev dev = { .fd = -1 };
static struct importer imp = { .fd = -1 };
static char vf[16];
static int dmabuf = -1;
static int handle;

static struct p2p_test_stat stat_now(void)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&imp, handle, &stat));
	return stat;
}

/* Since the last look: told so often, and unmapped, or not */
static void expect(__u64 told, bool unmapped)
{
	static struct p2p_test_stat before;
	struct p2p_test_stat stat = stat_now();

	assert_int_equal(stat.notifies - before.notifies, told);
	assert_int_equal(stat.unmaps - before.unmaps, unmapped);
	assert_int_equal(!(stat.flags & P2P_TEST_STAT_MAPPED), unmapped);
	if (unmapped)
		assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	before = stat_now();
}

static void expect_taken_and_given_back(void)
{
	expect(2, true);
}

static void expect_kept(void)
{
	expect(0, false);
}

static void test_memory_off(void **state)
{
	expect_kept();
	assert_ok(vfio_config_set_memory(&dev, false));
	expect_taken_and_given_back();
	/* Also if it says so already */
	assert_ok(vfio_config_set_memory(&dev, false));
	expect_taken_and_given_back();
	assert_ok(vfio_config_set_memory(&dev, true));
	expect_kept();
}

/* Exported while PCI_COMMAND says that memory decode is off */
static void test_export_while_off(void **state)
{
	int fd, other;

	assert_ok(vfio_config_set_memory(&dev, false));
	expect_taken_and_given_back();
	fd = assert_ok(vfio_feature_dma_buf_range(dev.fd, BAR, PAGE, PAGE));
	other = assert_ok(importer_attach(&imp, fd, P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&imp, other, P2P_TEST_BIDIRECTIONAL));
	assert_ok(importer_detach(&imp, other));
	close(fd);
	assert_ok(vfio_config_set_memory(&dev, true));
	expect_kept();
}

static void test_reset(void **state)
{
	assert_ok(vfio_dev_reset(&dev));
	expect_taken_and_given_back();
	assert_ok(vfio_config_pcie_flr(&dev));
	expect_taken_and_given_back();
}

/* It goes, as all that the physical function has, once its owner has closed it. */
static void test_removed(void **state)
{
	vfio_dev_close(&dev);
	assert_ok(pci_attr_write(env_bdf(PHYSICAL), "sriov_numvfs", "0"));
	assert_false(pci_exists(vf));
	assert_false(stat_now().flags & P2P_TEST_STAT_MAPPED);
	assert_errno(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	assert_errno(importer_attach(&imp, dmabuf, P2P_TEST_DYNAMIC), ENODEV);
}

/* Its address, from the link that the physical function has to it */
static void find_vf(const char *pf)
{
	char path[64], target[PATH_MAX];
	ssize_t size;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/virtfn0", pf);
	size = readlink(path, target, sizeof(target) - 1);
	assert_true(size > 0);
	target[size] = '\0';
	snprintf(vf, sizeof(vf), "%.15s", strrchr(target, '/') + 1);
}

static int setup(void **state)
{
	const char *pf = env_bdf_or_skip(PHYSICAL);

	assert_int_equal(system("modprobe nvme"), 0);
	assert_ok(pci_bind(pf, "nvme"));
	assert_ok(pci_attr_write(pf, "sriov_drivers_autoprobe", "0"));
	assert_ok(pci_attr_write(pf, "sriov_numvfs", "1"));
	find_vf(pf);

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(pci_bind(vf, "vfio-pci"));
	assert_ok(vfio_dev_open(&dev, vf));
	assert_ok(vfio_config_set_memory(&dev, true));
	assert_ok(importer_open(&imp, env_bdf_or_skip(IMPORTER)));
	dmabuf = assert_ok(vfio_feature_dma_buf_range(dev.fd, BAR, 0, PAGE));
	handle = assert_ok(importer_attach(&imp, dmabuf, P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));

	return 0;
}

static int teardown(void **state)
{
	importer_close(&imp);
	close(dmabuf);
	vfio_dev_close(&dev);
	pci_attr_write(env_bdf_or_skip(PHYSICAL), "sriov_numvfs", "0");

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_off),
		cmocka_unit_test(test_export_while_off),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_removed),
	};

	return tap_run(tests, setup, teardown);
}
