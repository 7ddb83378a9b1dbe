// SPDX-License-Identifier: GPL-2.0-only
/* What a sequence of calls answered, line by line, to be compared with another. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "transcript.h"

/* More differences than this tell nothing new. */
#define SHOWN	10

/* More bytes than this are shown by their hash only. */
#define SHOWN_BYTES	32

static void append(struct transcript *out, char *line)
{
	assert_non_null(line);
	if (out->nr == out->room) {
		out->room = out->room ? 2 * out->room : 1024;
		out->lines = realloc(out->lines,
				     out->room * sizeof(*out->lines));
		assert_non_null(out->lines);
	}
	out->lines[out->nr++] = line;
}

void transcript_add(struct transcript *out, const char *format, ...)
{
	va_list args;
	char *line;

	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		line = NULL;
	va_end(args);
	append(out, line);
}

void transcript_call(struct transcript *out, long ret, const char *format, ...)
{
	const int err = ret == -1 ? errno : 0;
	va_list args;
	char *what;

	va_start(args, format);
	if (vasprintf(&what, format, args) < 0)
		what = NULL;
	va_end(args);
	assert_non_null(what);

	if (err)
		transcript_add(out, "%s: %s", what, strerrorname_np(err));
	else
		transcript_add(out, "%s: %ld", what, ret);
	free(what);
}

void transcript_bytes(struct transcript *out, const char *what,
		      const void *bytes, size_t size)
{
	char text[2 * SHOWN_BYTES + 1] = "";
	const unsigned char *byte = bytes;
	unsigned int hash = 2166136261u;
	size_t i;

	for (i = 0; i < size; i++) {
		hash = (hash ^ byte[i]) * 16777619u;
		if (i < SHOWN_BYTES)
			sprintf(text + 2 * i, "%02x", byte[i]);
	}
	transcript_add(out, "%s: %zu bytes %s hash %08x", what, size, text,
		       hash);
}

static const char *line_of(const struct transcript *out, size_t i)
{
	return i < out->nr ? out->lines[i] : "(nothing)";
}

static bool may_differ(const char *a, const char *b, const char *except)
{
	const size_t length = strlen(except);

	return !strncmp(a, except, length) && !strncmp(b, except, length);
}

size_t transcript_differences(const struct transcript *a,
			      const struct transcript *b, const char *except)
{
	const size_t nr = a->nr > b->nr ? a->nr : b->nr;
	size_t i, differences = 0;

	for (i = 0; i < nr; i++) {
		const char *left = line_of(a, i), *right = line_of(b, i);

		if (!strcmp(left, right) || may_differ(left, right, except))
			continue;
		if (differences++ < SHOWN)
			print_error("line %zu: \"%s\", then \"%s\"\n", i, left,
				    right);
	}

	return differences;
}

size_t transcript_count(const struct transcript *out, const char *prefix)
{
	size_t i, count = 0;

	for (i = 0; i < out->nr; i++)
		count += !strncmp(out->lines[i], prefix, strlen(prefix));

	return count;
}

void transcript_free(struct transcript *out)
{
	size_t i;

	for (i = 0; i < out->nr; i++)
		free(out->lines[i]);
	free(out->lines);
	memset(out, 0, sizeof(*out));
}
