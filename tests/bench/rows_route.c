// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>

#include "p2p.h"
#include "rows.h"
#include "sample.h"
#include "tap.h"

void rows_route(const struct vfio_dev *device, const char *peer)
{
	const int fd = assert_ok(p2p_open());
	struct sample cold = {}, warm = {};
	struct vfio_p2p_route route;
	unsigned int i;
	u64 begin;

	for (i = 0; i < 16; i++) {
		begin = sample_clock();
		assert_ok(p2p_route(fd, device->fd, peer, &route));
		sample_add(i ? &warm : &cold, sample_clock() - begin);
	}
	sample_print(&cold, "own", "route-cold", 1);
	sample_print(&warm, "own", "route-warm", 1);
	close(fd);
}
