/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's log. */
#ifndef TEST_KMSG_H
#define TEST_KMSG_H

#include <stdbool.h>

/* An fd that will read what the kernel says from now on */
int kmsg_open(void);

/* Did a line come since then, or since the last call, that has TEXT in it? */
bool kmsg_find(int fd, const char *text);

#endif /* TEST_KMSG_H */
