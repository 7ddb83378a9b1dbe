/* SPDX-License-Identifier: GPL-2.0-only */
/* A page whose first touch, also by the kernel, waits until it is let go. */
#ifndef TEST_STALL_H
#define TEST_STALL_H

#include <stddef.h>

/**
 * struct stall - two pages in a row, of which the first is such a one
 * @base: of both
 * @fd: by which its faults are told, or -1
 */
struct stall {
	char *base;
	int fd;
};

/* -ENOSYS if the kernel has no userfaultfd, or another negative errno */
int stall_open(struct stall *stall);
void stall_close(struct stall *stall);

/* Wait until somebody waits for the page. */
void stall_wait(struct stall *stall);

/* Let them have it, filled with zeroes. */
void stall_release(struct stall *stall);

#endif /* TEST_STALL_H */
