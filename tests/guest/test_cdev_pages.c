// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices opened by their device nodes give BARs pages as those of groups do: once
 * they are bound to an iommufd.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cdev_scene.h"
#include "kmod.h"
#include "pages.h"
#include "slice.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define PAGE	4096ul

static struct cdev_scene cdev = CDEV_SCENE_CLOSED;
static struct scene *scene = &cdev.scene;

/* Another fd of the node */
static struct vfio_dev second = { .fd = -1 };

static int teardown(void **state)
{
	vfio_cdev_close(&second);
	cdev_scene_close(&cdev);

	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

static int add(int fd)
{
	return pages_register(scene->control, fd, SCENE_BAR, 0, 0);
}

static int take(void)
{
	return pages_unregister(scene->control, scene->dev.fd, SCENE_BAR, 0);
}

static char *map_slice(void)
{
	return slice_map(scene->control, scene->dev.fd, SCENE_BAR, PAGE);
}

static void start(void **state)
{
	cdev_scene_start(&cdev, *state, "IMPORTER_EDU0");
	pages_skip(scene->control);
}

static void test_unbound(void **state)
{
	cdev_scene_open(&cdev, *state, "IMPORTER_EDU0");
	pages_skip(scene->control);
	assert_errno(add(scene->dev.fd), EINVAL);
	cdev_scene_bind(&cdev);
	cdev_scene_unmap_bar(&cdev);
	assert_ok(add(scene->dev.fd));
	assert_ok(vfio_cdev_open(&second, scene->dev.bdf));
	assert_errno(pages_alloc(scene->control, second.fd, SCENE_BAR, PAGE,
				 NULL), EINVAL);
	assert_ok(take());
}

/* The mapping of the scene is one by the node. */
static void test_excludes_mmap(void **state)
{
	void *addr;

	start(state);
	assert_errno(add(scene->dev.fd), EBUSY);
	cdev_scene_unmap_bar(&cdev);
	assert_ok(add(scene->dev.fd));
	assert_errno(vfio_region_mmap(&scene->dev, SCENE_BAR, 0, PAGE, &addr),
		     EBUSY);
	assert_ok(take());
}

static void test_events(void **state)
{
	struct pin pin;
	char *addr;

	start(state);
	cdev_scene_unmap_bar(&cdev);
	assert_ok(add(scene->dev.fd));
	addr = map_slice();
	slice_expect_there(addr);
	assert_ok(vfio_config_set_memory(&scene->dev, false));
	assert_errno(touch_write(addr, 0), EFAULT);
	assert_ok(vfio_config_set_memory(&scene->dev, true));
	slice_expect_there(addr);
	assert_ok(vfio_dev_reset(&scene->dev));
	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	assert_errno(vfio_dev_reset(&scene->dev), EBUSY);
	slice_expect_there(addr);
	assert_errno(take(), EBUSY);
	pin_drop(&pin);
	assert_ok(take());
	assert_errno(touch_write(addr, 0), EFAULT);
	munmap(addr, PAGE);
}

/* No groups are given: all that is reset is in a group of this iommufd. */
static void test_hot_reset(void **state)
{
	struct pin pin;
	char *addr;

	/* All of the slot has to be vfio's. */
	vfio_cdev_bdf_or_skip("SLOT_IVSHMEM");
	start(state);
	cdev_scene_unmap_bar(&cdev);
	assert_ok(add(scene->dev.fd));
	addr = map_slice();
	slice_expect_there(addr);
	assert_ok(vfio_dev_hot_reset(&scene->dev, NULL, 0));
	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	assert_errno(vfio_dev_hot_reset(&scene->dev, NULL, 0), EBUSY);
	slice_expect_there(addr);
	pin_drop(&pin);
	munmap(addr, PAGE);
}

static void test_close(void **state)
{
	char *addr;

	start(state);
	cdev_scene_unmap_bar(&cdev);
	assert_ok(add(scene->dev.fd));
	addr = map_slice();
	slice_expect_there(addr);
	vfio_cdev_close(&scene->dev);
	assert_errno(touch_write(addr, 0), EFAULT);
	munmap(addr, PAGE);
}

/* Pins of one who is gone: the node can be opened, but not be bound. */
static void test_pinned_close(void **state)
{
	struct pin pin;
	char *addr;

	start(state);
	cdev_scene_unmap_bar(&cdev);
	assert_ok(add(scene->dev.fd));
	addr = map_slice();
	slice_expect_there(addr);
	assert_ok(pin_page(&pin, addr));
	munmap(addr, PAGE);
	vfio_cdev_close(&scene->dev);
	assert_ok(vfio_cdev_open(&second, scene->dev.bdf));
	assert_errno(vfio_cdev_bind(&second, cdev.iommufd), EBUSY);
	pin_drop(&pin);
	while (vfio_cdev_bind(&second, cdev.iommufd) == -EBUSY)
		usleep(100000);
	assert_ok(vfio_config_set_memory(&second, true));
	assert_ok(pages_register(scene->control, second.fd, SCENE_BAR, 0, 0));
}

#define TEST_WITH(fn, title, exporter) { title, fn, NULL, teardown, exporter }
#define NVME	"EXPORTER_NVME"
#define RAM	"EXPORTER_IVSHMEM"

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_unbound, "unbound", NVME),
		TEST_WITH(test_unbound, "unbound, no FLR", RAM),
		TEST_WITH(test_excludes_mmap, "excludes mmap", NVME),
		TEST_WITH(test_excludes_mmap, "excludes mmap, no FLR", RAM),
		TEST_WITH(test_events, "events", NVME),
		TEST_WITH(test_hot_reset, "hot reset", "SLOT_NVME"),
		TEST_WITH(test_close, "close", NVME),
		TEST_WITH(test_close, "close, no FLR", RAM),
		TEST_WITH(test_pinned_close, "pinned close", NVME),
		TEST_WITH(test_pinned_close, "pinned close, no FLR", RAM),
	};

	return tap_run(tests, NULL, NULL);
}
