// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BAR that somebody else holds is not exported, as vfio would not map it; that
 * is found out once for each time the device is opened.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "env.h"
#include "kmod.h"
#include "kmsg.h"
#include "p2p.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_dev.h"
#include "vfio_feature.h"

#define VARIANT		"p2p-test-variant"
#define EXPORTER	"EXPORTER_NVME"

/* One that is held, and one that is not */
#define HELD	2
#define FREE	0
#define PAGE	4096

/* What the PCI core says of it */
#define COMPLAINT	"can't reserve"

static struct vfio_dev dev = { .fd = -1 };
static int control = -1;
static int kmsg = -1;

static int by_feature(unsigned int bar)
{
	return vfio_feature_dma_buf_range(dev.fd, bar, 0, PAGE);
}

static int by_control(unsigned int bar)
{
	return p2p_export_range(control, dev.fd, bar, 0, PAGE);
}

static void hold_bar(const char *bar)
{
	assert_ok(pci_attr_write(env_bdf(EXPORTER), "p2p_test_variant/hold",
				 bar));
}

static void open_device(void)
{
	assert_ok(vfio_dev_open(&dev, env_bdf(EXPORTER)));
	assert_ok(vfio_config_set_memory(&dev, true));
}

static void test_held(void **state)
{
	hold_bar("2");
	kmsg_find(kmsg, "");
	open_device();
	assert_errno(by_feature(HELD), ENODEV);
	assert_true(kmsg_find(kmsg, COMPLAINT));
	assert_errno(by_control(HELD), ENODEV);
	assert_errno(by_feature(HELD), ENODEV);
	assert_false(kmsg_find(kmsg, COMPLAINT));
	close(assert_ok(by_feature(FREE)));
	close(assert_ok(by_control(FREE)));

	/* Let go meanwhile, and found out at the next open */
	hold_bar("-1");
	assert_errno(by_feature(HELD), ENODEV);
	vfio_dev_close(&dev);
	open_device();
	close(assert_ok(by_feature(HELD)));
	close(assert_ok(by_control(HELD)));
	assert_false(kmsg_find(kmsg, COMPLAINT));
	vfio_dev_close(&dev);
}

/* Exports hold it, until the last close. */
static void test_held_by_vfio(void **state)
{
	int fd;

	open_device();
	fd = assert_ok(by_feature(HELD));
	assert_errno(pci_attr_write(env_bdf(EXPORTER), "p2p_test_variant/hold",
				    "2"), EBUSY);
	vfio_dev_close(&dev);
	hold_bar("2");
	close(fd);
}

static int setup(void **state)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	/* The core's treatment, so that its devices are served. */
	assert_ok(module_load(MODULE_VARIANT, "own=none"));
	assert_ok(pci_bind(bdf, VARIANT));
	control = assert_ok(p2p_open());
	kmsg = assert_ok(kmsg_open());

	return 0;
}

static int teardown(void **state)
{
	close(kmsg);
	close(control);
	assert_ok(pci_unbind(env_bdf(EXPORTER)));

	return 0;
}

static int close_device(void **state)
{
	vfio_dev_close(&dev);
	hold_bar("-1");

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_held, close_device),
		cmocka_unit_test_teardown(test_held_by_vfio, close_device),
	};

	return tap_run(tests, setup, teardown);
}
