/* SPDX-License-Identifier: GPL-2.0-only */
/* A child that is to do something with less, or other, rights than the test. */
#ifndef TEST_CHILD_H
#define TEST_CHILD_H

#include <errno.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* In the child, where cmocka's assertions would end up in a second run. */
#define child_expect(condition)						\
	do {								\
		if (!(condition)) {					\
			printf("# line %d: %s, errno %d\n", __LINE__,	\
			       #condition, errno);			\
			fflush(stdout);					\
			_exit(1);					\
		}							\
	} while (0)

/*
 * Call FN in a child, whose only fds are stdin, stdout, stderr and a copy of this one,
 * the number of which FN is given; -1: none.
 */
pid_t child_start(void (*fn)(int fd), int fd);

/* Wait for it; what it expected must have been so. */
void child_end(pid_t pid);

/* Both */
void child_run(void (*fn)(int fd), int fd);

#endif /* TEST_CHILD_H */
