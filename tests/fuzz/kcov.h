/* SPDX-License-Identifier: GPL-2.0-only */
/* Which code of the module ran, if kernel and module can tell (CONFIG_KCOV). */
#ifndef FUZZ_KCOV_H
#define FUZZ_KCOV_H

#include <stdbool.h>

/* False if they can't. */
bool kcov_open(void);

/* This thread's calls, from here to kcov_end() */
void kcov_begin(void);

/* The number of edges that no call took before */
unsigned int kcov_end(void);

/* The number of edges so far */
unsigned int kcov_edges(void);

#endif /* FUZZ_KCOV_H */
