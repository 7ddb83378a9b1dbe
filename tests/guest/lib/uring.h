/* SPDX-License-Identifier: GPL-2.0-only */
/* io_uring, a request at a time. */
#ifndef TEST_URING_H
#define TEST_URING_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/io_uring.h>

/**
 * struct uring - an open ring
 * @fd: the ring
 * @params: what the kernel said about it
 * @rings: both of its rings
 * @size: of these, in bytes
 * @sqes: the requests
 */
struct uring {
	int fd;
	struct io_uring_params params;
	char *rings;
	size_t size;
	struct io_uring_sqe *sqes;
};

/* All functions return a negative errno if they fail. */
int uring_open(struct uring *ring);
void uring_close(struct uring *ring);

/* Register one buffer; the kernel pins it until it is given back. */
int uring_register_buffer(struct uring *ring, void *addr, size_t size);
int uring_unregister_buffers(struct uring *ring);

/* Submit a request (IORING_OP_*) of the first buffer or any memory, and wait. */
ssize_t uring_io(struct uring *ring, unsigned int op, int fd, void *addr,
		 size_t size, off_t offset);

#endif /* TEST_URING_H */
