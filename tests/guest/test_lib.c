// SPDX-License-Identifier: GPL-2.0-only
/* libvfio-p2p on a real kernel: whoever exports there, bytes arrive. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "array.h"
#include "env.h"
#include "kmod.h"
#include "library.h"
#include "native.h"
#include "scene.h"
#include "served.h"
#include "tap.h"
#include "vfio_cdev.h"

#define PAGE	4096

static struct scene scene;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);
	return 0;
}

/* DMA arrives at OFFSET of the BAR, where the dma-buf begins; closes it. */
static void check_dmabuf(int dmabuf, __u64 offset, unsigned int seed)
{
	int handle;

	assert_int_equal(fcntl(dmabuf, F_GETFD), FD_CLOEXEC);
	handle = scene_map(&scene, dmabuf);
	scene_check_write(&scene, handle, offset, PAGE, seed);
	assert_ok(importer_detach(&scene.imp, handle));
	assert_ok(close(dmabuf));
}

static void test_probe(void **state)
{
	assert_int_equal(assert_done(vfio_p2p_probe(scene.dev.fd, &said)),
			 VFIO_P2P_BACKEND_FEATURE);
}

static void test_bar(void **state)
{
	int dmabuf = assert_done(vfio_p2p_export_bar(scene.dev.fd, SCENE_BAR,
						     &said));

	assert_int_equal(lseek(dmabuf, 0, SEEK_END), 16 << 20);
	assert_int_equal(assert_done(vfio_p2p_made_by(dmabuf, &said)),
			 native_used() ? VFIO_P2P_MAKER_KERNEL :
					 VFIO_P2P_MAKER_MODULE);
	check_dmabuf(dmabuf, 0, 1);
}

static void test_slice(void **state)
{
	check_dmabuf(assert_done(vfio_p2p_export_slice(scene.dev.fd, SCENE_BAR,
						       3 * PAGE, 2 * PAGE,
						       &said)),
		     3 * PAGE, 2);
}

/* Both ways lead to the same dma-buf, and reading only is possible. */
static void test_slices(void **state)
{
	static const struct vfio_p2p_range ranges[] = {
		{ .offset = 5 * PAGE, .length = PAGE },
		{ .offset = 2 * PAGE, .length = PAGE },
	};
	enum vfio_p2p_backend backend;
	int dmabuf;

	for (backend = VFIO_P2P_BACKEND_ANY;
	     backend <= VFIO_P2P_BACKEND_MODULE; backend++) {
		dmabuf = assert_done(vfio_p2p_export_slices(scene.dev.fd,
							    SCENE_BAR, ranges,
							    2, O_RDONLY,
							    backend, &said));
		assert_int_equal(lseek(dmabuf, 0, SEEK_END), 2 * PAGE);
		assert_int_equal(fcntl(dmabuf, F_GETFL) & O_ACCMODE, O_RDONLY);
		assert_ok(close(dmabuf));

		dmabuf = assert_done(vfio_p2p_export_slices(scene.dev.fd,
							    SCENE_BAR, ranges,
							    1, O_RDWR, backend,
							    &said));
		check_dmabuf(dmabuf, 5 * PAGE, backend);
	}
}

static void test_path(void **state)
{
	const char *peer = env_bdf("IMPORTER_EDU0");
	struct vfio_p2p_path path;
	char text[400];

	assert_done(vfio_p2p_find_path(scene.dev.fd, peer, &path, &said));
	assert_int_equal(path.route, VFIO_P2P_ROUTE_HOST_BRIDGE);
	assert_int_equal(path.reason, VFIO_P2P_REASON_NO_COMMON_UPSTREAM);
	assert_string_equal(path.peer, peer);
	assert_string_equal(path.bridge, "0000:00:00.0");
	vfio_p2p_describe_path(&path, text, sizeof(text));
	print_message("%s\n", text);
	assert_non_null(strstr(text, "through the host bridge 0000:00:00.0"));

	expect_error(vfio_p2p_find_path(scene.dev.fd, "0000:77:00.0", &path,
					&said),
		     ENODEV, VFIO_P2P_CAUSE_NO_PEER, "0000:77:00.0");
}

