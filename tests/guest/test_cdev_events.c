// SPDX-License-Identifier: GPL-2.0-only
/*
 * What events do to the dma-bufs of a device that was opened by its device node:
 * the same as to those of groups.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cdev_scene.h"
#include "env.h"
#include "kmod.h"
#include "kmsg.h"
#include "native.h"
#include "p2p.h"
#include "pending.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define EXPORTER	"EXPORTER_NVME"
#define IMPORTER	"IMPORTER_EDU0"

/* How long an unbind may take */
#define UNBIND_MS	20000

static struct cdev_scene cdev = CDEV_SCENE_CLOSED;

/* Another function of the same slot, in the same iommufd, and its peer */
static struct scene sibling = {
	.dev.fd = -1,
	.imp.fd = -1,
	.control = -1,
};

static struct peer sibling_peer = { .dmabuf = -1 };
static struct pending unbind;
static int kmsg = -1;

static void close_sibling(void)
{
	const struct scene closed = {
		.dev.fd = -1,
		.imp.fd = -1,
		.control = -1,
	};

	vfio_cdev_close(&sibling.dev);
	scene_close(&sibling);
	sibling = closed;
	if (sibling_peer.dmabuf >= 0)
		close(sibling_peer.dmabuf);
	sibling_peer.dmabuf = -1;
}

static int teardown(void **state)
{
	close_sibling();
	cdev_scene_close(&cdev);
	pending_finish(&unbind);
	if (kmsg >= 0)
		close(kmsg);
	kmsg = -1;

	return 0;
}

static void start(const char *exporter)
{
	cdev_scene_start(&cdev, exporter, IMPORTER);
	cdev_peers_begin(&cdev);
}

static void expect(void (*fn)(struct peer *peer))
{
	cdev_peers_expect(&cdev, fn);
}

static void test_reset(void **state)
{
	start(*state);
	assert_ok(vfio_dev_reset(&cdev.scene.dev));
	expect(peer_expect_taken_and_given_back);
	assert_ok(vfio_dev_reset(&cdev.scene.dev));
	expect(peer_expect_taken_and_given_back);
}

static void test_flr(void **state)
{
	start(EXPORTER);
	assert_ok(vfio_config_pcie_flr(&cdev.scene.dev));
	expect(peer_expect_taken_and_given_back);
}

/* The device is in no address space. */
static void test_reset_while_detached(void **state)
{
	start(EXPORTER);
	assert_ok(vfio_cdev_detach(&cdev.scene.dev));
	assert_ok(vfio_dev_reset(&cdev.scene.dev));
	expect(peer_expect_taken_and_given_back);
}

static void test_memory(void **state)
{
	start(EXPORTER);
	assert_ok(vfio_config_set_memory(&cdev.scene.dev, false));
	expect(peer_expect_taken);
	assert_ok(vfio_dev_reset(&cdev.scene.dev));
	expect(peer_expect_still_taken);

	/* An address space does not give access back. */
	assert_ok(vfio_cdev_detach(&cdev.scene.dev));
	cdev_scene_attach(&cdev);
	expect(peer_expect_still_taken);

	assert_ok(vfio_config_set_memory(&cdev.scene.dev, true));
	expect(peer_expect_given_back);
}

static void test_power(void **state)
{
	start(EXPORTER);
	assert_ok(vfio_config_set_power(&cdev.scene.dev, 3));
	expect(peer_expect_taken);
	assert_ok(vfio_config_set_power(&cdev.scene.dev, 0));
	expect(peer_expect_given_back);
}

static void start_slot(void)
{
	const char *bdf = vfio_cdev_bdf_or_skip("SLOT_IVSHMEM");
	void *bar;

	start("SLOT_NVME");
	assert_ok(vfio_cdev_open(&sibling.dev, bdf));
	assert_ok(vfio_cdev_bind(&sibling.dev, cdev.iommufd));
	assert_ok(vfio_config_set_memory(&sibling.dev, true));
	assert_ok(vfio_region_mmap(&sibling.dev, SCENE_BAR, 0, SCENE_SIZE,
				   &bar));
	sibling.bar = bar;
	assert_ok(importer_open(&sibling.imp, env_bdf_or_skip("IMPORTER_EDU1")));
	peer_begin(&sibling_peer, &sibling, 0);
}

