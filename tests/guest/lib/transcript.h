/* SPDX-License-Identifier: GPL-2.0-only */
/* What a sequence of calls answered, line by line, to be compared with another. */
#ifndef TEST_TRANSCRIPT_H
#define TEST_TRANSCRIPT_H

#include <stddef.h>

#include "tap.h"

/**
 * struct transcript - lines in the order they were written
 * @lines: each allocated
 * @nr: how many
 * @room: for how many there is room
 */
struct transcript {
	char **lines;
	size_t nr;
	size_t room;
};

CMOCKA_PRINTF_ATTRIBUTE(2, 3)
void transcript_add(struct transcript *out, const char *format, ...);

/* The same, with the result of a system call and its errno if that is -1 */
CMOCKA_PRINTF_ATTRIBUTE(3, 4)
void transcript_call(struct transcript *out, long ret, const char *format, ...);

/* A line of bytes: what they are if they are few, and a hash of all */
void transcript_bytes(struct transcript *out, const char *what,
		      const void *bytes, size_t size);

/*
 * The number of lines that differ; the first few are printed.  Lines that begin
 * with EXCEPT in both may differ.
 */
size_t transcript_differences(const struct transcript *a,
			      const struct transcript *b, const char *except);

/* How many lines begin with a prefix */
size_t transcript_count(const struct transcript *out, const char *prefix);

void transcript_free(struct transcript *out);

#endif /* TEST_TRANSCRIPT_H */
