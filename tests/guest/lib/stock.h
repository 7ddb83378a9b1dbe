/* SPDX-License-Identifier: GPL-2.0-only */
/* What a call must leave as it was, whether it fails or is undone. */
#ifndef TEST_STOCK_H
#define TEST_STOCK_H

/**
 * struct stock - what there is
 * @fds: open files of the process
 * @refs: references on the module under test, negative if it is not loaded
 * @dmabufs: dma-bufs of the whole machine
 */
struct stock {
	int fds;
	int refs;
	int dmabufs;
};

/* Fails the test if it can't be found out. */
void stock_take(struct stock *stock);

/* Fails the test if there is more, or less, than there was; WHAT was called. */
void stock_check(const struct stock *before, const char *what);

#endif /* TEST_STOCK_H */
