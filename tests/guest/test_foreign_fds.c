// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device_fd that is no vfio device is refused, EXPORT and ROUTE alike, and
 * nothing is called in it: a file that had our ioctl would say ENOTTY, not
 * EINVAL, and one without ioctls would be the end of the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>

#include "array.h"
#include "env.h"
#include "p2p.h"
#include "scene.h"
#include "tap.h"

#define PAGE	4096

/* The name of the anonymous inode of a vfio device */
#define DEVICE_NAME	"[vfio-device]"

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

static int make_pipe(void)
{
	int fds[2];

	if (pipe(fds))
		return -1;
	close(fds[1]);

	return fds[0];
}

static int make_socketpair(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return -1;
	close(fds[1]);

	return fds[0];
}

static int make_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static int make_memfd(void)
{
	return memfd_create(DEVICE_NAME, 0);
}

static int make_epoll(void)
{
	return epoll_create1(0);
}

static int make_eventfd(void)
{
	return eventfd(0, 0);
}

static int make_timerfd(void)
{
	return timerfd_create(CLOCK_MONOTONIC, 0);
}

static int make_signalfd(void)
{
	sigset_t set;

	sigemptyset(&set);
	return signalfd(-1, &set, 0);
}

static int make_inotify(void)
{
	return inotify_init();
}

static int make_pidfd(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0);
}

static int make_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, 0);
}

static int make_io_uring(void)
{
	struct io_uring_params params = { 0 };

	return syscall(SYS_io_uring_setup, 1, &params);
}

static int make_perf_event(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int make_fs_context(void)
{
	return syscall(SYS_fsopen, "tmpfs", 0);
}

static int make_null(void)
{
	return open("/dev/null", O_RDWR);
}

static int make_zero(void)
{
	return open("/dev/zero", O_RDWR);
}

static int make_file(void)
{
	return open("/tmp/" DEVICE_NAME, O_RDWR | O_CREAT, 0600);
}

static int make_proc(void)
{
	return open("/proc/self/status", O_RDONLY);
}

static int make_sysfs(void)
{
	return open("/sys/kernel/notes", O_RDONLY);
}

static int make_directory(void)
{
	return open("/tmp", O_RDONLY | O_DIRECTORY);
}

static int make_namespace(void)
{
	return open("/proc/self/ns/mnt", O_RDONLY);
}

static int make_terminal(void)
{
	return open("/dev/tty0", O_RDWR | O_NOCTTY);
}

static int make_kmsg(void)
{
	return open("/dev/kmsg", O_RDONLY);
}

static int make_control(void)
{
	return p2p_open();
}

static int make_importer(void)
{
	return dup(scene.imp.fd);
}

static int make_container(void)
{
	return open("/dev/vfio/vfio", O_RDWR);
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

	if (fd >= 0 && ioctl(fd, DMA_BUF_SET_NAME, DEVICE_NAME))
		return -1;

	return fd;
}

/* Some kernels or rights give none of these; they are named optional. */
static const struct {
	const char *name;
	int (*make)(void);
	int optional;
} foreign[] = {
	{ "pipe", make_pipe, 0 },
	{ "socket", make_socketpair, 0 },
	{ "netlink socket", make_netlink, 0 },
	{ "memfd", make_memfd, 0 },
	{ "epoll", make_epoll, 0 },
	{ "eventfd", make_eventfd, 0 },
	{ "timerfd", make_timerfd, 0 },
	{ "signalfd", make_signalfd, 0 },
	{ "inotify", make_inotify, 0 },
	{ "pidfd", make_pidfd, 0 },
	{ "userfaultfd", make_userfaultfd, 1 },
	{ "io_uring", make_io_uring, 1 },
	{ "perf event", make_perf_event, 1 },
	{ "fs context", make_fs_context, 0 },
	{ "/dev/null", make_null, 0 },
	{ "/dev/zero", make_zero, 0 },
	{ "file", make_file, 0 },
	{ "file of proc", make_proc, 0 },
	{ "file of sysfs", make_sysfs, 0 },
	{ "directory", make_directory, 0 },
	{ "namespace", make_namespace, 0 },
	{ "terminal", make_terminal, 0 },
	{ "/dev/kmsg", make_kmsg, 0 },
	{ "the misc device itself", make_control, 0 },
	{ "importer", make_importer, 0 },
	{ "container", make_container, 0 },
	{ "container in use", make_used_container, 0 },
	{ "group", make_group, 0 },
	{ "dma-buf", make_dma_buf, 0 },
	{ "dma-buf with a name", make_named_dma_buf, 0 },
};

static void test_foreign(void **state)
{
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(foreign); i++) {
		fd = foreign[i].make();
		if (fd < 0 && foreign[i].optional) {
			print_message("# no %s here: %s\n", foreign[i].name,
				      strerror(errno));
			continue;
		}
		if (fd < 0)
			fail_msg("no %s: %d", foreign[i].name, errno);
		check_refused(foreign[i].name, fd, EINVAL);
		close(fd);
	}
	unlink("/tmp/" DEVICE_NAME);
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
