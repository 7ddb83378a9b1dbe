/* SPDX-License-Identifier: GPL-2.0-only */
/* Slices of registered BARs, in this process.  Whatever goes wrong fails the test. */
#ifndef TEST_SLICE_H
#define TEST_SLICE_H

#include <stddef.h>

#include <linux/types.h>

/* One of a region that is registered; the mapping is all that holds it. */
char *slice_map(int control, int device_fd, __u32 region, size_t size);

/* A touch reads what one wrote. */
void slice_expect_there(char *addr);

/* It can be neither touched nor pinned. */
void slice_expect_taken(char *addr);

#endif /* TEST_SLICE_H */