static void test_bad_ranges(void **state)
{
	int fd = scene.dev.fd;

	expect_error(vfio_p2p_export_slice(fd, SCENE_BAR, 0, 0, &said),
		     EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "range 0 is empty");
	expect_error(vfio_p2p_export_slice(fd, SCENE_BAR, 8, PAGE, &said),
		     EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "offset, 0x8,");
	expect_error(vfio_p2p_export_slice(fd, SCENE_BAR, 0, PAGE + 1, &said),
		     EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "length, 0x1001,");
	expect_error(vfio_p2p_export_slice(fd, SCENE_BAR, 16 << 20, PAGE,
					   &said),
		     EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "not within BAR 2");
	expect_error(vfio_p2p_export_slice(fd, SCENE_BAR,
					   0x7ffffffffffff000, PAGE, &said),
		     EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "not within BAR 2");
}

static void test_bad_bars(void **state)
{
	struct vfio_dev dev;

	expect_error(vfio_p2p_export_slice(scene.dev.fd, 6, 0, PAGE, &said),
		     ENODEV, VFIO_P2P_CAUSE_NO_BAR, "no BAR 6");
	served_open(&dev, "EXPORTER_IVSHMEM");
	expect_error(vfio_p2p_export_bar(dev.fd, 0, &said),
		     EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "256 bytes");
	expect_error(vfio_p2p_export_slice(dev.fd, 4, 0, PAGE, &said),
		     ENODEV, VFIO_P2P_CAUSE_NO_BAR, "no BAR 4");
	vfio_dev_close(&dev);
}

static void test_bad_fds(void **state)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	expect_error(vfio_p2p_export_bar(fd, 2, &said), EINVAL,
		     VFIO_P2P_CAUSE_NO_DEVICE, "not a vfio device");
	expect_error(vfio_p2p_export_slice(fd, 2, 0, PAGE, &said), EINVAL,
		     VFIO_P2P_CAUSE_NO_DEVICE, "not a vfio device");
	expect_error(vfio_p2p_probe(fd, &said), EINVAL,
		     VFIO_P2P_CAUSE_NO_DEVICE, "not a vfio device");
	expect_error(vfio_p2p_made_by(fd, &said), EINVAL,
		     VFIO_P2P_CAUSE_FOREIGN_DMABUF, "not a dma-buf");
	close(fd);
	expect_error(vfio_p2p_export_slice(fd, 2, 0, PAGE, &said), EBADF,
		     VFIO_P2P_CAUSE_NO_DEVICE, "not open");
	expect_error(vfio_p2p_made_by(fd, &said), EBADF,
		     VFIO_P2P_CAUSE_FOREIGN_DMABUF, "not open");
}

static void test_unbound_cdev(void **state)
{
	const char *bdf = vfio_cdev_bdf_or_skip("EXPORTER_IVSHMEM");
	struct vfio_dev dev;

	assert_ok(vfio_cdev_open(&dev, bdf));
	expect_error(vfio_p2p_export_slice(dev.fd, 2, 0, PAGE, &said), EINVAL,
		     VFIO_P2P_CAUSE_NO_DEVICE, "VFIO_DEVICE_BIND_IOMMUFD");
	vfio_cdev_close(&dev);
}

/* Each thread has its own error, and all fds are told apart. */
static void *run_thread(void *arg)
{
	const unsigned int bar = 6 + *(unsigned int *)arg;
	struct vfio_p2p_error mine;
	char expected[32];
	int i, fd;

	snprintf(expected, sizeof(expected), "there is no BAR %u;", bar);
	for (i = 0; i < 50; i++) {
		if (vfio_p2p_export_bar(scene.dev.fd, bar, &mine) != -ENODEV ||
		    strncmp(mine.text, expected, strlen(expected)))
			return "another thread's error";
		fd = vfio_p2p_export_slice(scene.dev.fd, SCENE_BAR, 0, PAGE,
					   &mine);
		if (fd < 0 || lseek(fd, 0, SEEK_END) != PAGE || close(fd))
			return "no dma-buf";
	}
	return NULL;
}

