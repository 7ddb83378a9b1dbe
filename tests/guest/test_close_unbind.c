// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device goes from under its dma-bufs: last close, unbind.  What is left of
 * them is a shell that can't be mapped and keeps nobody waiting.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"
#include "job.h"
#include "kmod.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"

#define PAGE_AT		8192

static struct scene scene;
static struct peer peer;

/* Outlives a test that fails while the unbind waits. */
static struct job job;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	peer_begin(&peer, &scene, PAGE_AT);
	return 0;
}

static int teardown(void **state)
{
	peer_end(&peer);
	scene_close(&scene);
	/* Nothing but dma-bufs pins the module. */
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

/* A mapping of the BAR holds the device open as an fd does. */
static void unmap_bar(void)
{
	munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
}

static void last_close(void)
{
	unmap_bar();
	close(scene.dev.fd);
	scene.dev.fd = -1;
}

static void map_bar(void)
{
	void *bar;

	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(vfio_region_mmap(&scene.dev, SCENE_BAR, 0, SCENE_SIZE, &bar));
	scene.bar = bar;
}

/* The device, with the group and the container that are still open */
static void reopen(void)
{
	scene.dev.fd = assert_ok(vfio_dev_reopen(&scene.dev));
	map_bar();
}

/* All from the driver on */
static void open_again(void)
{
	const char *bdf = env_bdf("EXPORTER_NVME");

	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open(&scene.dev, bdf));
	map_bar();
}

/* A new dma-buf of the same page works, the old one's address does not. */
static void expect_new_export_works(void)
{
	struct peer other;

	peer_expect_address_dead(&peer);
	peer_begin(&other, &scene, PAGE_AT);
	peer_expect_shell(&peer);
	peer_end(&other);
}

static void test_last_close(void **state)
{
	int copy;

	copy = dup(scene.dev.fd);
	assert_true(copy >= 0);
	close(scene.dev.fd);
	scene.dev.fd = copy;
	peer_expect_kept(&peer);

	last_close();
	peer_expect_taken(&peer);
	peer_expect_shell(&peer);

	reopen();
	peer_expect_shell(&peer);
	expect_new_export_works();
}

/* A second open of the same device is not the last one, either. */
static void test_close_of_one_open(void **state)
{
	int second = assert_ok(vfio_dev_reopen(&scene.dev));

	close(second);
	peer_expect_kept(&peer);
}

/* The importer is not mapped at the close; it is told all the same. */
static void test_close_while_unmapped(void **state)
{
	struct p2p_test_stat before, after;

	assert_ok(importer_unmap(&scene.imp, peer.handle));
	assert_ok(importer_stat(&scene.imp, peer.handle, &before));
	last_close();
	assert_ok(importer_stat(&scene.imp, peer.handle, &after));
	assert_int_equal(after.notifies - before.notifies, 1);
	assert_errno(importer_map(&scene.imp, peer.handle,
				  P2P_TEST_BIDIRECTIONAL), ENODEV);
	reopen();
}

/* Everything of the owner is gone; the importer is the last to go. */
static void test_shell_outlives_device(void **state)
{
	last_close();
	vfio_dev_close(&scene.dev);
	close(scene.control);
	scene.control = -1;
	assert_ok(pci_unbind(env_bdf("EXPORTER_NVME")));
	peer_expect_taken(&peer);

	/* The importer's attachment holds the dma-buf without its fd. */
	close(peer.dmabuf);
	peer.dmabuf = -1;
	peer_expect_still_taken(&peer);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 1);
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
}

/* Even the function itself is gone, and comes back as another one. */
static void test_shell_outlives_function(void **state)
{
	const char *bdf = env_bdf("EXPORTER_NVME");

	last_close();
	vfio_dev_close(&scene.dev);
	peer_expect_taken(&peer);
	assert_ok(pci_remove(bdf));
	assert_false(pci_exists(bdf));
	peer_expect_shell(&peer);

	assert_ok(pci_rescan());
	assert_true(pci_exists(bdf));
	peer_expect_shell(&peer);
	open_again();
	expect_new_export_works();
}

static int unbind(void *arg)
{
	return pci_unbind(arg);
}

static void test_unbind_while_open(void **state)
{
	char *bdf = scene.dev.bdf;
	char name[32];

	assert_ok(importer_clear_events(&scene.imp));
	job_start(&job, unbind, bdf);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_UNMAP,
				IMPORTER_TIMEOUT_MS));

	/* Access has ended, though the device is open and the unbind waits. */
	peer_expect_taken(&peer);
	assert_errno(importer_attach(&scene.imp, peer.dmabuf,
				     P2P_TEST_DYNAMIC), ENODEV);
	assert_errno(vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR, 0,
						PEER_PAGE), ENODEV);
	assert_errno(p2p_export_range(scene.control, scene.dev.fd, SCENE_BAR, 0,
				      PEER_PAGE), ENODEV);
	assert_int_equal(assert_ok(vfio_config_read32(&scene.dev, 0)),
			 0x00101b36);
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_false(job_done(&job));
	peer_expect_still_taken(&peer);

	unmap_bar();
	vfio_dev_close(&scene.dev);
	assert_ok(job_join(&job));
	assert_errno(pci_driver(bdf, name, sizeof(name)), ENOENT);
	peer_expect_shell(&peer);

	open_again();
	expect_new_export_works();
}

/* Unbind and bind a device that nobody has open: it is served again. */
static void test_rebind(void **state)
{
	const char *bdf = env_bdf("EXPORTER_NVME");

	peer_end(&peer);
	scene_close(&scene);
	assert_ok(pci_unbind(bdf));
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	peer_begin(&peer, &scene, PAGE_AT);
	peer_expect_kept(&peer);
}

/* Every test has a scene of its own, as it may leave nothing of it. */
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_last_close),
		TEST(test_close_of_one_open),
		TEST(test_close_while_unmapped),
		TEST(test_shell_outlives_device),
		TEST(test_shell_outlives_function),
		TEST(test_unbind_while_open),
		TEST(test_rebind),
	};

	return tap_run(tests, NULL, NULL);
}
