// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/vfio_p2p_dmabuf.h>

#include "module.h"
#include "sysfs.h"

#define DEVICE	"/dev/" VFIO_P2P_DEVICE_NAME

static bool get_info(struct vfio_p2p_info *info)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), ret;

	if (fd < 0)
		return false;
	*info = (struct vfio_p2p_info) { .argsz = sizeof(*info) };
	ret = ioctl(fd, VFIO_P2P_INFO, info);
	close(fd);
	return !ret;
}

/*
 * exporter=own and exporter=native say it; with exporter=auto it depends on the
 * kernel, which only the module knows.
 */
enum fact module_exports(const char *root)
{
	char *exporter = sysfs_read("%s/sys/module/" MODULE_NAME
				    "/parameters/exporter", root);
	enum fact ret = FACT_UNKNOWN;
	struct vfio_p2p_info info;

	if (exporter && !strcmp(exporter, "own"))
		ret = FACT_YES;
	else if (exporter && !strcmp(exporter, "native"))
		ret = FACT_NO;
	else if (!*root && get_info(&info))
		ret = info.capabilities & VFIO_P2P_CAP_FEATURE ? FACT_YES :
								 FACT_NO;
	free(exporter);
	return ret;
}
