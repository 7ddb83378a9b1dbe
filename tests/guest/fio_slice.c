// SPDX-License-Identifier: GPL-2.0-only
/*
 * For fio, by LD_PRELOAD.  It wants the memory for its buffers by a path, and a slice
 * of a BAR is an fd that has none: /slice/N is what this process has as fd N.  And it
 * does not know that memory may be away for a while: a touch that raises SIGBUS is
 * done again, until the memory is back.
 *
 * Nor does it know that a kernel may be without System V shared memory, where it has
 * what it knows of its jobs.  They are threads, so any memory will do.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/shm.h>
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

/* Each is attached before the next one is made. */
static size_t segment_size;

int shmget(key_t key, size_t size, int flags)
{
	segment_size = size;
	return 1;
}

void *shmat(int id, const void *address, int flags)
{
	return mmap(NULL, segment_size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

int shmdt(const void *address)
{
	return 0;
}

int shmctl(int id, int command, struct shmid_ds *buf)
{
	return 0;
}
