// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices come and go: before the module and after it, to other drivers and
 * back, out of the machine and back in.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"
#include "kmod.h"
#include "native.h"
#include "pending.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define EXPORTER	"EXPORTER_NVME"
#define OTHER		"EXPORTER_IVSHMEM"
#define IMPORTER	"IMPORTER_EDU0"
#define VARIANT		"p2p-test-variant"

#define SLICE		4096
#define BIND_CYCLES	100

/* What follows from an event has this long to happen. */
#define SOON_MS		20000

#define SCENE_CLOSED { .dev.fd = -1, .imp.fd = -1, .control = -1 }

static struct scene scene = SCENE_CLOSED;
static struct vfio_dev single = { .fd = -1 };
static struct pending pending;
static int dmabuf = -1;

static void close_device(void)
{
	if (scene.bar)
		munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
	vfio_dev_close(&scene.dev);
}

static void close_dmabuf(void)
{
	close(dmabuf);
	dmabuf = -1;
}

/* Everything as the next test wants it, also after a failure */
static int clean_up(void **state)
{
	const char *importer = env_bdf(IMPORTER);

	close_device();
	vfio_dev_close(&single);
	pending_finish(&pending);
	scene_close(&scene);
	scene = (struct scene)SCENE_CLOSED;
	if (dmabuf >= 0)
		close_dmabuf();
	pci_rescan();
	if (importer)
		pci_bind(importer, MODULE_IMPORTER);
	pci_unbind(env_bdf(EXPORTER));
	pci_unbind(env_bdf(OTHER));
	if (module_loaded(MODULE_UNDER_TEST) &&
	    module_unload(MODULE_UNDER_TEST))
		return -1;

	return 0;
}

static int setup(void **state)
{
	if (system("modprobe -a pci-stub nvme"))
		return -1;

	/* Ask the module while nothing depends on whether it is loaded. */
	native_there();

	return module_ensure(MODULE_IMPORTER);
}

/* Some bytes go through a new dma-buf, which stays. */
static int export_and_check(void)
{
	int handle;

	dmabuf = scene_export(&scene, 0, SLICE);
	handle = scene_map(&scene, dmabuf);
	scene_check_write(&scene, handle, 0, 64, 1);

	return handle;
}

static void end_attachment(int handle)
{
	assert_ok(importer_detach(&scene.imp, handle));
	close_dmabuf();
}

static void expect_served(const char *name)
{
	scene_open(&scene, name, IMPORTER);
	end_attachment(export_and_check());
}

static void expect_shell(void)
{
	assert_errno(importer_attach(&scene.imp, dmabuf, P2P_TEST_DYNAMIC),
		     ENODEV);
}

static void test_bound_before_load(void **state)
{
	assert_ok(pci_bind(env_bdf_or_skip(EXPORTER), "vfio-pci"));
	expect_served(EXPORTER);
}

static void test_bound_after_load(void **state)
{
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	expect_served(EXPORTER);
}

/* Both ends of one slot, one bound before and one after */
static void test_bound_around_load(void **state)
{
	assert_ok(pci_bind(env_bdf_or_skip(OTHER), "vfio-pci"));
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	expect_served(EXPORTER);
	scene_close(&scene);
	scene = (struct scene)SCENE_CLOSED;
	expect_served(OTHER);
}

static void test_open_at_load(void **state)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);

	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open(&single, bdf));
	native_expect_alone(&single);
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	dmabuf = assert_ok(vfio_feature_dma_buf_range(single.fd, SCENE_BAR, 0,
						      SLICE));
	assert_int_equal(native_made(dmabuf), native_used());
	vfio_dev_close(&single);

	close_dmabuf();
	expect_served(EXPORTER);
}

static void test_other_driver_and_back(void **state)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);

	scene_open(&scene, EXPORTER, IMPORTER);
	assert_ok(importer_detach(&scene.imp, export_and_check()));
	close_device();
	assert_ok(pci_bind(bdf, "pci-stub"));
	expect_shell();

	assert_ok(pci_bind(bdf, "nvme"));
	expect_shell();
	scene_close(&scene);
	scene = (struct scene)SCENE_CLOSED;
	/* The dma-buf of the life before it does not come back to life. */
	scene_open(&scene, EXPORTER, IMPORTER);
	expect_shell();
	close_dmabuf();
	end_attachment(export_and_check());
}

/* A probe that fails, of another driver and of vfio-pci itself */
static void test_bind_fails(void **state)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);
	char path[PATH_MAX], bridge[PATH_MAX], name[64];

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	/* It is no edu. */
	assert_errno(pci_bind(bdf, MODULE_IMPORTER), ENODEV);

	/* vfio-pci takes no bridges. */
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/..", bdf);
	assert_non_null(realpath(path, bridge));
	memmove(bridge, strrchr(bridge, '/') + 1,
		strlen(strrchr(bridge, '/')));
	assert_ok(pci_driver(bridge, name, sizeof(name)));
	assert_errno(pci_bind(bridge, "vfio-pci"), ENODEV);
	assert_ok(pci_attr_write(bridge, "driver_override", "\n"));
	assert_ok(sysfs_write("/sys/bus/pci/drivers_probe", bridge));
	assert_ok(pci_driver(bridge, name, sizeof(name)));

	expect_served(EXPORTER);
}

