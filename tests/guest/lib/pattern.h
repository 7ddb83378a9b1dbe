/* SPDX-License-Identifier: GPL-2.0-only */
/* Data that can be told from other data, and from itself when displaced. */
#ifndef TEST_PATTERN_H
#define TEST_PATTERN_H

#include <stddef.h>

#include <linux/types.h>

/* The bytes that belong at OFFSET of the pattern with a seed */
void pattern_fill(void *buf, size_t size, __u32 seed, __u64 offset);

/* The index of the first byte that differs, or SIZE if none does */
size_t pattern_check(const void *buf, size_t size, __u32 seed, __u64 offset);

/*
 * The same for a mapped BAR, which not every instruction may touch: 4 byte
 * accesses only, everything a multiple of 4.
 */
void pattern_fill_io(volatile void *io, size_t size, __u32 seed, __u64 offset);
size_t pattern_check_io(const volatile void *io, size_t size, __u32 seed,
			__u64 offset);

#endif /* TEST_PATTERN_H */
