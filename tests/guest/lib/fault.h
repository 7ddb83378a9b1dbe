/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations that fail, one after the other, in the calls of a test.
 *
 * By the kernel's fault injection: Documentation/fault-injection/.  What is set
 * in debugfs is which allocations count (all there are, but for those that may
 * not fail); that one of them fails, and in which task, is said by
 * /proc/thread-self/fail-nth.
 */
#ifndef TEST_FAULT_H
#define TEST_FAULT_H

#include <stdbool.h>

#define FAULT_ERRNOS	4

/**
 * struct fault_walk - a call whose allocations are to fail
 * @what: for messages
 * @context: for the functions below
 * @prepare: before the first time, and whenever the fault before has been looked
 *	at; NULL if there is nothing to do
 * @call: no allocation is made on the way to the system call; returns a negative
 *	errno if it fails
 * @undo: after a call that succeeded; RET is what it returned, HIT that one of
 *	its allocations failed
 * @errnos: with which @call may fail, 0 is the end of the list
 * @at_least: as many failing allocations have to make it fail
 * @first: only so many allocations at the beginning of the call fail; 0 for all
 * @last: only so many at the end of it; 0 for all
 */
struct fault_walk {
	const char *what;
	void *context;
	void (*prepare)(void *context);
	int (*call)(void *context);
	void (*undo)(void *context, int ret, bool hit);
	int errnos[FAULT_ERRNOS];
	unsigned int at_least;
	unsigned int first;
	unsigned int last;
};

/* The test is skipped if the kernel has no fault injection. */
void fault_begin_or_skip(void);
void fault_end(void);

/*
 * Make the first allocation of a call fail, then the second instead, and so on,
 * until there are no more.  Fails the test unless the call fails as it may,
 * leaves everything as it was (see stock.h), and succeeds right afterwards.
 * Returns how many there were.
 */
unsigned int fault_walk(const struct fault_walk *walk);

#endif /* TEST_FAULT_H */
