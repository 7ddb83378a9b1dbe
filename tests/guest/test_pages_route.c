// SPDX-License-Identifier: GPL-2.0-only
/* A BAR gets pages only where all devices reach it through the host bridge. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "env.h"
#include "kmod.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "tap.h"

#define BAR	2

static struct vfio_dev dev;
static int control = -1;

static void begin(void)
{
	served_open(&dev, "EXPORTER_IVSHMEM");
	control = assert_ok(p2p_open());
}

static void end(void)
{
	vfio_dev_close(&dev);
	close(control);
	assert_ok(module_unload(MODULE_UNDER_TEST));
}

/* Intel's q35 is on no list, AMD's CPUs route by themselves. */
static void check_by_cpu(__u32 flags)
{
	struct vfio_p2p_register arg = {
		.argsz = sizeof(arg),
		.flags = flags,
		.region_index = BAR,
	};

	begin();
	pages_skip(control);
	if (flags)
		pages_iommu_skip(control);
	arg.device_fd = dev.fd;
	if (!strcmp(env_rig("cpu"), "intel")) {
		assert_int_equal(ioctl(control, VFIO_P2P_REGISTER, &arg), -1);
		assert_int_equal(errno, EHOSTUNREACH);
		assert_int_equal(arg.reason,
				 VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN);
		assert_int_equal(arg.granule, 2 << 20);
	} else {
		assert_int_equal(ioctl(control, VFIO_P2P_REGISTER, &arg), 0);
		assert_int_equal(arg.length, 16 << 20);
		assert_int_equal(arg.reason, 0);
	}
	end();
}

static void test_by_cpu(void **state)
{
	check_by_cpu(0);
}

/* iommufd does not ask for a route either. */
static void test_iommu_by_cpu(void **state)
{
	check_by_cpu(VFIO_P2P_REGISTER_IOMMU);
}

/* The administrator knows better. */
static void test_declared(void **state)
{
	if (module_loaded(MODULE_UNDER_TEST))
		assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_ok(module_load(MODULE_UNDER_TEST, "host_bridges=8086:29c0"));
	begin();
	pages_skip(control);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_cpu),
		cmocka_unit_test(test_iommu_by_cpu),
		cmocka_unit_test(test_declared),
	};

	return tap_run(tests, NULL, NULL);
}
