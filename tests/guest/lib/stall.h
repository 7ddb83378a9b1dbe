/* SPDX-License-Identifier: GPL-2.0-only */
/* A write to config space that is held up half way. */
#ifndef TEST_STALL_H
#define TEST_STALL_H

#include <linux/types.h>

#include "job.h"
#include "vfio_dev.h"

/**
 * struct stall - a write of PCI_COMMAND that waits in the middle
 * @dev: of the device
 * @memory: two pages
 * @missing: the one that has no memory yet
 * @uffd: tells when somebody wants to read that
 * @pos: where it is written to
 * @from: what is written
 * @size: bytes
 * @job: the write
 */
struct stall {
	const struct vfio_dev *dev;
	__u8 *memory;
	__u8 *missing;
	int uffd;
	unsigned int pos;
	__u8 *from;
	unsigned int size;
	struct job job;
};

/*
 * Write PCI_COMMAND together with the four bytes before it.  These can't be read
 * before stall_resume(), so that the write waits for them.  Returns when it waits.
 * Fails the test.
 */
void stall_begin(struct stall *stall, const struct vfio_dev *dev,
		 __u16 command);

/* Write something else than that once it goes on. */
void stall_change(struct stall *stall, __u16 command);

/*
 * Write PCI_COMMAND, whose second byte can't be read; it will be 0.  So the write
 * waits after the module has looked at the byte that matters.
 */
void stall_begin_within(struct stall *stall, const struct vfio_dev *dev,
			__u8 command);

/* Let it go on. */
void stall_resume(struct stall *stall);

/* Then wait for its end; returns what the write does. */
int stall_join(struct stall *stall);

/* Both */
int stall_end(struct stall *stall);

/*
 * Let somebody else begin something meanwhile, which must wait for the write; then
 * let both end.  Returns what that does, the write having succeeded.
 */
int stall_meanwhile(struct stall *stall, int (*fn)(void *context),
		    void *context);

/* If it was not ended, let it go on; the struct began with uffd = -1.  For teardowns */
void stall_drop(struct stall *stall);

#endif /* TEST_STALL_H */