static void test_driver_override(void **state)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);
	char name[64];

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	assert_ok(pci_bind(bdf, "vfio-pci"));
	/* An override of a bound device changes nothing for now. */
	assert_ok(pci_attr_write(bdf, "driver_override", "no-such-driver"));
	scene.dev.fd = -1;
	assert_ok(vfio_dev_open(&scene.dev, bdf));
	dmabuf = scene_export(&scene, 0, SLICE);
	close_dmabuf();
	vfio_dev_close(&scene.dev);

	assert_ok(sysfs_write("/sys/bus/pci/drivers/vfio-pci/unbind", bdf));
	assert_ok(sysfs_write("/sys/bus/pci/drivers_probe", bdf));
	assert_errno(pci_driver(bdf, name, sizeof(name)), ENOENT);

	/* Bound by hand, as the override allows now */
	assert_ok(pci_attr_write(bdf, "driver_override", "vfio-pci"));
	assert_ok(sysfs_write("/sys/bus/pci/drivers/vfio-pci/bind", bdf));
	expect_served(EXPORTER);
}

static void test_bind_loop(void **state)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);
	int i, fd;

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	for (i = 0; i < BIND_CYCLES; i++) {
		assert_ok(pci_bind(bdf, "vfio-pci"));
		if (i % 5 == 0) {
			assert_ok(vfio_dev_open(&single, bdf));
			fd = vfio_feature_dma_buf_range(single.fd, SCENE_BAR,
							0, SLICE);
			vfio_dev_close(&single);
			close(assert_ok(fd));
		}
		assert_ok(pci_unbind(bdf));
	}
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
}

static void test_removed_while_exported(void **state)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);
	int handle;

	scene_open(&scene, EXPORTER, IMPORTER);
	handle = export_and_check();
	close_device();
	assert_ok(pci_remove(bdf));
	assert_false(pci_exists(bdf));
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	assert_ok(importer_detach(&scene.imp, handle));
	expect_shell();

	assert_ok(pci_rescan());
	assert_true(pci_exists(bdf));
	expect_shell();
	close_dmabuf();
	scene_close(&scene);
	scene = (struct scene)SCENE_CLOSED;
	expect_served(EXPORTER);
}

/* The owner is asked to let go; access ends before it does. */
static void pending_while_open(int (*fn)(const char *bdf))
{
	struct p2p_test_stat stat;
	int handle;

	/* The kernel's own take access away when the owner has let go. */
	native_skip();
	scene_open(&scene, EXPORTER, IMPORTER);
	handle = export_and_check();
	pending_start_unbind(&pending, fn, &scene.dev);

	assert_ok(importer_stat(&scene.imp, handle, &stat));
	assert_false(stat.flags & P2P_TEST_STAT_MAPPED);
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	assert_errno(vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR, 0,
						SLICE), ENODEV);
	/* The owner itself goes on. */
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	assert_errno(pending_wait(&pending, 0), ETIMEDOUT);

	close_device();
	assert_ok(pending_wait(&pending, SOON_MS));
	assert_ok(importer_detach(&scene.imp, handle));
	expect_shell();
}

static void test_unbound_while_open(void **state)
{
	pending_while_open(pci_unbind);
}

static void test_removed_while_open(void **state)
{
	const char *bdf = env_bdf_or_skip(EXPORTER);

	pending_while_open(pci_remove);
	assert_false(pci_exists(bdf));
	assert_ok(pci_rescan());
	expect_shell();
	close_dmabuf();
	scene_close(&scene);
	scene = (struct scene)SCENE_CLOSED;
	expect_served(EXPORTER);
}

static void test_importer_removed(void **state)
{
	const char *bdf = env_bdf_or_skip(IMPORTER);
	int handle;

	scene_open(&scene, EXPORTER, IMPORTER);
	handle = export_and_check();
	assert_ok(pci_remove(bdf));
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	/* A revoke waits for nobody who is gone. */
	assert_ok(vfio_dev_reset(&scene.dev));
	importer_close(&scene.imp);

	assert_ok(pci_rescan());
	assert_ok(importer_open(&scene.imp, bdf));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	handle = scene_map(&scene, dmabuf);
	scene_check_write(&scene, handle, 0, 64, 2);
	end_attachment(handle);
}

static void check_variant(const char *bdf)
{
	assert_int_equal(pci_attr_number(bdf, "p2p_test_variant/own_ops"), 1);
	assert_ok(vfio_dev_open(&single, bdf));
	assert_int_equal(ioctl(single.fd, P2P_TEST_VARIANT_OWN_OPS), 1);
	assert_errno(vfio_feature_probe(single.fd, VFIO_DEVICE_FEATURE_DMA_BUF,
					VFIO_DEVICE_FEATURE_GET),
		     native_refusal());
	assert_ok(vfio_dev_reset(&single));
	vfio_dev_close(&single);
}

static void test_variant_left_alone(void **state)
{
	const char *bdf = env_bdf_or_skip(OTHER);

	assert_ok(module_ensure(MODULE_VARIANT));
	assert_ok(pci_bind(bdf, VARIANT));
	check_variant(bdf);
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	check_variant(bdf);
	assert_ok(pci_unbind(bdf));
	assert_ok(pci_bind(bdf, VARIANT));
	check_variant(bdf);
	/* From there to the driver that is served, and back */
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(pci_bind(bdf, VARIANT));
	check_variant(bdf);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	check_variant(bdf);
	assert_ok(pci_unbind(bdf));
	assert_ok(module_unload(MODULE_VARIANT));
}

#define binding_test(fn)	cmocka_unit_test_teardown(fn, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		binding_test(test_bound_before_load),
		binding_test(test_bound_after_load),
		binding_test(test_bound_around_load),
		binding_test(test_open_at_load),
		binding_test(test_other_driver_and_back),
		binding_test(test_bind_fails),
		binding_test(test_driver_override),
		binding_test(test_bind_loop),
		binding_test(test_removed_while_exported),
		binding_test(test_unbound_while_open),
		binding_test(test_removed_while_open),
		binding_test(test_importer_removed),
		binding_test(test_variant_left_alone),
	};

	return tap_run(tests, setup, NULL);
}