/* That all functions are in one iommufd is the right to do it. */
static void hot_reset(const struct vfio_dev *dev)
{
	assert_ok(vfio_dev_hot_reset(dev, NULL, 0));
}

static void test_hot_reset(void **state)
{
	start_slot();
	hot_reset(&cdev.scene.dev);
	expect(peer_expect_taken_and_given_back);
	peer_expect_taken_and_given_back(&sibling_peer);
	hot_reset(&sibling.dev);
	expect(peer_expect_taken_and_given_back);
	peer_expect_taken_and_given_back(&sibling_peer);
}

static void test_hot_reset_memory_off(void **state)
{
	start_slot();
	assert_ok(vfio_config_set_memory(&sibling.dev, false));
	peer_expect_taken(&sibling_peer);
	hot_reset(&cdev.scene.dev);
	expect(peer_expect_taken_and_given_back);
	peer_expect_still_taken(&sibling_peer);
	assert_ok(vfio_config_set_memory(&sibling.dev, true));
	peer_expect_given_back(&sibling_peer);
}

/* The sibling's node is open, but not bound: its group is the iommufd's. */
static void test_hot_reset_with_unbound_sibling(void **state)
{
	const char *bdf = vfio_cdev_bdf_or_skip("SLOT_IVSHMEM");

	start("SLOT_NVME");
	assert_ok(vfio_cdev_open(&sibling.dev, bdf));
	hot_reset(&cdev.scene.dev);
	expect(peer_expect_taken_and_given_back);
}

/* Fds prove nothing of a device that has no group open. */
static void test_hot_reset_refused(void **state)
{
	int null;

	start_slot();
	null = assert_ok(open("/dev/null", O_RDWR | O_CLOEXEC));
	assert_errno(vfio_dev_hot_reset(&cdev.scene.dev, &null, 1), EINVAL);
	assert_errno(vfio_dev_hot_reset(&cdev.scene.dev, &cdev.iommufd, 1),
		     EINVAL);
	close(null);
	expect(peer_expect_kept);
	peer_expect_kept(&sibling_peer);
}

/* Shells, whatever becomes of the device: they can't be attached to or mapped. */
static void expect_shells(void)
{
	expect(peer_expect_still_taken);
	assert_errno(importer_attach(&cdev.scene.imp, cdev.peers[0].dmabuf,
				     P2P_TEST_DYNAMIC), ENODEV);
	assert_errno(importer_attach(&cdev.scene.imp, cdev.peers[1].dmabuf,
				     P2P_TEST_DYNAMIC), ENODEV);
}

static void expect_new_export_works(void)
{
	struct peer other;

	expect(peer_expect_address_dead);
	peer_begin(&other, &cdev.scene, cdev.peers[0].offset);
	expect_shells();
	peer_end(&other);
}

static void close_iommufd(void)
{
	close(cdev.iommufd);
	cdev.iommufd = -1;
}

/* The device has a reference on its iommufd. */
static void test_iommufd_closed_first(void **state)
{
	start(EXPORTER);
	close_iommufd();
	expect(peer_expect_kept);
	assert_ok(vfio_dev_reset(&cdev.scene.dev));
	expect(peer_expect_taken_and_given_back);

	cdev_scene_unmap_bar(&cdev);
	vfio_cdev_close(&cdev.scene.dev);
	expect(peer_expect_taken);
	expect_shells();
	cdev_scene_restart(&cdev);
	expect_new_export_works();
}

static void test_device_closed_first(void **state)
{
	start(EXPORTER);
	vfio_cdev_close(&cdev.scene.dev);
	/* The owner's mapping of the BAR is as good as an fd. */
	expect(peer_expect_kept);
	cdev_scene_unmap_bar(&cdev);
	expect(peer_expect_taken);
	expect_shells();

	close_iommufd();
	expect_shells();
	cdev_scene_restart(&cdev);
	expect_new_export_works();
}

