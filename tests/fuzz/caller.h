/* SPDX-License-Identifier: GPL-2.0-only */
/* Who makes a call. */
#ifndef FUZZ_CALLER_H
#define FUZZ_CALLER_H

#include <stdbool.h>

#include <linux/types.h>

/**
 * enum caller - kinds of callers
 * @CALLER_SELF: this process
 * @CALLER_COMPAT: it, by the system call of 32-bit programs
 * @CALLER_NOBODY: a task without privileges and with fds of its own, which got
 *	the device's by SCM_RIGHTS
 * @CALLER_STRANGER: the same one, without the device's fd
 */
enum caller {
	CALLER_SELF,
	CALLER_COMPAT,
	CALLER_NOBODY,
	CALLER_STRANGER,
	NR_CALLERS,
};

/**
 * struct call - an ioctl
 * @fd: to which; world.control stands for the caller's own file of the misc
 *	device
 * @cmd: its number
 * @arg: user pointer, below 4 GiB
 * @device_fd: that the argument names, or -1 if none
 * @device_fd_field: where it does; written by callers that know the device by
 *	another number
 */
struct call {
	int fd;
	unsigned int cmd;
	__u64 arg;
	int device_fd;
	__s32 *device_fd_field;
};

void callers_start(void);
void callers_stop(void);

/* Files of the misc device that callers have open */
int callers_files(void);

/* Ends by bug() if nobody has more fds than at the start. */
void callers_check_fds(void);

/* Can there be a caller of that kind? */
bool caller_exists(enum caller caller);

/*
 * Returns what the ioctl does, or a negative errno.  A new fd belongs to this
 * process, whoever called.
 */
long caller_ioctl(enum caller caller, const struct call *call, bool gives_fd);

#endif /* FUZZ_CALLER_H */
