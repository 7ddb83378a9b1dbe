/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka, and what the tests of the library have in common. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * A call failed so: RET is the negative errno, the struct agrees, the sentence is
 * whole and has those words.  Nothing is left open.
 */
void expect_error(int ret, const struct vfio_p2p_error *error, int errnum,
		  enum vfio_p2p_cause cause, const char *words);

#endif /* CHECK_H */
