// SPDX-License-Identifier: GPL-2.0-only
/* Calls of functions in the kernel, seen by its function tracer. */
#include <stdio.h>
#include <string.h>

#include "sysfs.h"
#include "tap.h"
#include "trace.h"

#define TRACING	"/sys/kernel/debug/tracing/"

static void trace_set(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "%s", file);
	assert_ok(sysfs_write(path, text));
}

/* Opening one of these files for a new beginning empties it. */
static void truncate_file(const char *file)
{
	char path[128];
	FILE *stream;

	snprintf(path, sizeof(path), TRACING "%s", file);
	stream = fopen(path, "w");
	assert_non_null(stream);
	fclose(stream);
}

void trace_begin(const char *functions)
{
	trace_set("set_ftrace_filter", functions);
	trace_set("current_tracer", "function");
	trace_empty();
}

void trace_end(void)
{
	trace_set("current_tracer", "nop");
	truncate_file("set_ftrace_filter");
}

void trace_empty(void)
{
	truncate_file("trace");
}

/*
 * A line is "<task>-<pid> [<cpu>] <flags> <time>: <function> <-<caller>"; the
 * third flag is a dot outside of interrupts.  A task's name may have dashes.
 */
static bool parse_call(const char *line, struct trace_call *call)
{
	const char *dash = line;
	char flags[16];

	if (line[0] == '#')
		return false;

	while ((dash = strchr(dash, '-'))) {
		if (sscanf(dash, "-%d [%*d] %15s %*[0-9.]: %63s", &call->pid,
			   flags, call->function) == 3) {
			call->in_interrupt = flags[2] != '.';
			return true;
		}
		dash++;
	}

	return false;
}

unsigned int trace_count(bool (*match)(const struct trace_call *call,
				       const void *context),
			 const void *context)
{
	FILE *file = fopen(TRACING "trace", "r");
	struct trace_call call;
	unsigned int count = 0;
	char line[512];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (parse_call(line, &call) && match(&call, context))
			count++;
	}
	fclose(file);

	return count;
}

static bool is_function(const struct trace_call *call, const void *context)
{
	return !strcmp(call->function, context);
}

unsigned int trace_count_function(const char *function)
{
	return trace_count(is_function, function);
}
