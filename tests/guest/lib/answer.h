/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to a kernel and its answers, a line each, for tests/vm/differential:
 *
 *   call 017 argsz of an envelope: -EINVAL
 *
 * No two questions of a program may be the same, and none may have ": " in it.
 * What differs from run to run, as numbers of fds and addresses do, may be in
 * neither.
 */
#ifndef TEST_ANSWER_H
#define TEST_ANSWER_H

#include "tap.h"

/* What each line begins with; call it first. */
void answer_begin(const char *kind);

/* The last line, a comment: how many there were */
void answer_end(void);

CMOCKA_PRINTF_ATTRIBUTE(2, 3)
void answer(const char *question, const char *format, ...);

/* The name of a negative errno, else the number; one of the last few is kept. */
const char *answer_code(long ret);

#endif /* TEST_ANSWER_H */
