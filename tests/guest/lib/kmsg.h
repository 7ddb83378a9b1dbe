/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's log. */
#ifndef TEST_KMSG_H
#define TEST_KMSG_H

#include <stdbool.h>
#include <stddef.h>

/* An fd that will read what the kernel says from now on */
int kmsg_open(void);

/* Did a line come since then, or since the last call, that has TEXT in it? */
bool kmsg_find(int fd, const char *text);

/* Wait until it comes; fails the test if the log is silent for that long. */
void kmsg_expect(int fd, const char *text, int timeout_ms);

/*
 * The first such line that has one of NR texts in it, or NULL; it is good until
 * the next call.
 */
const char *kmsg_find_any(int fd, const char * const *texts, size_t nr);

#endif /* TEST_KMSG_H */
