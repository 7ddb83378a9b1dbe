// SPDX-License-Identifier: GPL-2.0-only
/* Kernels that serve VFIO_DEVICE_FEATURE_DMA_BUF themselves. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmod.h"
#include "native.h"
#include "p2p.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_feature.h"

#define PAGE	4096
#define BAR	2

static __u64 ask_module(void)
{
	const bool loaded = module_loaded(MODULE_UNDER_TEST);
	struct vfio_p2p_info info;
	int fd;

	if (!loaded)
		assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	fd = assert_ok(p2p_open());
	assert_ok(p2p_info(fd, &info));
	close(fd);
	if (!loaded)
		assert_ok(module_unload(MODULE_UNDER_TEST));

	return info.capabilities;
}

static __u64 capabilities(void)
{
	static __u64 known;

	if (!known)
		known = ask_module();

	return known;
}

bool native_there(void)
{
	return capabilities() & VFIO_P2P_CAP_NATIVE;
}

bool native_used(void)
{
	return !(capabilities() & VFIO_P2P_CAP_FEATURE);
}

void native_skip(void)
{
	if (!native_used())
		return;
	print_message("the kernel makes the dma-bufs here\n");
	skip();
}

void native_need(void)
{
	if (native_used())
		return;
	print_message("the module makes the dma-bufs here\n");
	skip();
}

/* fdinfo names the module that exported it. */
int native_made(int dmabuf_fd)
{
	char path[64], text[1024], name[64];
	const char *line;
	int ret;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", dmabuf_fd);
	ret = sysfs_read(path, text, sizeof(text));
	if (ret < 0)
		return ret;

	line = strstr(text, "exp_name:");
	if (!line || sscanf(line, "exp_name: %63s", name) != 1)
		return -EINVAL;
	if (!strcmp(name, "vfio_pci_core"))
		return 1;

	return strcmp(name, MODULE_UNDER_TEST) ? -EINVAL : 0;
}

void native_expect_alone(const struct vfio_dev *dev)
{
	int probe, fd;

	probe = vfio_feature_probe(dev->fd, VFIO_DEVICE_FEATURE_DMA_BUF,
				   VFIO_DEVICE_FEATURE_GET);
	fd = vfio_feature_dma_buf_range(dev->fd, BAR, 0, PAGE);
	if (!native_there()) {
		assert_errno(probe, ENOTTY);
		assert_errno(fd, ENOTTY);
		return;
	}

	assert_ok(probe);
	assert_int_equal(native_made(assert_ok(fd)), 1);
	close(fd);
}

int native_refusal(void)
{
	return native_there() ? EOPNOTSUPP : ENOTTY;
}
