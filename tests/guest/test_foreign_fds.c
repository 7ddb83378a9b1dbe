// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device_fd that is no vfio device is refused, EXPORT and ROUTE alike, and
 * nothing is called in it: a file that had our ioctl would say ENOTTY, not
 * EINVAL, and one without ioctls would be the end of the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "array.h"
#include "env.h"
#include "foreign_fd.h"
#include "p2p.h"
#include "scene.h"
#include "tap.h"

#define PAGE	4096

static struct scene scene;

static int export(int fd)
{
	return p2p_export_range(scene.control, fd, SCENE_BAR, 0, PAGE);
}

static int route(int fd)
{
	struct vfio_p2p_route route;

	return p2p_route(scene.control, fd, env_bdf("IMPORTER_EDU0"), &route);
}

static void check_refused(const char *what, int fd, int err)
{
	int ret = export(fd);

	if (ret != -err)
		fail_msg("%s: EXPORT: %d instead of %d", what, ret, -err);
	ret = route(fd);
	if (ret != -err)
		fail_msg("%s: ROUTE: %d instead of %d", what, ret, -err);
}

static int make_control(void)
{
	return p2p_open();
}

static int make_importer(void)
{
	return dup(scene.imp.fd);
}

static int make_used_container(void)
{
	return dup(scene.dev.container->fd);
}

static int make_group(void)
{
	return dup(scene.dev.group->fd);
}

static int make_dma_buf(void)
{
	return export(scene.dev.fd);
}

/* A dma-buf may be given a name by anybody. */
static int make_named_dma_buf(void)
{
	int fd = export(scene.dev.fd);

	if (fd >= 0 && ioctl(fd, DMA_BUF_SET_NAME,
			     FOREIGN_FD_DEVICE_NAME))
		return -1;

	return fd;
}

/* What is there only with a device */
static const struct foreign_fd with_device[] = {
	{ "the misc device itself", make_control, false },
	{ "importer", make_importer, false },
	{ "container in use", make_used_container, false },
	{ "group", make_group, false },
	{ "dma-buf", make_dma_buf, false },
	{ "dma-buf with a name", make_named_dma_buf, false },
};

static void check_foreign(const struct foreign_fd *foreign)
{
	int fd = foreign->make();

	if (fd < 0 && foreign->optional) {
		print_message("# no %s here: %s\n", foreign->name,
			      strerror(errno));
		return;
	}
	if (fd < 0)
		fail_msg("no %s: %d", foreign->name, errno);
	check_refused(foreign->name, fd, EINVAL);
	close(fd);
}

static void test_foreign(void **state)
{
	size_t i;

	for (i = 0; i < nr_foreign_fds; i++)
		check_foreign(&foreign_fds[i]);
	for (i = 0; i < ARRAY_SIZE(with_device); i++)
		check_foreign(&with_device[i]);
	unlink("/tmp/" FOREIGN_FD_DEVICE_NAME);
}

static void test_no_fd(void **state)
{
	int closed = assert_ok(dup(scene.dev.fd));

	close(closed);
	check_refused("closed", closed, EBADF);
	check_refused("-1", -1, EBADF);
	check_refused("AT_FDCWD", AT_FDCWD, EBADF);
	check_refused("lowest", -2147483647 - 1, EBADF);
	check_refused("highest", 2147483647, EBADF);
}

/* O_PATH opens nothing, so there is nothing it could prove. */
static void test_path_fds(void **state)
{
	static const char * const paths[] = {
		"/dev/null", "/tmp", "/dev/vfio/vfio", "/proc/self/exe",
		"/dev/" VFIO_P2P_DEVICE_NAME,
	};
	char link[32];
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		fd = assert_ok(open(paths[i], O_PATH));
		check_refused(paths[i], fd, EBADF);
		close(fd);
	}

	/* Even of the device */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", scene.dev.fd);
	fd = assert_ok(open(link, O_PATH));
	check_refused("path of the device", fd, EBADF);
	close(fd);
}

/* The device itself is none of these. */
static void test_the_device(void **state)
{
	int fd = assert_ok(dup(scene.dev.fd));

	assert_ok(route(fd));
	close(assert_ok(export(fd)));
	close(fd);
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
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_no_fd),
		cmocka_unit_test(test_path_fds),
		cmocka_unit_test(test_the_device),
	};

	return tap_run(tests, setup, teardown);
}
