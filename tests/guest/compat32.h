/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A 32-bit process that makes ioctls for somebody else.  On its standard input
 * it gets requests, on its standard output it answers each.
 */
#ifndef COMPAT32_H
#define COMPAT32_H

#include <linux/types.h>

#define COMPAT32_ROOM	256

/**
 * struct compat32_request - one ioctl
 * @fd: inherited
 * @cmd: ioctl number
 * @argument: 0: the ioctl's argument is the address of @data; else that number
 * @pointer: not 0: where in @data a 64-bit pointer is; @target counts
 * @target: what is to be there: the address of this byte of @data
 * @data: in and out
 */
struct compat32_request {
	__s32 fd;
	__u32 cmd;
	__u32 argument;
	__u32 pointer;
	__u32 target;
	__s32 reserved;
	__u8 data[COMPAT32_ROOM];
};

/**
 * struct compat32_answer - what came of it
 * @ret: what the system call returned; a negative errno
 * @pointer_size: of the process, 4
 * @data: as the ioctl left it
 */
struct compat32_answer {
	__s32 ret;
	__u32 pointer_size;
	__u8 data[COMPAT32_ROOM];
};

#endif /* COMPAT32_H */
