// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load and unload of the modules under test.  By system call, because the tests
 * do it hundreds of times and want the errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "env.h"
#include "kmod.h"
#include "sysfs.h"

static void module_path(char *path, const char *name)
{
	const char *dir = getenv("MODULE_DIR");
	struct utsname uts;

	if (dir) {
		snprintf(path, PATH_MAX, "%s/%s.ko", dir, name);
		return;
	}

	uname(&uts);
	snprintf(path, PATH_MAX, "/lib/modules/%s/extra/%s.ko", uts.release,
		 name);
}

/* What the VM was started for, unless the test itself wants another exporter */
static const char *rig_params(const char *name, const char *params, char *buf,
			      size_t size)
{
	const char *exporter = env_rig("exporter");
	const char *iommu_pages = env_rig("iommu_pages");

	if (strcmp(name, MODULE_UNDER_TEST))
		return params;
	if (strstr(params, "exporter="))
		exporter = NULL;
	snprintf(buf, size, "%s%s %s%s %s", exporter ? "exporter=" : "",
		 exporter ?: "", iommu_pages ? "iommu_pages=" : "",
		 iommu_pages ?: "", params);

	return buf;
}

int module_load(const char *name, const char *params)
{
	char path[PATH_MAX], buf[256];
	int fd, ret = 0;

	module_path(path, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	params = rig_params(name, params ?: "", buf, sizeof(buf));
	if (syscall(SYS_finit_module, fd, params, 0))
		ret = -errno;
	close(fd);

	return ret;
}

int module_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int module_unload_soon(const char *name)
{
	int ret;

	while ((ret = module_unload(name)) == -EWOULDBLOCK)
		usleep(10000);
	return ret;
}

int module_ensure(const char *name)
{
	int ret = module_load(name, NULL);

	return ret == -EEXIST ? 0 : ret;
}

bool module_loaded(const char *name)
{
	char path[PATH_MAX];

	/* initstate also exists while it is coming or going */
	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);

	return !access(path, F_OK);
}

int module_refcount(const char *name)
{
	char path[PATH_MAX], text[32];
	int ret;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	ret = sysfs_read(path, text, sizeof(text));

	return ret < 0 ? ret : atoi(text);
}
