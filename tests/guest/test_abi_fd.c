// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fd that an export returns: flags, size, what it can't do, what it holds,
 * and what is left when no fd is to be had.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kmod.h"
#include "native.h"
#include "scene.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"

#define PAGE	4096
#define MANY	400	/* fewer than an fd limit of 1024 */

static struct scene scene;

static int by_feature(__u32 open_flags)
{
	const struct vfio_region_dma_range range = { 0, PAGE };

	return vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR, open_flags, &range,
				    1);
}

static int by_control(__u32 open_flags)
{
	const struct vfio_p2p_range range = { 0, PAGE };

	return p2p_export(scene.control, scene.dev.fd, SCENE_BAR, open_flags,
			  &range, 1);
}

typedef int (*export_fn)(__u32 open_flags);

static void check_flags(export_fn export, __u32 open_flags, int file, int cloexec)
{
	int fd = assert_ok(export(open_flags));

	/* What the file was opened with, but for what open() adds by itself */
	assert_int_equal(fcntl(fd, F_GETFL) & ~O_LARGEFILE, file);
	assert_int_equal(fcntl(fd, F_GETFD), cloexec);
	close(fd);
}

static void test_open_flags(void **state)
{
	const export_fn doors[] = { by_feature, by_control };
	int i;

	for (i = 0; i < 2; i++) {
		check_flags(doors[i], O_RDONLY, O_RDONLY, 0);
		check_flags(doors[i], O_WRONLY, O_WRONLY, 0);
		check_flags(doors[i], O_RDWR, O_RDWR, 0);
		check_flags(doors[i], O_RDONLY | O_CLOEXEC, O_RDONLY,
			    FD_CLOEXEC);
		check_flags(doors[i], O_WRONLY | O_CLOEXEC, O_WRONLY,
			    FD_CLOEXEC);
		check_flags(doors[i], O_RDWR | O_CLOEXEC, O_RDWR, FD_CLOEXEC);
		check_flags(doors[i], O_RDWR | O_NONBLOCK, O_RDWR | O_NONBLOCK,
			    0);
		check_flags(doors[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC,
			    O_RDONLY | O_NONBLOCK, FD_CLOEXEC);
	}
}

/* The feature ignores what it does not know, as upstream; EXPORT refuses it. */
static void test_unknown_open_flags(void **state)
{
	const __u32 known = O_ACCMODE | O_CLOEXEC | O_NONBLOCK;
	__u32 bit;

	for (bit = 1; bit; bit <<= 1) {
		if (bit & known)
			continue;
		check_flags(by_feature, O_RDWR | bit, O_RDWR, 0);
		assert_errno(by_control(O_RDWR | bit), EINVAL);
	}
	check_flags(by_feature, O_RDWR | ~known, O_RDWR, 0);
	check_flags(by_feature, ~(__u32)O_ACCMODE, O_NONBLOCK, FD_CLOEXEC);
	assert_errno(by_control(O_RDWR | ~known), EINVAL);
}

static void test_size(void **state)
{
	int fd = scene_export(&scene, PAGE, 5 * PAGE);

	assert_int_equal(lseek(fd, 0, SEEK_END), 5 * PAGE);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(lseek(fd, 1, SEEK_SET), -1);
	assert_int_equal(errno, EINVAL);
	close(fd);
}

/* Those of the module can be mapped: test_mmap.c. */
static void test_no_mmap(void **state)
{
	int fd;

	native_need();
	fd = scene_export(&scene, 0, PAGE);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      fd, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(fd);
}

/* The module stays while a dma-buf of it is there. */
static void test_module_reference(void **state)
{
	int before = assert_ok(module_refcount(MODULE_UNDER_TEST));
	int a, b;

	native_skip();
	a = assert_ok(by_feature(O_RDWR));
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before + 1);
	b = assert_ok(by_control(O_RDWR));
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before + 2);
	assert_int_equal(module_unload(MODULE_UNDER_TEST), -EWOULDBLOCK);

	close(a);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before + 1);
	close(b);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);
}