/* After a close the same device may be opened through its group. */
static void test_from_node_to_group(void **state)
{
	struct vfio_dev dev;
	int dmabuf;

	start(EXPORTER);
	cdev_scene_unmap_bar(&cdev);
	vfio_cdev_close(&cdev.scene.dev);
	expect(peer_expect_taken);

	assert_ok(vfio_dev_open(&dev, env_bdf_or_skip(EXPORTER)));
	assert_ok(vfio_config_set_memory(&dev, true));
	expect_shells();
	dmabuf = vfio_feature_dma_buf_range(dev.fd, SCENE_BAR, 0, PEER_PAGE);
	vfio_dev_close(&dev);
	close(assert_ok(dmabuf));
	cdev_scene_restart(&cdev);
	expect_new_export_works();
}

/*
 * Ours are told when the unbind begins, the kernel's own at the last close, for
 * which it waits.
 */
static void test_unbind_while_open(void **state)
{
	const struct vfio_dev *dev = &cdev.scene.dev;
	const char *bdf = env_bdf_or_skip(EXPORTER);
	char name[32];
	bool native;

	start(EXPORTER);
	native = native_used();
	pending_start_unbind(&unbind, pci_unbind, dev);
	expect(native ? peer_expect_kept : peer_expect_taken);
	if (!native) {
		assert_errno(vfio_feature_dma_buf_range(dev->fd, SCENE_BAR, 0,
							PEER_PAGE), ENODEV);
		assert_errno(p2p_export_range(cdev.scene.control, dev->fd,
					      SCENE_BAR, 0, PEER_PAGE), ENODEV);
	}

	cdev_scene_unmap_bar(&cdev);
	vfio_cdev_close(&cdev.scene.dev);
	assert_ok(pending_wait(&unbind, UNBIND_MS));
	assert_errno(pci_driver(bdf, name, sizeof(name)), ENOENT);
	expect(native ? peer_expect_taken : peer_expect_still_taken);
	expect_shells();

	close_iommufd();
	assert_ok(pci_bind(bdf, "vfio-pci"));
	cdev_scene_restart(&cdev);
	expect_new_export_works();
}

/* What vfio says when it waits for an owner that it can't ask */
static void wait_for_unbind(void)
{
	kmsg_expect(kmsg, "blocked until released by user", UNBIND_MS);
}

/* An fd that may do nothing holds an unbind up, and still may do nothing. */
static void test_unbind_while_unbound(void **state)
{
	const char *bdf = vfio_cdev_bdf_or_skip(EXPORTER);

	cdev_scene_open(&cdev, EXPORTER, IMPORTER);
	kmsg = assert_ok(kmsg_open());
	pending_start(&unbind, pci_unbind, bdf);
	wait_for_unbind();

	assert_errno(vfio_feature_dma_buf_range(cdev.scene.dev.fd, SCENE_BAR, 0,
						PEER_PAGE), EINVAL);
	assert_errno(p2p_export_range(cdev.scene.control, cdev.scene.dev.fd,
				      SCENE_BAR, 0, PEER_PAGE), EINVAL);
	close(cdev.scene.control);
	cdev.scene.control = -1;
	assert_ok(module_unload(MODULE_UNDER_TEST));
	vfio_cdev_close(&cdev.scene.dev);
	assert_ok(pending_wait(&unbind, UNBIND_MS));
}

#define TEST(fn)	cmocka_unit_test_teardown(fn, teardown)
#define TEST_WITH(fn, title, exporter) { title, fn, NULL, teardown, exporter }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_reset, "reset, FLR", EXPORTER),
		TEST_WITH(test_reset, "reset, bus", "EXPORTER_IVSHMEM"),
		TEST(test_flr),
		TEST(test_reset_while_detached),
		TEST(test_memory),
		TEST(test_power),
		TEST(test_hot_reset),
		TEST(test_hot_reset_memory_off),
		TEST(test_hot_reset_with_unbound_sibling),
		TEST(test_hot_reset_refused),
		TEST(test_iommufd_closed_first),
		TEST(test_device_closed_first),
		TEST(test_from_node_to_group),
		TEST(test_unbind_while_open),
		TEST(test_unbind_while_unbound),
	};

	return tap_run(tests, NULL, NULL);
}
