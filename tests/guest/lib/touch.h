/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that may be taken away at any moment: a touch says so, and nobody dies. */
#ifndef TEST_TOUCH_H
#define TEST_TOUCH_H

#include <linux/types.h>

/*
 * One access of 4 bytes; -EFAULT if it raises SIGBUS.  Threads may touch at the
 * same time.
 */
int touch_read(const volatile void *addr, __u32 *value);
int touch_write(volatile void *addr, __u32 value);

#endif /* TEST_TOUCH_H */
