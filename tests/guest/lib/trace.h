/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls of functions in the kernel, seen by its function tracer. */
#ifndef TEST_TRACE_H
#define TEST_TRACE_H

#include <stdbool.h>

/* All functions fail the test if the tracer does not do as it should. */

/* Trace functions, whose names are separated by spaces. */
void trace_begin(const char *functions);
void trace_end(void);

/* Forget the calls so far. */
void trace_empty(void);

/**
 * struct trace_call - one call that was traced
 * @function: name
 * @pid: of the task that runs
 * @in_interrupt: it was no call by that task, but by an interrupt
 */
struct trace_call {
	char function[64];
	int pid;
	bool in_interrupt;
};

/* How many of the calls so far match(), which gets CONTEXT. */
unsigned int trace_count(bool (*match)(const struct trace_call *call,
				       const void *context),
			 const void *context);

/* How many calls of a function there were, by whomever. */
unsigned int trace_count_function(const char *function);

#endif /* TEST_TRACE_H */
