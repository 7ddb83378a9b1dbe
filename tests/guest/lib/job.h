/* SPDX-License-Identifier: GPL-2.0-only */
/* A call that may block for long, in a thread of its own. */
#ifndef TEST_JOB_H
#define TEST_JOB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/**
 * struct job - one call
 * @fn: what to call; returns a negative errno if it fails
 * @arg: its argument
 * @thread: that calls it
 * @ret: what it returned
 * @done: it did return
 */
struct job {
	int (*fn)(void *arg);
	void *arg;
	pthread_t thread;
	int ret;
	atomic_bool done;
};

void job_start(struct job *job, int (*fn)(void *arg), void *arg);

bool job_done(struct job *job);

/* Waits for the end and returns what the call returned. */
int job_join(struct job *job);

#endif /* TEST_JOB_H */
