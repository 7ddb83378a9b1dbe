/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel said when it began; the guest's init has kept that. */
#ifndef TEST_BOOT_H
#define TEST_BOOT_H

#include <stdbool.h>

/* Does it clear the memory that it allocates?  Fails the test if it did not say. */
bool boot_clears_memory(void);

#endif /* TEST_BOOT_H */
