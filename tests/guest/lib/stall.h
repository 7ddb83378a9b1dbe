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
 * @memory: two pages, of which the first has no memory yet
 * @uffd: tells when somebody wants to read that
 * @job: the write
 */
struct stall {
	const struct vfio_dev *dev;
	__u8 *memory;
	int uffd;
	struct job job;
};

/*
 * Write PCI_COMMAND together with the four bytes before it.  These can't be read
 * before stall_resume(), so that the write waits for them.  Returns when it waits.
 * Fails the test.
 */
void stall_begin(struct stall *stall, const struct vfio_dev *dev,
		 __u16 command);

/* Let it go on, with another value. */
void stall_resume(struct stall *stall, __u16 command);

/* Then wait for its end; returns what the write does. */
int stall_join(struct stall *stall);

/* Both */
int stall_end(struct stall *stall, __u16 command);

/* If it was not ended, let it go on; the struct began with uffd = -1.  For teardowns */
void stall_drop(struct stall *stall);

#endif /* TEST_STALL_H */
