/* SPDX-License-Identifier: GPL-2.0-only */
/* A call of the misc device whose argument is one struct with argsz and flags. */
#ifndef FUZZ_QUERY_H
#define FUZZ_QUERY_H

#include "caller.h"
#include "model.h"
#include "rng.h"

/* The argument of a call, with what may be behind it */
#define QUERY_ROOM	(2 * PAGE)

/**
 * struct query - a call
 * @cmd: its number
 * @caller: who
 * @known: size of its struct
 * @flags: that it knows
 * @bytes: the argument
 * @size: as far as there is memory
 * @address: of it
 * @read_only: the memory
 * @device_fd: that it names, or -1
 * @device_fd_field: where, or NULL
 */
struct query {
	unsigned int cmd;
	enum caller caller;
	size_t known;
	__u32 flags;
	union {
		unsigned char bytes[QUERY_ROOM];
		struct vfio_p2p_info info;
		struct vfio_p2p_route route;
		struct vfio_p2p_register registration;
		struct vfio_p2p_unregister unregister;
		struct vfio_p2p_alloc alloc;
		struct vfio_p2p_pool pool;
	};
	size_t size;
	char *address;
	bool read_only;
	int device_fd;
	__s32 *device_fd_field;
};

/* One of those that exist */
void query_choose_caller(struct query *q, __u32 choice);

/* A device, or what is none; the answer for it, 0 if it is one. */
const struct device *query_choose_device(struct query *q, struct rng *rng,
					 int *answer);

/* Something wrong, or at the edge, with argsz, flags, or the memory */
void query_spoil_head(struct query *q, struct rng *rng);

/* What the head is to be answered */
int query_answer(const struct query *q);

/* The answer is at q->address.  GIVES_FD: as for caller_ioctl() */
long query_call(struct query *q, bool gives_fd);

#endif /* FUZZ_QUERY_H */