/* Calls that fail leave no reference, at whatever check they do. */
static void test_failure_leaves_nothing(void **state)
{
	const struct vfio_region_dma_range bad = { 0, 1 };
	int before = assert_ok(module_refcount(MODULE_UNDER_TEST));
	int i;

	for (i = 0; i < 100; i++) {
		assert_errno(vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR,
						  O_RDWR, &bad, 1), EINVAL);
		assert_errno(vfio_feature_dma_buf_range(scene.dev.fd, 6, 0,
							PAGE), ENODEV);
		assert_errno(p2p_export_range(scene.control, scene.dev.fd,
					      SCENE_BAR, ~4095ULL, PAGE),
			     EOVERFLOW);
	}
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);
}

static void test_no_fd_left(void **state)
{
	int before = assert_ok(module_refcount(MODULE_UNDER_TEST));
	int results[20], i, lowest;
	struct rlimit limit, none;

	lowest = assert_ok(dup(0));
	close(lowest);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (i = 0; i < 20; i++)
		results[i] = i % 2 ? by_feature(O_RDWR) : by_control(O_RDWR);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);

	for (i = 0; i < 20; i++)
		assert_int_equal(results[i], -EMFILE);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);

	/* Nothing stands in the way of the next one. */
	assert_int_equal(by_feature(O_RDWR), lowest);
	close(lowest);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);
}

static void test_many_fds(void **state)
{
	int before = assert_ok(module_refcount(MODULE_UNDER_TEST));
	int fds[MANY], i;

	for (i = 0; i < MANY; i++)
		fds[i] = assert_ok(vfio_feature_dma_buf_range(scene.dev.fd,
							      SCENE_BAR, 0,
							      (i + 1) * PAGE));
	assert_int_equal(module_refcount(MODULE_UNDER_TEST),
			 before + (native_used() ? 0 : MANY));

	for (i = 0; i < MANY; i += 2)
		close(fds[i]);
	for (i = 1; i < MANY; i += 2) {
		assert_int_equal(lseek(fds[i], 0, SEEK_END), (i + 1) * PAGE);
		close(fds[i]);
	}
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);
}

/* What happens to one of two dma-bufs over the same pages is its own affair. */
static void test_independent(void **state)
{
	int a = scene_export(&scene, 0, 2 * PAGE);
	int b = scene_export(&scene, PAGE, 2 * PAGE);
	int map_a = scene_map(&scene, a);
	int map_b = scene_map(&scene, b);

	scene_check_write(&scene, map_a, 0, 2 * PAGE, 1);
	scene_check_write(&scene, map_b, PAGE, 2 * PAGE, 2);
	assert_ok(importer_detach(&scene.imp, map_a));
	close(a);
	scene_check_write(&scene, map_b, PAGE, 2 * PAGE, 3);
	assert_ok(importer_detach(&scene.imp, map_b));
	close(b);
}

/* It is made, revoked, and comes alive with the memory decode. */
static void test_memory_off(void **state)
{
	int fd, late;

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	fd = scene_export(&scene, 0, PAGE);
	late = assert_ok(by_control(O_RDWR | O_CLOEXEC));
	assert_int_equal(lseek(fd, 0, SEEK_END), PAGE);
	assert_errno(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC), ENODEV);
	assert_errno(importer_attach(&scene.imp, late, P2P_TEST_DYNAMIC),
		     ENODEV);

	assert_ok(vfio_config_set_memory(&scene.dev, true));
	scene_check_write(&scene, scene_map(&scene, fd), 0, PAGE, 4);
	scene_check_write(&scene, scene_map(&scene, late), 0, PAGE, 5);
	close(fd);
	close(late);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_flags),
		cmocka_unit_test(test_unknown_open_flags),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_no_mmap),
		cmocka_unit_test(test_module_reference),
		cmocka_unit_test(test_failure_leaves_nothing),
		cmocka_unit_test(test_no_fd_left),
		cmocka_unit_test(test_many_fds),
		cmocka_unit_test(test_independent),
		cmocka_unit_test(test_memory_off),
	};

	return tap_run(tests, setup, teardown);
}
