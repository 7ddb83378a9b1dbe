/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fio that writes to a drive, reads it again, and verifies what it reads, with its
 * buffers in slices of a BAR.
 */
#ifndef TEST_FIO_H
#define TEST_FIO_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct fio_part - a part of the drive, and how fio goes about it
 * @engine: how it does I/O
 * @block: bytes of each request
 * @depth: how many requests at a time
 * @slice: fd of the memory; there are two pages in it beside the requests
 * @verified: KiB
 * @efault: jobs that were cut short by a request that found the memory away
 * @damaged: jobs that have read what they had not written
 */
struct fio_part {
	const char *engine;
	unsigned int block;
	unsigned int depth;
	int slice;
	unsigned long verified;
	unsigned int efault;
	unsigned int damaged;
};

#define FIO_PARTS	3

/* Of a part, in MiB */
#define FIO_PART_SIZE	2u

/**
 * struct fio - a process
 * @drive: path
 * @parts: what it does at the same time
 * @sigbus: touches of memory that was away, of all processes
 * @pid: while it runs, else 0
 * @output: what it prints, while it runs
 */
struct fio {
	const char *drive;
	struct fio_part parts[FIO_PARTS];
	unsigned int sigbus;
	pid_t pid;
	int output;
};

/*
 * A round is a job for each part.  The next one begins after that time, or when all
 * jobs were cut short.
 */
#define FIO_ROUND_SECONDS	2u

void fio_start(struct fio *fio, unsigned int rounds);

bool fio_ended(const struct fio *fio);

/*
 * Waits for its end; fails the test if there was trouble other than what struct
 * fio_part tells.
 */
void fio_end(struct fio *fio);

/* The same, but tells it to end */
void fio_stop(struct fio *fio);

/* Safe in a teardown, and if it does not run */
void fio_kill(struct fio *fio);

#endif /* TEST_FIO_H */
