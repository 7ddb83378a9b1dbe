// SPDX-License-Identifier: GPL-2.0-only
/* REVOKE: of a dma-buf by its owner, and whatever else is taken for the two. */
#include <errno.h>

#include "area.h"
#include "disturber.h"
#include "export_case.h"
#include "foreign.h"
#include "model.h"
#include "ops.h"

static struct area area;

/**
 * struct revoke - a call
 * @buf: that is to be taken back
 * @args: the argument
 * @size: as far as there is memory
 * @address: where it is, if not there
 * @answer: what it has to say to the fds
 */
struct revoke {
	struct buffer *buf;
	struct vfio_p2p_revoke args;
	size_t size;
	__u64 address;
	int answer;
};

/* The dma-buf is looked up first. */
static void spoil(struct revoke *revoke, __u32 what, __u32 choice)
{
	const struct device *other = &world.devices[choice % NR_DEVICES];

	switch (what) {
	case 0:
		revoke->args.argsz = choice % (sizeof(revoke->args) + 8);
		break;
	case 1:
		revoke->args.flags = 1u << choice % 32;
		break;
	case 2:
		revoke->size = choice % sizeof(revoke->args);
		break;
	case 3:
		revoke->address = bad_address(choice) ?: 1;
		break;
	case 4:
		revoke->args.device_fd = foreign_fd_pick(choice,
							 &revoke->answer);
		break;
	case 5:
		/* Any that is none, also a device's */
		revoke->args.dmabuf_fd = other->vfio.fd;
		revoke->answer = other->vfio.fd < 0 ? -EBADF : -EINVAL;
		break;
	case 6:
		revoke->args.device_fd = other->vfio.fd;
		if (other->vfio.fd < 0)
			revoke->answer = -EBADF;
		else
			revoke->answer = other == revoke->buf->device ? 0 :
					 -EPERM;
	}
}

static int expected(const struct revoke *revoke)
{
	const struct model_memory arg = { &revoke->args, revoke->size };
	int ret = model_head(&arg, sizeof(revoke->args), 0);

	if (revoke->address)
		return -EFAULT;
	return ret ? ret : revoke->answer;
}

static long call(const struct revoke *revoke, enum caller caller)
{
	struct call call = {
		.fd = world.control,
		.cmd = VFIO_P2P_REVOKE,
		.arg = revoke->address,
		.device_fd = -1,
	};

	if (!area.base)
		area_open(&area, false);
	if (!call.arg)
		call.arg = (uintptr_t)area_place(&area, &revoke->args,
						 revoke->size);
	return caller_ioctl(caller, &call, false);
}

void op_revoke(const __u32 *field)
{
	struct revoke revoke = {
		.buf = buffer_pick(field[0]),
		.args.argsz = sizeof(revoke.args),
		.size = sizeof(revoke.args),
	};
	enum caller caller = CALLER_SELF;
	struct expect expect;
	long ret;

	if (!revoke.buf)
		return;
	revoke.args.dmabuf_fd = revoke.buf->fd;
	revoke.args.device_fd = revoke.buf->device->vfio.fd;
	if (revoke.args.device_fd < 0)
		revoke.answer = -EBADF;
	spoil(&revoke, field[1] % 16, field[2]);

	/* What 32 bits are of a bad address may be a good one. */
	if (!revoke.address && field[3] % 2 && caller_exists(CALLER_COMPAT))
		caller = CALLER_COMPAT;

	expect = expect_one(expected(&revoke));
	let_go_begin(revoke.buf->device);
	ret = call(&revoke, caller);
	let_go_end();
	answer_check(&expect, ret, "revoke dma-buf %d of fd %d",
		     revoke.args.dmabuf_fd, revoke.args.device_fd);
	if (!ret)
		model_buffer_revoked(revoke.buf);
}