static void test_threads(void **state)
{
	unsigned int numbers[4], i;
	pthread_t threads[4];
	void *problem;

	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, run_thread,
						&numbers[i]), 0);
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &problem), 0);
		if (problem)
			fail_msg("thread %u: %s", i, (char *)problem);
	}
}

static void test_module(void **state)
{
	uint64_t capabilities;

	assert_int_equal(assert_done(vfio_p2p_module_abi(&capabilities,
							 &said)),
			 VFIO_P2P_ABI_VERSION);
	assert_true(capabilities & VFIO_P2P_CAP_EXPORT);
	assert_int_equal(!(capabilities & VFIO_P2P_CAP_FEATURE),
			 native_used());
}

/* What the module made can be taken back alone. */
static void test_revoke(void **state)
{
	const int fd = scene.dev.fd;
	int dmabuf = assert_done(vfio_p2p_export_bar(fd, SCENE_BAR, &said));
	int other = assert_done(vfio_p2p_export_slice(fd, SCENE_BAR, PAGE, PAGE,
						      &said));

	if (native_used()) {
		expect_error(vfio_p2p_revoke(fd, dmabuf, &said), EOPNOTSUPP,
			     VFIO_P2P_CAUSE_NO_REVOKE, "reset or close");
	} else {
		assert_done(vfio_p2p_revoke(fd, dmabuf, &said));
		assert_done(vfio_p2p_revoke(fd, dmabuf, &said));
		assert_errno(importer_attach(&scene.imp, dmabuf,
					     P2P_TEST_DYNAMIC), ENODEV);
	}
	check_dmabuf(other, PAGE, 5);
	assert_ok(close(dmabuf));

	expect_error(vfio_p2p_revoke(fd, scene.control, &said), EINVAL,
		     VFIO_P2P_CAUSE_FOREIGN_DMABUF, "not a dma-buf");
}

/* Without the module: what the kernel can do, or what to do. */
static void test_without_module(void **state)
{
	bool native = native_there();
	struct vfio_p2p_path path;
	int ret, fd = scene.dev.fd;

	close(scene.control);
	scene.control = -1;
	assert_ok(module_unload(MODULE_UNDER_TEST));

	ret = vfio_p2p_export_slice(fd, SCENE_BAR, 0, PAGE, &said);
	if (native) {
		assert_int_equal(assert_done(vfio_p2p_made_by(ret, &said)),
				 VFIO_P2P_MAKER_KERNEL);
		check_dmabuf(ret, 0, 3);
		assert_int_equal(vfio_p2p_probe(fd, &said),
				 VFIO_P2P_BACKEND_FEATURE);
	} else {
		expect_error(ret, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_EXPORTER,
			     "modprobe vfio_p2p_dmabuf");
		expect_error(vfio_p2p_probe(fd, &said), EOPNOTSUPP,
			     VFIO_P2P_CAUSE_NO_EXPORTER, "modprobe");
	}
	expect_error(vfio_p2p_find_path(fd, "04:00.0", &path, &said), ENOENT,
		     VFIO_P2P_CAUSE_NO_MODULE, "modprobe vfio_p2p_dmabuf");
	expect_error(vfio_p2p_module_abi(NULL, &said), ENOENT,
		     VFIO_P2P_CAUSE_NO_MODULE, "not loaded");
	assert_ok(module_ensure(MODULE_UNDER_TEST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_bar),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_bad_ranges),
		cmocka_unit_test(test_bad_bars),
		cmocka_unit_test(test_bad_fds),
		cmocka_unit_test(test_unbound_cdev),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_revoke),
		/* the last: it unloads the module */
		cmocka_unit_test(test_without_module),
	};

	return tap_run(tests, setup, teardown);
}
