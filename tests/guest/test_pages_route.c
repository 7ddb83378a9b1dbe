// SPDX-License-Identifier: GPL-2.0-only
/* A BAR gets pages only where all devices reach it through the host bridge. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "env.h"
#include "kmod.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "tap.h"

#define BAR	2
#define NOBODY	65534

static struct vfio_dev dev = { .fd = -1 };
static int control = -1;
static bool cleared;

static void begin(void)
{
	served_open(&dev, "EXPORTER_IVSHMEM");
	control = assert_ok(p2p_open());
}

/* Also of what is skipped half way */
static int end(void **state)
{
	vfio_dev_close(&dev);
	if (control >= 0)
		close(control);
	control = -1;
	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
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
	assert_ok(module_load(MODULE_UNDER_TEST, "host_bridges=8086:29c0"));
	begin();
	pages_skip(control);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
}

static void without_rights(void)
{
	int ret;

	if (setresuid(NOBODY, NOBODY, NOBODY))
		_exit(1);
	ret = pages_register(control, dev.fd, BAR, 0, 0);
	_exit(ret != (cleared ? 0 : -EPERM));
}

/* Who may, if what the pages are made of is not cleared before */
static void test_rights(void **state)
{
	int status;
	pid_t pid;

	begin();
	pages_skip(control);
	if (!strcmp(env_rig("cpu"), "intel"))
		skip();
	cleared = boot_clears_memory();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		without_rights();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	if (cleared)
		assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_by_cpu, end),
		cmocka_unit_test_teardown(test_iommu_by_cpu, end),
		cmocka_unit_test_teardown(test_declared, end),
		cmocka_unit_test_teardown(test_rights, end),
	};

	return tap_run(tests, NULL, NULL);
}
