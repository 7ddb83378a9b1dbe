// SPDX-License-Identifier: GPL-2.0-only
/* What makes no dma-buf: INFO, ROUTE, probes, numbers that nobody knows. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "array.h"
#include "env.h"
#include "export_case.h"
#include "ops.h"
#include "query.h"
#include "report.h"
#include "tap.h"

void op_info(const __u32 *field)
{
	struct rng rng = { .state = field[1] };
	const struct vfio_p2p_info *info;
	struct query q = {
		.cmd = VFIO_P2P_INFO,
		.known = sizeof(q.info),
		.size = sizeof(q.info),
		.device_fd = -1,
		.info.argsz = sizeof(q.info),
	};
	struct expect expect;
	long ret;

	query_choose_caller(&q, field[2]);
	if (field[0] % 2)
		query_spoil_head(&q, &rng);
	q.read_only = field[3] % 8 == 0;
	expect = expect_one(query_answer(&q));
	if (!expect.answers[0] && q.read_only)
		expect = expect_one(-EFAULT);
	ret = query_call(&q, false);
	answer_check(&expect, ret, "info argsz %u size %zu", q.info.argsz,
		     q.size);
	info = (void *)q.address;
	if (!ret && (info->argsz != q.info.argsz || info->flags ||
		     info->abi_version != VFIO_P2P_ABI_VERSION ||
		     info->max_ranges != VFIO_P2P_MAX_RANGES))
		bug("not what INFO should say");
}

/* A BDF, and whether there is such a function */
static bool choose_peer(struct vfio_p2p_bdf *bdf, struct rng *rng)
{
	static const char * const names[] = {
		"IMPORTER_EDU0", "IMPORTER_EDU1", "EXPORTER_NVME",
		"EXPORTER_IVSHMEM", "SLOT_NVME", "ERRNO_TESTDEV",
	};
	const char *name = names[rng_below(rng, ARRAY_SIZE(names))];

	assert_ok(p2p_bdf_parse(env_bdf_or_skip(name), bdf));
	switch (rng_below(rng, 8)) {
	case 0:
		bdf->domain = rng_next(rng) | 1u << 16;
		return false;
	case 1:
		bdf->bus = 0xf0 + rng_below(rng, 16);
		return false;
	case 2:
		bdf->devfn ^= 0x80;
		return false;
	default:
		return true;
	}
}

static void check_route(const struct query *q)
{
	const struct vfio_p2p_route *route = (void *)q->address;

	bool impossible = route->route == VFIO_P2P_ROUTE_IMPOSSIBLE;
	bool far = route->distance == -1;

	if (route->route > VFIO_P2P_ROUTE_HOST_BRIDGE || !route->reason ||
	    route->reason > VFIO_P2P_REASON_DMA_MASK ||
	    impossible != far)
		bug("route %u, distance %d, reason %u", route->route,
		    route->distance, route->reason);
}

void op_route(const __u32 *field)
{
	struct rng rng = { .state = field[1] };
	struct query q = {
		.cmd = VFIO_P2P_ROUTE,
		.known = sizeof(q.route),
		.size = sizeof(q.route),
		.route.argsz = sizeof(q.route),
	};
	int answer, device_answer;
	struct expect expect;
	bool peer;
	long ret;

	query_choose_caller(&q, field[2]);
	peer = choose_peer(&q.route.peer, &rng);
	query_choose_device(&q, &rng, &device_answer);
	q.route.device_fd = q.device_fd;
	q.device_fd_field = &q.route.device_fd;
	if (field[0] % 4 == 0)
		query_spoil_head(&q, &rng);
	if (field[0] / 4 % 8 == 0)
		q.route.reserved = 1u << rng_below(&rng, 32);
	if (field[0] / 32 % 8 == 0)
		q.route.peer.reserved = 1u << rng_below(&rng, 16);
	q.read_only = field[3] % 8 == 0;

	answer = query_answer(&q);
	if (!answer && (q.route.reserved || q.route.peer.reserved))
		answer = -EINVAL;
	if (!answer)
		answer = device_answer;
	if (!answer)
		answer = !peer ? -ENODEV : q.read_only ? -EFAULT : 0;
	/* Read-only memory can't be told the fd that nobody has. */
	if (q.read_only && q.caller > CALLER_COMPAT)
		return;
	expect = expect_one(answer);
	ret = query_call(&q, false);
	answer_check(&expect, ret, "route argsz %u size %zu fd %d caller %d",
		     q.route.argsz, q.size, q.device_fd, q.caller);
	if (!ret)
		check_route(&q);
}

/* Numbers of the misc device, and of it but sent to the device itself */
void op_unknown(const __u32 *field)
{
	const struct expect expect = expect_one(-ENOTTY);
	unsigned int nr = field[0] % 256;
	unsigned int cmd = _IO(VFIO_P2P_IOC_MAGIC, nr);
	struct call call = { .fd = world.control, .device_fd = -1 };
	const struct device *device = &world.devices[field[1] % NR_DEVICES];

	if (field[2] % 3 == 0)
		cmd = _IOWR(VFIO_P2P_IOC_MAGIC, nr, __u64);
	else if (nr <= 7)
		nr += 8, cmd = _IO(VFIO_P2P_IOC_MAGIC, nr);
	if (field[3] % 2 && device->vfio.fd >= 0) {
		call.fd = device->vfio.fd;
		if (field[4] % 2)
			cmd = _IO(VFIO_P2P_IOC_MAGIC, 0xff);
	}
	call.cmd = cmd;
	call.arg = bad_address(field[5]);
	answer_check(&expect, caller_ioctl(CALLER_SELF, &call, false),
		     "unknown %#x of fd %d", cmd, call.fd);
}

/* Other features, and combinations of flags that ask for nothing */
void op_probe(const __u32 *field)
{
	const struct device *device = &world.devices[field[0] % NR_DEVICES];
	struct vfio_device_feature probe = {
		.argsz = sizeof(probe),
		.flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET |
			 (field[1] % 16),
	};
	struct expect expect = expect_one(0);
	long ret;

	if (device->vfio.fd < 0)
		return;
	if ((probe.flags & VFIO_DEVICE_FEATURE_MASK) !=
	    VFIO_DEVICE_FEATURE_DMA_BUF) {
		expect = expect_one(-ENOTTY);
		expect_add(&expect, -EINVAL);
	}
	ret = ioctl(device->vfio.fd, VFIO_DEVICE_FEATURE, &probe);
	answer_check(&expect, ret < 0 ? -errno : ret, "probe feature %u of %s",
		     field[1] % 16, device->name);
}
