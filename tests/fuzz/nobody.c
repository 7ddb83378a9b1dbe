// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nobody.h"
#include "report.h"
#include "tap.h"
#include "world.h"

#define NOBODY	65534

/* A number that no file of it has */
#define NO_FD	777

/**
 * struct message - a call to make, or what came of it
 * @call: what to do
 * @gives_fd: success is a new fd, to be sent back
 * @count_fds: say how many fds there are instead
 * @ret: the result
 */
struct message {
	struct call call;
	bool gives_fd;
	bool count_fds;
	long ret;
};

static pthread_t thread;
static int our_end = -1, its_end = -1;
static int its_control = -1;
static long base_fds;

/* FD -1: none */
static void send_message(int socket, const struct message *message, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = {
		.iov_base = (void *)message,
		.iov_len = sizeof(*message),
	};
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	if (sendmsg(socket, &msg, 0) != sizeof(*message))
		bug("sendmsg: %s", strerror(errno));
}

/* Returns the fd that came with it, or -1; false at the end */
static bool receive_message(int socket, struct message *message, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = {
		.iov_base = message,
		.iov_len = sizeof(*message),
	};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;

	*fd = -1;
	if (recvmsg(socket, &msg, 0) != sizeof(*message))
		return false;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg)
		memcpy(fd, CMSG_DATA(cmsg), sizeof(int));
	return true;
}

static long count_own_fds(void)
{
	char path[64];
	long nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/fd",
		 (long)syscall(SYS_gettid));
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static long make_call(const struct call *call, int device_fd)
{
	int fd = call->fd;
	long ret;

	if (device_fd < 0)
		device_fd = NO_FD;
	if (call->device_fd_field && call->device_fd >= 0)
		*call->device_fd_field = device_fd;
	if (fd == world.control)
		fd = its_control;
	else
		fd = device_fd;
	ret = ioctl(fd, call->cmd, call->arg);
	return ret < 0 ? -errno : ret;
}

static void serve(struct message *message, int device_fd)
{
	int new_fd = -1;

	if (message->count_fds)
		message->ret = count_own_fds();
	else
		message->ret = make_call(&message->call, device_fd);
	if (message->gives_fd && message->ret >= 0)
		new_fd = message->ret;
	/* Before the answer, so that nothing is left when it comes. */
	if (device_fd >= 0)
		close(device_fd);
	send_message(its_end, message, new_fd);
	if (new_fd >= 0)
		close(new_fd);
}

/* System calls, for the C library's would change the whole process. */
static void drop_privileges(void)
{
	assert_int_equal(unshare(CLONE_FILES), 0);
	assert_int_equal(syscall(SYS_close_range, 0, its_end - 1, 0), 0);
	assert_int_equal(syscall(SYS_close_range, its_end + 1, ~0u, 0), 0);
	assert_int_equal(syscall(SYS_setgroups, 0, NULL), 0);
	assert_int_equal(syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY), 0);
	assert_int_equal(syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY), 0);
}

static void *nobody(void *unused)
{
	struct message message;
	int fd;

	drop_privileges();
	its_control = p2p_open();
	message = (struct message) { .ret = its_control };
	send_message(its_end, &message, -1);
	while (receive_message(its_end, &message, &fd))
		serve(&message, fd);
	close(its_control);
	close(its_end);
	return NULL;
}

static long exchange(struct message *message, int fd, int *new_fd)
{
	send_message(our_end, message, fd);
	if (!receive_message(our_end, message, new_fd))
		bug("the caller without privileges is gone");
	return message->ret;
}

static long nobody_count_fds(void)
{
	struct message message = { .count_fds = true };
	int fd;

	return exchange(&message, -1, &fd);
}

void nobody_start(void)
{
	struct message hello;
	int ends[2], fd;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				    ends), 0);
	our_end = ends[0];
	its_end = ends[1];
	assert_int_equal(pthread_create(&thread, NULL, nobody, NULL), 0);
	assert_true(receive_message(our_end, &hello, &fd));
	assert_ok(hello.ret);
	close(its_end);
	base_fds = nobody_count_fds();
}

void nobody_stop(void)
{
	close(our_end);
	pthread_join(thread, NULL);
}

void nobody_check_fds(void)
{
	long nr = nobody_count_fds();

	if (nr != base_fds)
		bug("nobody has %ld fds, not %ld", nr, base_fds);
}

long nobody_ioctl(const struct call *call, bool device, bool gives_fd)
{
	struct message message = { .call = *call, .gives_fd = gives_fd };
	int send = call->fd == world.control ? call->device_fd : call->fd;
	int new_fd;
	long ret;

	ret = exchange(&message, device ? send : -1, &new_fd);
	return gives_fd && ret >= 0 ? new_fd : ret;
}
