// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations of a bind, an open and a module load fail.  What comes of most is
 * decided by code that is not ours; what is, must neither be in its way nor lose
 * anything: a device that can't be served works as it does without the module,
 * and the next bind serves it.  What is lost is found by kmemleak, which the rig
 * asks before the VM ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "fault.h"
#include "kmod.h"
#include "kmsg.h"
#include "native.h"
#include "p2p.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define EXPORTER	"EXPORTER_NVME"
#define OTHER		"EXPORTER_IVSHMEM"

#define NVME_VENDOR	0x1b36
#define SLICE		4096

#define WALKS		4

static struct vfio_dev dev = { .fd = -1 };
static const char *exporter;
static int kmsg = -1;
static int control = -1;
static int probe_fd = -1;

/* How often a device was bound, and not served */
static unsigned int not_served;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int clean_up(void **state)
{
	vfio_dev_close(&dev);
	close_fd(&control);
	close_fd(&probe_fd);
	close_fd(&kmsg);
	fault_end();
	pci_unbind(exporter);
	pci_unbind(env_bdf_or_skip(OTHER));
	not_served = 0;

	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

static int open_device(void)
{
	assert_ok(vfio_dev_open(&dev, exporter));
	assert_ok(vfio_config_set_memory(&dev, true));
	control = assert_ok(p2p_open());

	return p2p_export_range(control, dev.fd, SCENE_BAR, 0, SLICE);
}

static void close_device(void)
{
	close_fd(&control);
	vfio_dev_close(&dev);
}

static void expect_served(void)
{
	close(assert_ok(open_device()));
	close_device();
}

static void check_memory(void)
{
	__u32 value = 0x01234567, back;

	assert_ok(vfio_region_write(&dev, SCENE_BAR, 0, &value,
				    sizeof(value)));
	assert_ok(vfio_region_read(&dev, SCENE_BAR, 0, &back, sizeof(back)));
	assert_int_equal(back, value);
}

/* As on a kernel without the module */
static void check_plain(void)
{
	native_expect_alone(&dev);
	assert_int_equal(vfio_config_read16(&dev, PCI_VENDOR_ID), NVME_VENDOR);
	assert_ok(vfio_dev_reset(&dev));
	assert_ok(vfio_config_set_memory(&dev, true));
	check_memory();
}

/* Served, or not, and then the log says so. */
static void expect_served_or_plain(bool hit)
{
	bool said = kmsg_find(kmsg, "not served, out of memory");
	int fd = open_device();

	if (fd >= 0) {
		close(fd);
	} else {
		assert_errno(fd, ENOTTY);
		assert_true(hit);
		assert_true(said);
		check_plain();
		not_served++;
	}
	close_device();
}

static bool is_bound(void)
{
	char name[64];

	return !pci_driver(exporter, name, sizeof(name));
}

static void leave_unbound(void *context)
{
	assert_ok(pci_unbind(exporter));
	assert_ok(pci_attr_write(exporter, "driver_override", "vfio-pci"));
}

/* The write says nothing of most probes that fail. */
static int bind_device(void *context)
{
	const ssize_t size = strlen(exporter);

	return pwrite(probe_fd, exporter, size, 0) == size ? 0 : -errno;
}

static void look_at_bound(void *context, int ret, bool hit)
{
	if (!hit)
		assert_true(is_bound());
	if (is_bound())
		expect_served_or_plain(hit);
	leave_unbound(context);
}

/*
 * One or two allocations make the difference, of many.  A walk passes over one if it
 * is moved by another just then, which slabs do that are full; so there may be more
 * walks than one.
 */
static void walk_until_not_served(const struct fault_walk *walk,
				  unsigned int times)
{
	unsigned int i;

	for (i = 0; i < WALKS && not_served < times; i++)
		fault_walk(walk);
	print_message("# %s: %u times not served\n", walk->what, not_served);
	assert_true(not_served >= times);
}

/*
 * Ours come at the end, when the driver has taken the device.  What comes first
 * is vfio's, which has a WARN in its way out of vfio_create_group().
 */
static void test_bind(void **state)
{
	const struct fault_walk walk = {
		.what = "bind",
		.last = 70,
		.prepare = leave_unbound,
		.call = bind_device,
		.undo = look_at_bound,
		/* The write's own, and what it says of others */
		.errnos = { ENOMEM, EINVAL },
	};

	fault_begin_or_skip();
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	kmsg = assert_ok(kmsg_open());
	probe_fd = open("/sys/bus/pci/drivers_probe", O_WRONLY | O_CLOEXEC);
	assert_true(probe_fd >= 0);

	/* What is kept of the device, and of the driver */
	walk_until_not_served(&walk, 2);

	assert_ok(bind_device(NULL));
	expect_served();
}

static void expect_bars(void)
{
	assert_ok(pci_bind(exporter, "vfio-pci"));
	assert_ok(vfio_dev_open(&dev, exporter));
	assert_ok(vfio_config_set_memory(&dev, true));
	check_memory();
	vfio_dev_close(&dev);
}

static int open_again(void *context)
{
	return vfio_dev_reopen(&dev);
}

/*
 * It was closed, so that it can be opened for the first time again.  Linux 7.x claims
 * all BARs at open, and goes on without those that it has no memory for; what is lost
 * to vfio can't be exported.
 */
static void look_at_open(void *context, int fd, bool hit)
{
	int dmabuf;
	__u32 value;

	dev.fd = fd;
	assert_ok(vfio_config_set_memory(&dev, true));
	dmabuf = vfio_feature_dma_buf_range(fd, SCENE_BAR, 0, SLICE);
	if (dmabuf == -ENODEV && hit)
		assert_true(vfio_region_read(&dev, SCENE_BAR, 0, &value,
					     sizeof(value)) < 0);
	else
		close(assert_ok(dmabuf));
	close(fd);
}

/*
 * ACPI frees objects twice when it has no memory while it looks for a function's
 * interrupt.  It does so when the function is enabled; so it is before.
 */
static void bind_enabled(void)
{
	assert_ok(pci_unbind(exporter));
	assert_ok(pci_attr_write(exporter, "enable", "1"));
	assert_ok(pci_bind(exporter, "vfio-pci"));
}

static void unbind_enabled(void)
{
	assert_ok(pci_unbind(exporter));
	assert_ok(pci_attr_write(exporter, "enable", "0"));
}

/*
 * An open that has no memory to save the device's state goes on, and its last close
 * leaves the device as the reset there did: without BARs.  The kernel gives it new ones.
 */
static void find_again(void)
{
	assert_ok(pci_remove(exporter));
	assert_ok(pci_rescan());
}

static void test_open(void **state)
{
	const struct fault_walk walk = {
		.what = "open",
		.call = open_again,
		.undo = look_at_open,
		.errnos = { ENOMEM },
		.at_least = 2,
	};

	fault_begin_or_skip();
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	bind_enabled();
	assert_ok(vfio_dev_open(&dev, exporter));
	close(dev.fd);
	fault_walk(&walk);
	dev.fd = assert_ok(vfio_dev_reopen(&dev));
	vfio_dev_close(&dev);
	unbind_enabled();
	find_again();
	expect_bars();
}

static int load(void *context)
{
	return module_load(MODULE_UNDER_TEST, NULL);
}

static void look_at_loaded(void *context, int ret, bool hit)
{
	expect_served_or_plain(hit);
	assert_ok(module_unload(MODULE_UNDER_TEST));
}

/*
 * Of two devices one may be served, and the other not.  The misc device is made
 * before them; what the loader itself does is left out, it takes long.
 */
static void test_load(void **state)
{
	const struct fault_walk walk = {
		.what = "module load",
		.last = 80,
		.call = load,
		.undo = look_at_loaded,
		.errnos = { ENOMEM },
		.at_least = 2,
	};

	fault_begin_or_skip();
	assert_ok(pci_bind(exporter, "vfio-pci"));
	assert_ok(pci_bind(env_bdf_or_skip(OTHER), "vfio-pci"));
	kmsg = assert_ok(kmsg_open());
	walk_until_not_served(&walk, 1);

	assert_ok(load(NULL));
	expect_served();
}

static int setup(void **state)
{
	exporter = env_bdf_or_skip(EXPORTER);
	/* Ask the module while nothing depends on whether it is loaded. */
	native_there();

	return 0;
}

#define fault_test(fn)	cmocka_unit_test_teardown(fn, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fault_test(test_bind),
		fault_test(test_load),
		fault_test(test_open),
	};

	return tap_run(tests, setup, NULL);
}
