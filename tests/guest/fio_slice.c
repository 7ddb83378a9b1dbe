// SPDX-License-Identifier: GPL-2.0-only
/*
 * For fio, by LD_PRELOAD.  It wants the memory for its buffers by a path, and a slice
 * of a BAR is an fd that has none: /slice/N is what this process has as fd N.  And it
 * does not know that memory may be away for a while: a touch that raises SIGBUS is
 * done again, until the memory is back.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static atomic_uint touches;

static void wait_for_memory(int signal)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	touches++;
	nanosleep(&ms, NULL);
}

__attribute__((constructor)) static void begin(void)
{
	const struct sigaction action = { .sa_handler = wait_for_memory };

	sigaction(SIGBUS, &action, NULL);
}

__attribute__((destructor)) static void end(void)
{
	fprintf(stderr, "SIGBUS %u\n", touches);
}

/* What fio calls; O_LARGEFILE is no flag on x86-64. */
int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;
	int fd;

	if (sscanf(path, "/slice/%d", &fd) == 1)
		return dup(fd);

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return openat(AT_FDCWD, path, flags, mode);
}
