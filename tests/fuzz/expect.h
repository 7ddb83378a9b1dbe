/* SPDX-License-Identifier: GPL-2.0-only */
/* The answers that a call may give. */
#ifndef FUZZ_EXPECT_H
#define FUZZ_EXPECT_H

#include <stdbool.h>

#include "tap.h"

#define EXPECT_MAX	8

/**
 * struct expect - a set of answers
 * @nr: of @answers
 * @answers: 0 for success, whatever number that is, or a negative errno
 */
struct expect {
	unsigned int nr;
	int answers[EXPECT_MAX];
};

static inline bool expect_has(const struct expect *expect, long ret)
{
	unsigned int i;

	for (i = 0; i < expect->nr; i++)
		if (expect->answers[i] == (ret < 0 ? ret : 0))
			return true;
	return false;
}

static inline void expect_add(struct expect *expect, int answer)
{
	if (!expect_has(expect, answer) && expect->nr < EXPECT_MAX)
		expect->answers[expect->nr++] = answer;
}

static inline struct expect expect_one(int answer)
{
	return (struct expect) { .nr = 1, .answers = { answer } };
}

/* Reports the call; ends by bug() if the answer is not in the set. */
CMOCKA_PRINTF_ATTRIBUTE(3, 4)
void answer_check(const struct expect *expect, long ret, const char *format,
		  ...);

#endif /* FUZZ_EXPECT_H */
