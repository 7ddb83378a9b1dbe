// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "uring.h"

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static int map_rings(struct uring *ring)
{
	const struct io_uring_params *params = &ring->params;

	/* Both are in one mapping, since Linux 5.4. */
	ring->size = max_size(params->sq_off.array +
			      params->sq_entries * sizeof(__u32),
			      params->cq_off.cqes +
			      params->cq_entries * sizeof(struct io_uring_cqe));
	ring->rings = mmap(NULL, ring->size, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_POPULATE, ring->fd,
			   IORING_OFF_SQ_RING);
	if (ring->rings == MAP_FAILED)
		return -errno;
	ring->sqes = mmap(NULL, params->sq_entries * sizeof(*ring->sqes),
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			  ring->fd, IORING_OFF_SQES);
	return ring->sqes == MAP_FAILED ? -errno : 0;
}

int uring_open(struct uring *ring)
{
	int ret;

	*ring = (struct uring) { .fd = -1 };
	ring->fd = syscall(SYS_io_uring_setup, 1, &ring->params);
	if (ring->fd < 0)
		return -errno;
	ret = map_rings(ring);
	if (ret)
		close(ring->fd);
	return ret;
}

void uring_close(struct uring *ring)
{
	munmap(ring->sqes, ring->params.sq_entries * sizeof(*ring->sqes));
	munmap(ring->rings, ring->size);
	close(ring->fd);
}

static int call_register(struct uring *ring, unsigned int op, void *arg,
			 unsigned int nr)
{
	return syscall(SYS_io_uring_register, ring->fd, op, arg, nr) < 0 ?
	       -errno : 0;
}

int uring_register_buffer(struct uring *ring, void *addr, size_t size)
{
	struct iovec iov = { addr, size };

	return call_register(ring, IORING_REGISTER_BUFFERS, &iov, 1);
}

int uring_unregister_buffers(struct uring *ring)
{
	return call_register(ring, IORING_UNREGISTER_BUFFERS, NULL, 0);
}

static __u32 *word(struct uring *ring, __u32 offset)
{
	return (__u32 *)(ring->rings + offset);
}

ssize_t uring_io(struct uring *ring, unsigned int op, int fd, void *addr,
		 size_t size, off_t offset)
{
	const struct io_uring_params *params = &ring->params;
	const struct io_uring_cqe *cqes = (void *)(ring->rings +
						   params->cq_off.cqes);
	__u32 *tail = word(ring, params->sq_off.tail);
	__u32 *head = word(ring, params->cq_off.head);
	ssize_t ret;

	ring->sqes[0] = (struct io_uring_sqe) {
		.opcode = op,
		.fd = fd,
		.addr = (uintptr_t)addr,
		.len = size,
		.off = offset,
	};
	*word(ring, params->sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0)
		return -errno;

	ret = cqes[*head & *word(ring, params->cq_off.ring_mask)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return ret;
}
