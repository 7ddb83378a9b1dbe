/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened in the program that runs, and the end when it should not have. */
#ifndef FUZZ_REPORT_H
#define FUZZ_REPORT_H

#include <stdbool.h>
#include <string.h>

#include "program.h"
#include "tap.h"

/* Print each step as it happens, also of programs that do as they should. */
extern bool report_all;

/* Once, before all else */
void report_open(void);

/* PROGRAM begins; the kernel's log gets its name. */
void report_begin(const struct program *program);

/* One step of it */
CMOCKA_PRINTF_ATTRIBUTE(1, 2)
void report(const char *format, ...);

/* Print all of it, and the sentence, and end with status 1. */
CMOCKA_PRINTF_ATTRIBUTE(1, 2)
_Noreturn void bug(const char *format, ...);

/* VALUE must be no negative errno. */
#define must(value)							\
	do {								\
		long _ret = (value);					\
									\
		if (_ret < 0)						\
			bug("%s: %s", #value, strerror(-_ret));		\
	} while (0)

/* Ends by bug() if the kernel's log has a complaint. */
void report_check_kernel(void);

#endif /* FUZZ_REPORT_H */
