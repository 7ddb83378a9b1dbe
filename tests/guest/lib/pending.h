/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that block, made in threads of their own. */
#ifndef TEST_PENDING_H
#define TEST_PENDING_H

#include <pthread.h>
#include <stdbool.h>

#include "vfio_dev.h"

/**
 * struct pending - a call under way
 * @thread: that makes it
 * @fn: what is called
 * @arg: with which argument
 * @ret: its result, once it is over
 * @started: there is something to wait for
 */
struct pending {
	pthread_t thread;
	int (*fn)(const char *arg);
	const char *arg;
	int ret;
	bool started;
};

void pending_start(struct pending *call, int (*fn)(const char *arg),
		   const char *arg);

/* Its result; -ETIMEDOUT if it is not over in time, and goes on. */
int pending_wait(struct pending *call, long long ms);

/* Wait without a limit, if there is something to wait for; for teardowns */
void pending_finish(struct pending *call);

/* Start it, and wait. */
int pending_call(struct pending *call, int (*fn)(const char *arg),
		 const char *arg, long long ms);

/*
 * Start an unbind or a removal (@fn) of an open device, and return when it waits
 * for the device to be closed: vfio has asked its owner to do so.
 */
void pending_start_unbind(struct pending *call, int (*fn)(const char *bdf),
			  const struct vfio_dev *dev);

#endif /* TEST_PENDING_H */
