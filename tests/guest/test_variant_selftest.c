// SPDX-License-Identifier: GPL-2.0-only
/* The test variant driver itself: a working vfio device that tells on others. */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "env.h"
#include "kmod.h"
#include "p2p_test_importer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_dev.h"
#include "vfio_region.h"

#define VARIANT	"p2p-test-variant"

static void test_variant(void **state)
{
	const char *bdf = env_bdf_or_skip("EXPORTER_IVSHMEM");
	struct vfio_device_info info;
	struct vfio_dev dev;

	assert_ok(module_ensure(MODULE_VARIANT));
	assert_ok(pci_bind(bdf, VARIANT));
	assert_int_equal(pci_attr_number(bdf, "p2p_test_variant/own_ops"), 1);
	assert_int_equal(pci_attr_number(bdf, "p2p_test_variant/calls"), 0);

	assert_ok(vfio_dev_open(&dev, bdf));
	assert_int_equal(ioctl(dev.fd, P2P_TEST_VARIANT_OWN_OPS), 1);
	assert_ok(vfio_dev_info(&dev, &info));
	assert_int_equal(vfio_region_size(&dev, 2), 16 << 20);
	assert_int_equal(vfio_config_read16(&dev, PCI_VENDOR_ID), 0x1af4);
	assert_true(pci_attr_number(bdf, "p2p_test_variant/calls") > 1);
	vfio_dev_close(&dev);

	assert_ok(pci_unbind(bdf));
	assert_ok(module_unload(MODULE_VARIANT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variant),
	};

	return tap_run(tests, NULL, NULL);
}
