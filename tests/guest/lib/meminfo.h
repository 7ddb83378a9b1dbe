/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory there is, of all kinds. */
#ifndef TEST_MEMINFO_H
#define TEST_MEMINFO_H

/* In KiB, by the name of a line of /proc/meminfo; fails the test if there is none. */
long meminfo_kb(const char *name);

#endif /* TEST_MEMINFO_H */
