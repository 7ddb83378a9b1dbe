// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/mman.h>

#include "area.h"
#include "array.h"
#include "foreign.h"
#include "query.h"

static struct area area;

void query_choose_caller(struct query *q, __u32 choice)
{
	q->caller = choice % 2 ? CALLER_SELF : choice / 2 % NR_CALLERS;
	if (!caller_exists(q->caller))
		q->caller = CALLER_SELF;
}

const struct device *query_choose_device(struct query *q, struct rng *rng,
					 int *answer)
{
	const struct device *device;

	if (!rng_below(rng, 4)) {
		q->device_fd = foreign_fd_pick(rng_next(rng), answer);
		q->caller = CALLER_SELF;
		return NULL;
	}
	device = &world.devices[rng_below(rng, NR_DEVICES)];
	q->device_fd = device->vfio.fd;
	*answer = q->device_fd < 0 || q->caller == CALLER_STRANGER ? -EBADF : 0;
	return device;
}

void query_spoil_head(struct query *q, struct rng *rng)
{
	const __u32 sizes[] = {
		0, 4, q->known - 1, q->known - 4, q->known + 1, q->known + 8,
		PAGE - 1, PAGE, PAGE + 1, ~0u, 1u << 31,
	};
	__u32 argsz = sizes[rng_below(rng, ARRAY_SIZE(sizes))];

	switch (rng_below(rng, 5)) {
	case 0:
		q->info.argsz = argsz;
		if (argsz > q->size && argsz <= PAGE)
			q->size = argsz;
		break;
	case 1:
		q->info.argsz = argsz;
		break;
	case 2:
		q->size = rng_below(rng, q->size + 1);
		break;
	case 3:
		q->info.flags = 1u << rng_below(rng, 32);
		break;
	default:
		q->size = PAGE;
		q->info.argsz = q->known + rng_below(rng, PAGE - q->known);
		q->bytes[q->known + rng_below(rng, PAGE - q->known)] = 1;
	}
}

int query_answer(const struct query *q)
{
	const struct model_memory arg = { q->bytes, q->size };

	return model_head(&arg, q->known, q->flags);
}

long query_call(struct query *q, bool gives_fd)
{
	struct call call = {
		.fd = world.control,
		.cmd = q->cmd,
		.device_fd = q->device_fd,
	};
	long ret;

	if (!area.base)
		area_open(&area, false);
	q->address = area_place(&area, q->bytes, q->size);
	call.arg = (uintptr_t)q->address;
	if (q->device_fd_field && q->size >= q->known && !q->read_only)
		call.device_fd_field =
			(void *)(q->address + ((char *)q->device_fd_field -
					       (char *)q->bytes));
	if (q->read_only)
		area_protect(&area, PROT_READ);
	ret = caller_ioctl(q->caller, &call, gives_fd);
	area_protect(&area, PROT_READ | PROT_WRITE);
	return ret;
}
