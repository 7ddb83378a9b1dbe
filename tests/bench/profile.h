/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_PROFILE_H
#define BENCH_PROFILE_H

#include "rows.h"

/* Where the emulator begins and ends to count */
void profile_begin(void);
void profile_end(void);

/* Do the thing of that name. */
void profile(struct maker *maker, struct importers *importers,
	     const char *name);

#endif /* BENCH_PROFILE_H */
