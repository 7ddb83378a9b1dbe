// SPDX-License-Identifier: GPL-2.0-only
/* Data that can be told from other data, and from itself when displaced. */
#include "pattern.h"

/* The mix of a 32-bit hash: each word depends on all bits of place and seed. */
static __u32 pattern_word(__u32 seed, __u64 index)
{
	__u32 x = seed * 0x9e3779b9u + (__u32)index +
		     (__u32)(index >> 32);

	x = (x ^ x >> 16) * 0x7feb352du;
	x = (x ^ x >> 15) * 0x846ca68bu;

	return x ^ x >> 16;
}

static __u8 pattern_byte(__u32 seed, __u64 offset)
{
	return pattern_word(seed, offset / 4) >> (offset % 4 * 8);
}

void pattern_fill(void *buf, size_t size, __u32 seed, __u64 offset)
{
	__u8 *bytes = buf;
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = pattern_byte(seed, offset + i);
}

size_t pattern_check(const void *buf, size_t size, __u32 seed, __u64 offset)
{
	const __u8 *bytes = buf;
	size_t i;

	for (i = 0; i < size; i++) {
		if (bytes[i] != pattern_byte(seed, offset + i))
			break;
	}

	return i;
}

void pattern_fill_io(volatile void *io, size_t size, __u32 seed, __u64 offset)
{
	volatile __u32 *words = io;
	size_t i;

	for (i = 0; i < size / 4; i++)
		words[i] = pattern_word(seed, offset / 4 + i);
}

size_t pattern_check_io(const volatile void *io, size_t size, __u32 seed,
			__u64 offset)
{
	const volatile __u32 *words = io;
	size_t i;

	for (i = 0; i < size / 4; i++) {
		if (words[i] != pattern_word(seed, offset / 4 + i))
			return i * 4;
	}

	return size;
}
