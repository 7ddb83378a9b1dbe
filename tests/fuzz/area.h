/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for arguments: below 4 GiB, for callers of 32 bits, and what is behind
 * the last byte can't be accessed.
 */
#ifndef FUZZ_AREA_H
#define FUZZ_AREA_H

#include <stdbool.h>
#include <stddef.h>

#define AREA_PAGES	4

/**
 * struct area - some pages, with one behind that can't be accessed
 * @base: the first one
 * @content: what is or comes there, of the same size
 * @fault_fd: a userfaultfd that gets its faults, or -1
 * @present: which pages are there, of an area with faults
 */
struct area {
	char *base;
	char *content;
	int fault_fd;
	bool present[AREA_PAGES];
};

/* FAULTS: pages appear when somebody asks for them, by area_serve_fault(). */
void area_open(struct area *area, bool faults);

/* False if the kernel has no userfaultfd */
bool area_has_faults(const struct area *area);

/* Put SIZE bytes at its end; returns their address. */
void *area_place(struct area *area, const void *bytes, size_t size);

void area_protect(struct area *area, int protection);

/* Write a word, wherever it is now. */
void area_write(struct area *area, void *at, unsigned int value);

/* Bring the page somebody waits for; false if nobody does. */
bool area_serve_fault(struct area *area);

/* Take away pages that are there: they are asked for again. */
void area_take_away(struct area *area);

#endif /* FUZZ_AREA_H */
