// SPDX-License-Identifier: GPL-2.0-only
/* A child that is to do something with less, or other, rights than the test. */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child.h"
#include "tap.h"

#define FIRST	(STDERR_FILENO + 1)

/* Leave the child this fd, as the first one behind stderr, or none (-1). */
static int keep_only(int fd)
{
	if (fd >= 0)
		child_expect(dup2(fd, FIRST) == FIRST);
	child_expect(syscall(SYS_close_range, FIRST + (fd >= 0), ~0u, 0) == 0);

	return fd >= 0 ? FIRST : -1;
}

pid_t child_start(void (*fn)(int fd), int fd)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		fn(keep_only(fd));
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

void child_end(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

void child_run(void (*fn)(int fd), int fd)
{
	child_end(child_start(fn, fd));
}
