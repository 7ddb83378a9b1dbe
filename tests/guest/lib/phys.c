// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "phys.h"

int phys_open(const char *module)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", module);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int phys_attach(int fd, int dmabuf_fd, __u32 flags)
{
	struct p2p_test_phys_attach arg = {
		.dmabuf_fd = dmabuf_fd,
		.flags = flags,
	};

	return ioctl(fd, P2P_TEST_PHYS_ATTACH, &arg) ? -errno : 0;
}

int phys_get(int fd, struct p2p_test_phys_range *ranges, __u32 room)
{
	struct p2p_test_phys_get arg = {
		.ranges = (uintptr_t)ranges,
		.room = room,
	};

	return ioctl(fd, P2P_TEST_PHYS_GET, &arg) ? -errno : (int)arg.nr;
}

int phys_notified(int fd, struct p2p_test_phys_notified *notified)
{
	return ioctl(fd, P2P_TEST_PHYS_NOTIFIED, notified) ? -errno : 0;
}
