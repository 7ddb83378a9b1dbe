// SPDX-License-Identifier: GPL-2.0-only
/* VFIO_P2P_REVOKE: the owner takes one dma-buf back, for good. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"
#include "job.h"
#include "kmod.h"
#include "native.h"
#include "peer.h"
#include "served.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define PAGE	4096

/* Longer than a reset takes that waits for nobody */
#define WAITS_MS	3000

static struct scene scene;
static struct peer peer, other;

/* One that does not let go, with events of its own */
static struct importer far;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	assert_ok(importer_open(&far, env_bdf_or_skip("IMPORTER_EDU1")));
	return 0;
}

static int teardown(void **state)
{
	importer_close(&far);
	scene_close(&scene);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static void begin(void)
{
	native_skip();
	peer_begin(&peer, &scene, 2 * PAGE);
	peer_begin(&other, &scene, 4 * PAGE);
}

static void end(void)
{
	peer_end(&peer);
	peer_end(&other);
}

static int take_back(int dmabuf)
{
	return p2p_revoke(scene.control, scene.dev.fd, dmabuf);
}

static void expect_shell(void)
{
	peer_expect_still_taken(&peer);
	assert_errno(importer_attach(&scene.imp, peer.dmabuf,
				     P2P_TEST_DYNAMIC), ENODEV);
}

static void test_one_of_two(void **state)
{
	begin();
	assert_ok(take_back(peer.dmabuf));
	peer_expect_taken(&peer);
	peer_expect_address_dead(&peer);
	expect_shell();
	peer_expect_kept(&other);

	assert_ok(take_back(peer.dmabuf));
	expect_shell();
	peer_expect_kept(&other);
	end();
}

/* No event gives it back. */
static void test_for_good(void **state)
{
	begin();
	assert_ok(take_back(peer.dmabuf));
	peer_expect_taken(&peer);

	assert_ok(vfio_dev_reset(&scene.dev));
	peer_expect_taken_and_given_back(&other);
	expect_shell();

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	peer_expect_taken(&other);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	peer_expect_given_back(&other);
	expect_shell();
	end();
}

/* One that was taken away for a while is not given back either. */
static void test_while_taken(void **state)
{
	begin();
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	peer_expect_taken(&peer);
	assert_ok(take_back(peer.dmabuf));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	expect_shell();
	end();
}

static void test_mmap(void **state)
{
	__u32 value;
	char *addr;
	int fd;

	native_skip();
	fd = scene_export(&scene, 0, PAGE);
	addr = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(addr, MAP_FAILED);
	assert_ok(touch_read(addr, &value));
	assert_ok(take_back(fd));
	assert_errno(touch_read(addr, &value), EFAULT);
	munmap(addr, PAGE);
	close(fd);
}

static int take_peer_back(void *arg)
{
	return take_back(peer.dmabuf);
}

static int reset(void *arg)
{
	return vfio_dev_reset(&scene.dev);
}

/* An importer that does not let go at once: it waits, and so does a reset. */
static void test_waits(void **state)
{
	struct job job, reset_job;
	int handle;

	begin();
	handle = assert_ok(importer_attach(&far, peer.dmabuf,
					   P2P_TEST_IGNORE_NOTIFY));
	assert_ok(importer_map(&far, handle, P2P_TEST_BIDIRECTIONAL));
	importer_clear_events(&scene.imp);
	importer_clear_events(&far);
	job_start(&job, take_peer_back, NULL);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	assert_ok(importer_wait(&far, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));

	/* The other's importer is told by the reset, before that waits. */
	importer_clear_events(&scene.imp);
	job_start(&reset_job, reset, NULL);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	/* Nothing would tell that it waits; that it is over would be told. */
	importer_clear_events(&scene.imp);
	assert_errno(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				   WAITS_MS), ETIMEDOUT);
	assert_false(job_done(&job));
	assert_false(job_done(&reset_job));

	assert_ok(importer_unmap(&far, handle));
	assert_ok(job_join(&job));
	assert_ok(job_join(&reset_job));
	assert_ok(importer_detach(&far, handle));
	peer_expect_taken(&peer);
	peer_expect_taken_and_given_back(&other);
	end();
}

static void test_other_device(void **state)
{
	struct vfio_dev dev;

	begin();
	served_open(&dev, "EXPORTER_IVSHMEM");
	assert_errno(p2p_revoke(scene.control, dev.fd, peer.dmabuf), EPERM);
	peer_expect_kept(&peer);
	vfio_dev_close(&dev);
	end();
}

/* A shell of an earlier owner is no dma-buf of the next one's to take back. */
static void test_after_close(void **state)
{
	struct vfio_dev dev;
	int fd;

	native_skip();
	served_open(&dev, "EXPORTER_IVSHMEM");
	fd = assert_ok(vfio_feature_dma_buf_range(dev.fd, 2, 0, PAGE));
	vfio_dev_close(&dev);
	assert_errno(p2p_revoke(scene.control, scene.dev.fd, fd), EPERM);
	served_open(&dev, "EXPORTER_IVSHMEM");
	assert_ok(p2p_revoke(scene.control, dev.fd, fd));
	vfio_dev_close(&dev);
	close(fd);
}

static void test_refusals(void **state)
{
	int fds[2], fd;

	fd = scene_export(&scene, 0, PAGE);
	assert_int_equal(pipe(fds), 0);
	assert_errno(take_back(-1), EBADF);
	assert_errno(take_back(fds[0]), EINVAL);
	assert_errno(take_back(scene.dev.fd), EINVAL);
	assert_errno(p2p_revoke(scene.control, -1, fd), EBADF);
	assert_errno(p2p_revoke(scene.control, fds[0], fd), EINVAL);
	assert_errno(p2p_revoke(scene.control, fd, fd), EINVAL);
	close(fds[0]);
	close(fds[1]);
	close(fd);
}

/* Those of the kernel are not ours to take back. */
static void test_native(void **state)
{
	struct vfio_p2p_info info;
	const __u64 caps = VFIO_P2P_CAP_MMAP | VFIO_P2P_CAP_REVOKE;
	int fd;

	assert_ok(p2p_info(scene.control, &info));
	if (!native_used()) {
		assert_int_equal(info.capabilities & caps, caps);
		return;
	}
	assert_int_equal(info.capabilities & caps, 0);
	fd = scene_export(&scene, 0, PAGE);
	assert_errno(take_back(fd), EINVAL);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_of_two),
		cmocka_unit_test(test_for_good),
		cmocka_unit_test(test_while_taken),
		cmocka_unit_test(test_mmap),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_other_device),
		cmocka_unit_test(test_after_close),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_native),
	};

	return tap_run(tests, setup, teardown);
}
