/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands in the memory that users write by DMA, and around their slices.  All
 * of it while the actors are parked, and the functions have memory decode on.
 */
#ifndef RACE_MEMORY_H
#define RACE_MEMORY_H

/*
 * What the race has written since memory_renew() is where it belongs, and is by whom
 * it should be; true of anything before the first one.
 */
void memory_check_left(void);

/* Have each user write its slice, and see it arrive there and nowhere else. */
void memory_renew(void);

/* Nothing has changed since then. */
void memory_check(void);

#endif /* RACE_MEMORY_H */
