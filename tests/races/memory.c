// SPDX-License-Identifier: GPL-2.0-only
/* What stands in the memory that users write by DMA, and around their slices. */
#include "event.h"
#include "memory.h"
#include "tap.h"
#include "user.h"

/* Like a mark, so that nobody takes it for the number of a mapping */
#define GUARD		0xa2000000u
#define WRITTEN		0xa3000000u

static __u32 *expected_words(int function)
{
	static __u32 expected[RACE_WATCHED / sizeof(__u32)];
	struct user *user;
	size_t i;

	for (i = 0; i < RACE_WATCHED / sizeof(__u32); i++)
		expected[i] = GUARD;
	for (user = users; user < users + RACE_USERS; user++) {
		if (user->function != function)
			continue;
		for (i = 0; i < RACE_WORDS; i++)
			expected[RACE_SLICE_OF(user->index) / sizeof(__u32) +
				 i] = WRITTEN + user->index;
	}
	return expected;
}

static void fill(int function)
{
	volatile __u32 *bar =
		(volatile __u32 *)race.functions[function].bar;
	size_t i;

	for (i = 0; i < RACE_WATCHED / sizeof(__u32); i++)
		bar[i] = GUARD;
}

static void check_function(int function)
{
	volatile __u32 *bar =
		(volatile __u32 *)race.functions[function].bar;
	const __u32 *expected = expected_words(function);
	size_t i;

	for (i = 0; i < RACE_WATCHED / sizeof(__u32); i++) {
		const __u32 value = bar[i];

		if (value != expected[i])
			fail_msg("%#x at %#zx of function %d, not %#x", value,
				 i * sizeof(__u32), function, expected[i]);
	}
}

void memory_check(void)
{
	int f;

	for (f = 0; f < RACE_FUNCTIONS; f++)
		check_function(f);
}

/* In the slice of a user: what it has written since the last quiet point, or we */
static bool may_stand_in_slice(const struct user *user, int function,
			       size_t word, __u32 value)
{
	return value == GUARD || value == WRITTEN + user->index ||
	       race_kind(value) == RACE_STAMP(user->index, function) ||
	       (!word && race_kind(value) == RACE_MARK);
}

static bool may_stand(int function, size_t i, __u32 value)
{
	const struct user *user;
	size_t begin;

	for (user = users; user < users + RACE_USERS; user++) {
		begin = RACE_SLICE_OF(user->index) / sizeof(__u32);
		if (i >= begin && i < begin + RACE_WORDS)
			return may_stand_in_slice(user, function, i - begin,
						  value);
	}
	return value == GUARD;
}

/* What the race has written is where it belongs. */
static void check_left(int function)
{
	volatile __u32 *bar =
		(volatile __u32 *)race.functions[function].bar;
	size_t i;

	for (i = 0; i < RACE_WATCHED / sizeof(__u32); i++) {
		const __u32 value = bar[i];

		if (!may_stand(function, i, value))
			fail_msg("%#x at %#zx of function %d, written in the race",
				 value, i * sizeof(__u32), function);
	}
}

void memory_check_left(void)
{
	static bool filled;
	int f;

	for (f = 0; filled && f < RACE_FUNCTIONS; f++)
		check_left(f);
	filled = true;
}

void memory_renew(void)
{
	struct user *user;
	int f;

	for (f = 0; f < RACE_FUNCTIONS; f++)
		fill(f);
	for (user = users; user < users + RACE_USERS; user++)
		assert_ok(user_write(user, WRITTEN + user->index));
	memory_check();
}
