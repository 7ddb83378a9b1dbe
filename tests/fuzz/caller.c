// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "caller.h"
#include "nobody.h"
#include "world.h"

#define COMPAT_IOCTL	54
#define COMPAT_GETPID	20

static long compat_syscall(long nr, long a, long b, long c)
{
	int ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (nr), "b" (a), "c" (b), "d" (c)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static sigjmp_buf no_compat;

static void on_segv(int signal)
{
	siglongjmp(no_compat, 1);
}

/* Kernels without 32-bit programs answer with a signal. */
static bool compat_exists(void)
{
	static int exists = -1;
	struct sigaction action = { .sa_handler = on_segv }, old;

	if (exists >= 0)
		return exists;
	sigaction(SIGSEGV, &action, &old);
	if (sigsetjmp(no_compat, 1))
		exists = 0;
	else
		exists = compat_syscall(COMPAT_GETPID, 0, 0, 0) > 0;
	sigaction(SIGSEGV, &old, NULL);
	return exists;
}

void callers_start(void)
{
	nobody_start();
}

void callers_stop(void)
{
	nobody_stop();
}

int callers_files(void)
{
	return 1;
}

void callers_check_fds(void)
{
	nobody_check_fds();
}

bool caller_exists(enum caller caller)
{
	return caller != CALLER_COMPAT || compat_exists();
}

long caller_ioctl(enum caller caller, const struct call *call, bool gives_fd)
{
	long ret;

	switch (caller) {
	case CALLER_COMPAT:
		return compat_syscall(COMPAT_IOCTL, call->fd, call->cmd,
				      call->arg);
	case CALLER_NOBODY:
	case CALLER_STRANGER:
		return nobody_ioctl(call, caller == CALLER_NOBODY, gives_fd);
	default:
		ret = ioctl(call->fd, call->cmd, call->arg);
		return ret < 0 ? -errno : ret;
	}
}
