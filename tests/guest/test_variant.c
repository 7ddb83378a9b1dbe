// SPDX-License-Identifier: GPL-2.0-only
/*
 * Variant drivers, each with one callback of its own and otherwise the core's:
 * their devices are left alone, whichever it is.  One that replaces none of those
 * that matter is served.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "kmod.h"
#include "native.h"
#include "p2p.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_dev.h"
#include "vfio_feature.h"

#define VARIANT		"p2p-test-variant"
#define EXPORTER	"EXPORTER_IVSHMEM"
#define IMPORTER	"IMPORTER_EDU0"

#define BAR	2
#define PAGE	4096

static struct vfio_dev dev = { .fd = -1 };
static int control = -1;

static int teardown(void **state)
{
	if (control >= 0)
		close(control);
	control = -1;
	vfio_dev_close(&dev);
	pci_unbind(env_bdf_or_skip(EXPORTER));
	module_unload(MODULE_VARIANT);

	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

static bool has_own_ops(void)
{
	return assert_ok(pci_attr_number(dev.bdf, "p2p_test_variant/own_ops"));
}

static void expect_left_alone(void)
{
	struct vfio_p2p_route route;

	assert_true(has_own_ops());
	assert_errno(p2p_export_range(control, dev.fd, BAR, 0, PAGE), ENOTTY);
	assert_errno(p2p_route(control, dev.fd, env_bdf_or_skip(IMPORTER),
			       &route), ENOTTY);
	assert_errno(vfio_feature_probe(dev.fd, VFIO_DEVICE_FEATURE_DMA_BUF,
					VFIO_DEVICE_FEATURE_GET),
		     native_refusal());
}

static void expect_served(void)
{
	assert_false(has_own_ops());
	close(assert_ok(p2p_export_range(control, dev.fd, BAR, 0, PAGE)));
	close(assert_ok(vfio_feature_dma_buf_range(dev.fd, BAR, 0, PAGE)));
}

/* Open it, bound by a driver with one callback of its own; false if it has none. */
static bool open_variant(const char *own)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);
	char params[64];
	int ret;

	snprintf(params, sizeof(params), "own=%s", own);
	ret = module_load(MODULE_VARIANT, params);
	if (ret == -EOPNOTSUPP && !native_there())
		return false;
	assert_ok(ret);
	assert_ok(pci_bind(bdf, VARIANT));
	assert_ok(vfio_dev_open(&dev, bdf));
	assert_ok(vfio_config_set_memory(&dev, true));

	return true;
}

/* Met when it is bound, and by a module that comes later */
static void check(const char *own, void (*expect)(void))
{
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	if (!open_variant(own)) {
		print_message("this kernel has no callback %s\n", own);
		skip();
	}
	control = assert_ok(p2p_open());
	expect();
	close(control);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_true(has_own_ops());

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	control = assert_ok(p2p_open());
	expect();
}

static void test_one_of_its_own(void **state)
{
	check(*state, expect_left_alone);
}

static void test_none(void **state)
{
	check("none", expect_served);
}

static int setup(void **state)
{
	/* Ask the module while nothing depends on whether it is loaded. */
	native_there();

	return 0;
}

#define OWN(name) \
	{ #name, test_one_of_its_own, NULL, teardown, #name }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_none, teardown),
		OWN(ioctl),
		OWN(get_region_info_caps),
		OWN(read),
		OWN(write),
		OWN(mmap),
		OWN(device_feature),
		OWN(close_device),
		OWN(err_handler),
	};

	return tap_run(tests, setup, NULL);
}
