// SPDX-License-Identifier: GPL-2.0-only
#include "corpus.h"

/* The oldest make room for new ones. */
#define CORPUS_MAX	1024

static struct program programs[CORPUS_MAX];
static unsigned int added;

unsigned int corpus_size(void)
{
	return added < CORPUS_MAX ? added : CORPUS_MAX;
}

void corpus_add(const struct program *program)
{
	programs[added++ % CORPUS_MAX] = *program;
}

bool corpus_next(struct program *program, struct rng *rng, __u64 seed)
{
	if (!added)
		return false;
	*program = programs[rng_below(rng, corpus_size())];
	return program_mutate(program, seed);
}
