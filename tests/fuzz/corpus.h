/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that went where none had been before. */
#ifndef FUZZ_CORPUS_H
#define FUZZ_CORPUS_H

#include "program.h"
#include "rng.h"

void corpus_add(const struct program *program);

/* The number of programs in it */
unsigned int corpus_size(void);

/* A change of one of them; false: there is none that can be changed. */
bool corpus_next(struct program *program, struct rng *rng, __u64 seed);

#endif /* FUZZ_CORPUS_H */
