/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka with the headers it wants, and what main() does in all test programs. */
#ifndef TEST_TAP_H
#define TEST_TAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Prepare the process: TAP output, lines appear as they are written. */
void tap_begin(void);

/*
 * What main() of a test program returns.  SETUP and TEARDOWN run once around all
 * tests; each may be NULL.
 */
#define tap_run(tests, setup, teardown) \
	(tap_begin(), cmocka_run_group_tests(tests, setup, teardown))

/* For functions that return a negative errno: VALUE must be no error. */
#define assert_ok(value)						\
	_assert_ok((long)(value), #value, __FILE__, __LINE__)

/* VALUE must be the negative of the errno ERR. */
#define assert_errno(value, err)					\
	_assert_errno((long)(value), err, #value, #err, __FILE__, __LINE__)

long _assert_ok(long value, const char *what, const char *file, int line);
void _assert_errno(long value, int err, const char *what, const char *name,
		   const char *file, int line);

#endif /* TEST_TAP_H */
