/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's edu device, driven from user space through vfio: DMA to any IOVA. */
#ifndef TEST_EDU_USER_H
#define TEST_EDU_USER_H

#include <stddef.h>

#include <linux/types.h>

#include "vfio_dev.h"

/* What it moves at a time, at most */
#define EDU_USER_CHUNK	2048

/**
 * struct edu_user - an edu that is open
 * @regs: its registers, mapped; they hold the device open
 */
struct edu_user {
	volatile char *regs;
};

/* All functions return a negative errno if they fail. */

/* Decode and bus mastering on; the device stays the caller's. */
int edu_user_open(struct edu_user *edu, const struct vfio_dev *dev);
void edu_user_close(struct edu_user *edu);

/* Move bytes from one IOVA to another; nobody tells whether they arrive. */
int edu_user_copy(struct edu_user *edu, __u64 from, __u64 to, size_t size);

#endif /* TEST_EDU_USER_H */
