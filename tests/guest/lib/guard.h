/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that ends where nobody may read or write. */
#ifndef TEST_GUARD_H
#define TEST_GUARD_H

#include <stddef.h>

/*
 * SIZE bytes that can be accessed, with a page behind them that can't.  Fails
 * the test if there is no memory.
 */
void *guard_alloc(size_t size);

/* A copy of the first SIZE bytes of DATA, likewise */
void *guard_copy(const void *data, size_t size);

void guard_free(void *addr, size_t size);

#endif /* TEST_GUARD_H */
