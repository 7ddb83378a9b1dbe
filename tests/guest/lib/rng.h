/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that look random and are the same for the same seed (splitmix64). */
#ifndef TEST_RNG_H
#define TEST_RNG_H

#include <linux/types.h>

struct rng {
	__u64 state;
};

static inline __u64 rng_next(struct rng *rng)
{
	__u64 z = rng->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* 0 to @limit - 1; @limit is not 0 */
static inline __u32 rng_below(struct rng *rng, __u32 limit)
{
	return (rng_next(rng) >> 32) % limit;
}

#endif /* TEST_RNG_H */
