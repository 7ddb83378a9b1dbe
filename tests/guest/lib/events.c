// SPDX-License-Identifier: GPL-2.0-only
/* The trace events of the module under test. */
#include <stdio.h>
#include <string.h>

#include "events.h"
#include "sysfs.h"
#include "tap.h"
#include "trace.h"

#define PREFIX	"p2p_"

void events_begin(void)
{
	trace_empty();
	assert_ok(sysfs_write(EVENTS_DIR "enable", "1"));
}

void events_end(void)
{
	sysfs_write(EVENTS_DIR "enable", "0");
}

/* What other events there are is not ours to count. */
static void add(struct events *events, const char *line)
{
	const char *name = strstr(line, ": " PREFIX);

	if (line[0] == '#' || !name)
		return;
	assert_true(events->nr < EVENTS_MAX);
	snprintf(events->line[events->nr++], sizeof(events->line[0]), "%.*s",
		 (int)strcspn(name + 2, "\n"), name + 2);
}

void events_take(struct events *events)
{
	FILE *file = fopen("/sys/kernel/debug/tracing/trace", "r");
	char line[512];

	assert_non_null(file);
	events->nr = 0;
	while (fgets(line, sizeof(line), file))
		add(events, line);
	fclose(file);
	trace_empty();
}

void events_expect(const struct events *events, const char *names)
{
	char seen[EVENTS_MAX * 20] = "";
	size_t i, length = 0;

	for (i = 0; i < events->nr; i++) {
		const char *name = events->line[i] + strlen(PREFIX);

		length += snprintf(seen + length, sizeof(seen) - length,
				   "%.*s ", (int)strcspn(name, ":"), name);
		assert_true(length < sizeof(seen));
	}
	assert_string_equal(seen, names);
}

const char *events_find(const struct events *events, const char *name)
{
	size_t i, length = strlen(name);

	for (i = 0; i < events->nr; i++) {
		const char *line = events->line[i] + strlen(PREFIX);

		if (!strncmp(line, name, length) && line[length] == ':')
			return events->line[i];
	}
	fail_msg("no event %s", name);

	return NULL;
}
