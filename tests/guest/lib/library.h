/* SPDX-License-Identifier: GPL-2.0-only */
/* What libvfio-p2p answers */
#ifndef TEST_LIBRARY_H
#define TEST_LIBRARY_H

#include <vfio-p2p.h>

/* What it said: the last argument of each call whose answer is looked at */
extern struct vfio_p2p_error said;

/* For what returns a fd or another number: fails the test with the sentence. */
int assert_done(int ret);

/* RET is that failure; the sentence is printed. */
void expect_cause(int ret, int errnum, enum vfio_p2p_cause cause);

/* The same, and the sentence has these words. */
void expect_error(int ret, int errnum, enum vfio_p2p_cause cause,
		  const char *words);

#endif /* TEST_LIBRARY_H */
