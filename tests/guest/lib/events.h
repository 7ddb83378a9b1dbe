/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace events of the module under test. */
#ifndef TEST_EVENTS_H
#define TEST_EVENTS_H

#include <stddef.h>

#define EVENTS_MAX	256
#define EVENTS_DIR	"/sys/kernel/debug/tracing/events/vfio_p2p_dmabuf/"

/**
 * struct events - those that were traced
 * @nr: how many
 * @line: each as "p2p_map: export=1 ...", for view_value() and its like
 */
struct events {
	size_t nr;
	char line[EVENTS_MAX][256];
};

/* All functions fail the test if anything is wrong. */

/* Trace all of them from now on; the module is loaded. */
void events_begin(void);

/* Safe in a teardown, and when the module is gone. */
void events_end(void);

/* Those since the begin, or since the last call */
void events_take(struct events *events);

/* Their names without "p2p_", with a blank after each */
void events_expect(const struct events *events, const char *names);

/* The first of a name; it has to be there. */
const char *events_find(const struct events *events, const char *name);

#endif /* TEST_EVENTS_H */
