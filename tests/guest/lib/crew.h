/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that each do one thing over and over, beside the test. */
#ifndef TEST_CREW_H
#define TEST_CREW_H

#include <pthread.h>
#include <stdbool.h>

#include <linux/types.h>

#include "tap.h"

#define CREW_MAX	16

struct crew;

/* One round of what a member does; returns soon, whatever happens. */
typedef void (*crew_fn)(struct crew *crew, void *context);

/**
 * struct crew_member - one thread
 * @crew: it belongs to
 * @name: for messages
 * @fn: called over and over
 * @context: for @fn
 * @thread: the thread
 * @rounds: calls of @fn that returned; read it with crew_rounds()
 */
struct crew_member {
	struct crew *crew;
	const char *name;
	crew_fn fn;
	void *context;
	pthread_t thread;
	unsigned long rounds;
};

/**
 * struct crew - the threads of a test
 * @lock: protects all below; @stop, @park and @failed may be read without it
 * @changed: something of it did
 * @stop: members end
 * @park: members wait before their next round
 * @nr: members
 * @parked: those that wait
 * @members: the first @nr are used
 * @failed: one of them did
 * @failure: what the first that failed had to say
 *
 * All zero, but for CREW_INIT, is a crew without members.
 */
struct crew {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop;
	bool park;
	unsigned int nr;
	unsigned int parked;
	struct crew_member members[CREW_MAX];
	bool failed;
	char failure[256];
};

#define CREW_INIT { \
	.lock = PTHREAD_MUTEX_INITIALIZER, \
	.changed = PTHREAD_COND_INITIALIZER, \
}

/* The new member starts at once, or is parked if the others are. */
void crew_add(struct crew *crew, const char *name, crew_fn fn, void *context);

/* Wait until all are between two rounds, and keep them there. */
void crew_park(struct crew *crew);
void crew_resume(struct crew *crew);

/* End all members.  Safe in a teardown, and when there are none. */
void crew_stop(struct crew *crew);

/* What a member does instead of an assertion; it should return then. */
CMOCKA_PRINTF_ATTRIBUTE(2, 3)
void crew_fail(struct crew *crew, const char *format, ...);

/* True if a member failed; for long waits */
bool crew_failed(struct crew *crew);

/* Fails the test if a member did. */
void crew_check(struct crew *crew);

/* How many rounds the member of a name has behind it */
unsigned long crew_rounds(struct crew *crew, const char *name);

/* A lock of which who wants it alone does not wait for ever for those who share it */
void crew_init_lock(pthread_rwlock_t *lock);

/* rig.race_seed=, or the time; printed, so that it can be given again */
__u64 crew_seed(void);

/* Milliseconds since some time in the past */
long long crew_clock(void);

/* Let the members work until @ms are over, or one fails. */
void crew_work(struct crew *crew, long long ms);

#endif /* TEST_CREW_H */
