/* SPDX-License-Identifier: GPL-2.0-only */
/* One fd of each kind that is no vfio device. */
#ifndef TEST_FOREIGN_FD_H
#define TEST_FOREIGN_FD_H

#include <stdbool.h>

/* The name of the anonymous inode of a vfio device; some have it, too. */
#define FOREIGN_FD_DEVICE_NAME	"[vfio-device]"

/**
 * struct foreign_fd - a kind
 * @name: for messages
 * @make: returns a new fd, or -1 with errno
 * @optional: some kernels, or rights, give none
 */
struct foreign_fd {
	const char *name;
	int (*make)(void);
	bool optional;
};

extern const struct foreign_fd foreign_fds[];
extern const unsigned int nr_foreign_fds;

#endif /* TEST_FOREIGN_FD_H */
