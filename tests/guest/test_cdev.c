// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices opened by their device nodes, /dev/vfio/devices/vfioN: once bound to
 * an iommufd they export as those of groups do, through both ABIs; an fd that is
 * not bound proves nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cdev_scene.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "pattern.h"
#include "tap.h"
#include "vfio_feature.h"

#define EXPORTER	"EXPORTER_NVME"
#define IMPORTER	"IMPORTER_EDU0"

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

static int probe(int fd)
{
	return vfio_feature_probe(fd, VFIO_DEVICE_FEATURE_DMA_BUF,
				  VFIO_DEVICE_FEATURE_GET);
}

static int get(int fd)
{
	return vfio_feature_dma_buf_range(fd, SCENE_BAR, 0, PEER_PAGE);
}

static int export(int fd)
{
	return p2p_export_range(scene->control, fd, SCENE_BAR, 0, PEER_PAGE);
}

static int route(int fd)
{
	struct vfio_p2p_route route;

	return p2p_route(scene->control, fd, env_bdf_or_skip(IMPORTER),
			 &route);
}

static void expect_refused(int fd)
{
	const int users = module_refcount(MODULE_UNDER_TEST);

	assert_errno(probe(fd), EINVAL);
	assert_errno(get(fd), EINVAL);
	assert_errno(export(fd), EINVAL);
	assert_errno(route(fd), EINVAL);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), users);
}

static void expect_answered(int fd)
{
	assert_ok(probe(fd));
	close(assert_ok(get(fd)));
	close(assert_ok(export(fd)));
	assert_ok(route(fd));
}

static void expect_exports_work(void)
{
	cdev_peers_begin(&cdev);
	cdev_peers_expect(&cdev, peer_expect_kept);
	cdev_peers_end(&cdev);
}

static void test_unbound(void **state)
{
	cdev_scene_open(&cdev, EXPORTER, IMPORTER);
	expect_refused(scene->dev.fd);

	/* It is the bind that makes the difference. */
	cdev_scene_bind(&cdev);
	expect_answered(scene->dev.fd);
}

static void test_failed_bind(void **state)
{
	int null;

	cdev_scene_open(&cdev, EXPORTER, IMPORTER);
	null = assert_ok(open("/dev/null", O_RDWR | O_CLOEXEC));
	assert_true(vfio_cdev_bind(&scene->dev, null) < 0);
	assert_true(vfio_cdev_bind(&scene->dev, -1) < 0);
	close(null);
	expect_refused(scene->dev.fd);
}

static void test_bound(void **state)
{
	cdev_scene_open(&cdev, EXPORTER, IMPORTER);
	cdev_scene_bind(&cdev);
	expect_answered(scene->dev.fd);
	expect_exports_work();
}

static void test_attached(void **state)
{
	cdev_scene_start(&cdev, *state, IMPORTER);
	expect_answered(scene->dev.fd);
	expect_exports_work();
}

/* What the device itself may reach is not what others may do to it. */
static void test_detach_and_attach(void **state)
{
	int other;

	cdev_scene_open(&cdev, EXPORTER, IMPORTER);
	cdev_scene_bind(&cdev);
	cdev_peers_begin(&cdev);
	cdev_scene_attach(&cdev);
	cdev_peers_expect(&cdev, peer_expect_kept);
	assert_ok(vfio_cdev_detach(&scene->dev));
	cdev_peers_expect(&cdev, peer_expect_kept);
	expect_answered(scene->dev.fd);
	cdev_scene_attach(&cdev);
	cdev_peers_expect(&cdev, peer_expect_kept);

	/* From one address space to another */
	other = assert_ok(iommufd_ioas_alloc(cdev.iommufd));
	assert_ok(vfio_cdev_attach(&scene->dev, other));
	assert_ok(iommufd_destroy(cdev.iommufd, cdev.ioas));
	cdev_peers_expect(&cdev, peer_expect_kept);
	expect_answered(scene->dev.fd);
	cdev_peers_end(&cdev);
}

/* Only one fd of a node can be bound; a copy of it is as good. */
static void test_second_open(void **state)
{
	int copy;

	cdev_scene_start(&cdev, EXPORTER, IMPORTER);
	cdev_peers_begin(&cdev);
	assert_ok(vfio_cdev_open(&second, scene->dev.bdf));
	expect_refused(second.fd);
	assert_errno(vfio_cdev_bind(&second, cdev.iommufd), EINVAL);
	expect_refused(second.fd);

	copy = assert_ok(dup(scene->dev.fd));
	expect_answered(copy);
	close(copy);
	vfio_cdev_close(&second);
	cdev_peers_expect(&cdev, peer_expect_kept);
	expect_answered(scene->dev.fd);
	cdev_peers_end(&cdev);
}

