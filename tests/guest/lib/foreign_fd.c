// SPDX-License-Identifier: GPL-2.0-only
/* One fd of each kind that is no vfio device. */
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <linux/io_uring.h>
#include <linux/perf_event.h>

#include "array.h"
#include "foreign_fd.h"

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
	return memfd_create(FOREIGN_FD_DEVICE_NAME, 0);
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
	return open("/tmp/" FOREIGN_FD_DEVICE_NAME, O_RDWR | O_CREAT, 0600);
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

static int make_container(void)
{
	return open("/dev/vfio/vfio", O_RDWR);
}

static int make_iommufd(void)
{
	return open("/dev/iommu", O_RDWR);
}

const struct foreign_fd foreign_fds[] = {
	{ "pipe", make_pipe, false },
	{ "socket", make_socketpair, false },
	{ "netlink socket", make_netlink, false },
	{ "memfd", make_memfd, false },
	{ "epoll", make_epoll, false },
	{ "eventfd", make_eventfd, false },
	{ "timerfd", make_timerfd, false },
	{ "signalfd", make_signalfd, false },
	{ "inotify", make_inotify, false },
	{ "pidfd", make_pidfd, false },
	{ "userfaultfd", make_userfaultfd, true },
	{ "io_uring", make_io_uring, true },
	{ "perf event", make_perf_event, true },
	{ "fs context", make_fs_context, false },
	{ "/dev/null", make_null, false },
	{ "/dev/zero", make_zero, false },
	{ "file", make_file, false },
	{ "file of proc", make_proc, false },
	{ "file of sysfs", make_sysfs, false },
	{ "directory", make_directory, false },
	{ "namespace", make_namespace, false },
	{ "terminal", make_terminal, false },
	{ "/dev/kmsg", make_kmsg, false },
	{ "container", make_container, false },
	{ "iommufd", make_iommufd, true },
};

const unsigned int nr_foreign_fds = ARRAY_SIZE(foreign_fds);