/* One that was open before takes over; dma-bufs of the first are no part of it. */
static void test_second_takes_over(void **state)
{
	cdev_scene_start(&cdev, EXPORTER, IMPORTER);
	assert_ok(vfio_cdev_open(&second, scene->dev.bdf));
	cdev_peers_begin(&cdev);
	cdev_scene_unmap_bar(&cdev);
	vfio_cdev_close(&scene->dev);
	cdev_peers_expect(&cdev, peer_expect_taken);
	expect_refused(second.fd);

	scene->dev = second;
	second.fd = -1;
	cdev_scene_bind(&cdev);
	cdev_peers_expect(&cdev, peer_expect_still_taken);
	cdev_peers_end(&cdev);
	expect_answered(scene->dev.fd);
	expect_exports_work();
}

/* The owner's own access, which is none of the module's business */
static void expect_owner_reaches_bar(void)
{
	static __u32 seed = 1000;

	pattern_fill_io(scene->bar, PEER_PAGE, ++seed, 0);
	assert_int_equal(pattern_check_io(scene->bar, PEER_PAGE, seed, 0),
			 PEER_PAGE);
}

static void unload(void)
{
	close(scene->control);
	scene->control = -1;
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	assert_ok(module_unload(MODULE_UNDER_TEST));
}

static void load(void)
{
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	scene->control = assert_ok(p2p_open());
}

/* What the kernel itself has to say of feature 11 */
static void expect_no_module(void)
{
	native_expect_alone(&scene->dev);
	assert_errno(probe(second.fd), EINVAL);
	expect_owner_reaches_bar();
}

/* Fds that are open, one bound and one not, are neither hindrance nor lost. */
static void test_unload_while_open(void **state)
{
	int i;

	cdev_scene_start(&cdev, EXPORTER, IMPORTER);
	assert_ok(vfio_cdev_open(&second, scene->dev.bdf));
	for (i = 0; i < 3; i++) {
		expect_exports_work();
		unload();
		expect_no_module();
		load();
		expect_refused(second.fd);
		expect_answered(scene->dev.fd);
	}
	expect_exports_work();
}

/* A node that was opened before the module came and is bound after it went */
static void test_unload_before_bind(void **state)
{
	cdev_scene_open(&cdev, EXPORTER, IMPORTER);
	unload();
	cdev_scene_bind(&cdev);
	expect_owner_reaches_bar();
	cdev_scene_attach(&cdev);
	load();
	expect_answered(scene->dev.fd);
	expect_exports_work();
}

/* The dma-bufs outlive all that the owner has open. */
static void test_unload_with_shells(void **state)
{
	bool native;
	int ret;

	cdev_scene_start(&cdev, EXPORTER, IMPORTER);
	native = native_used();
	cdev_peers_begin(&cdev);
	cdev_scene_unmap_bar(&cdev);
	vfio_cdev_close(&scene->dev);
	close(cdev.iommufd);
	cdev.iommufd = -1;
	close(scene->control);
	scene->control = -1;
	cdev_peers_expect(&cdev, peer_expect_taken);

	/* Who made them is who has to stay. */
	assert_int_equal(module_refcount(MODULE_UNDER_TEST),
			 native ? 0 : CDEV_PEERS);
	ret = module_unload(MODULE_UNDER_TEST);
	if (native)
		assert_ok(ret);
	else
		assert_errno(ret, EWOULDBLOCK);
	cdev_peers_expect(&cdev, peer_expect_still_taken);

	cdev_peers_end(&cdev);
	if (!native)
		assert_ok(module_unload(MODULE_UNDER_TEST));
}

#define TEST(fn)	cmocka_unit_test_teardown(fn, teardown)
#define TEST_WITH(fn, title, exporter) { title, fn, NULL, teardown, exporter }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unbound),
		TEST(test_failed_bind),
		TEST(test_bound),
		TEST_WITH(test_attached, "attached", EXPORTER),
		TEST_WITH(test_attached, "attached, no FLR", "EXPORTER_IVSHMEM"),
		TEST(test_detach_and_attach),
		TEST(test_second_open),
		TEST(test_second_takes_over),
		TEST(test_unload_while_open),
		TEST(test_unload_before_bind),
		TEST(test_unload_with_shells),
	};

	return tap_run(tests, NULL, NULL);
}
