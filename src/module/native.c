// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leave exports to a kernel that serves VFIO_DEVICE_FEATURE_DMA_BUF itself.
 *
 * Then nothing of vfio-pci's own behaviour changes: the device fd answers as
 * without this module, and EXPORT of the misc device asks vfio-pci-core.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio_p2p_dmabuf.h>

#include "compat/compat.h"
#include "device.h"
#include "export.h"
#include "native.h"

static char *exporter = "auto";
module_param(exporter, charp, 0444);
MODULE_PARM_DESC(exporter,
		 "Who makes the dma-bufs: native (the kernel, from Linux 6.19 on), own (this module) or auto (the kernel if it can, the default).");

static bool native_used;

/**
 * p2p_native_init - take in the module parameter
 *
 * Return: 0, -EINVAL or -EOPNOTSUPP with a sentence in the log.
 */
int p2p_native_init(void)
{
	if (!strcmp(exporter, "own"))
		return 0;

	if (!strcmp(exporter, "auto")) {
		native_used = P2P_KERNEL_HAS_FEATURE;
		return 0;
	}

	if (strcmp(exporter, "native")) {
		pr_err("exporter=%s: expected auto, native or own\n", exporter);
		return -EINVAL;
	}

	if (!P2P_KERNEL_HAS_FEATURE) {
		pr_err("exporter=native: this kernel does not serve VFIO_DEVICE_FEATURE_DMA_BUF; leave the parameter out\n");
		return -EOPNOTSUPP;
	}
	native_used = true;
	return 0;
}

/**
 * p2p_native_used - does the kernel make the dma-bufs
 */
bool p2p_native_used(void)
{
	return native_used;
}

static struct vfio_device_feature_dma_buf *
make_argument(const struct p2p_export_request *req, size_t size)
{
	struct vfio_device_feature_dma_buf *get;

	get = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!get)
		return ERR_PTR(-ENOMEM);

	get->region_index = req->region_index;
	get->open_flags = req->open_flags;
	get->nr_ranges = req->nr_ranges;
	if (copy_from_user(get->dma_ranges, req->ranges, size - sizeof(*get))) {
		kvfree(get);
		return ERR_PTR(-EFAULT);
	}
	return get;
}

/* vfio-pci-core takes its argument from user memory only. */
static int call_core(struct p2p_device *dev, const void *arg, size_t size)
{
	unsigned long user;
	int ret = -EFAULT;

	user = vm_mmap(NULL, 0, PAGE_ALIGN(size), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	/* EAGAIN is beyond what may be locked: to try again would not help. */
	if (IS_ERR_VALUE(user))
		return -ENOMEM;

	if (!copy_to_user((void __user *)user, arg, size))
		ret = dev->core_ops->device_feature(&dev->vdev->vdev,
						    VFIO_DEVICE_FEATURE_GET |
						    VFIO_DEVICE_FEATURE_DMA_BUF,
						    (void __user *)user, size);
	vm_munmap(user, PAGE_ALIGN(size));
	return ret;
}

/**
 * p2p_native_export - have the kernel export slices of a BAR
 * @dev: the device; a file of it is held open for the duration of the call
 * @req: the request, not yet checked except for nr_ranges
 *
 * Context: may sleep; no lock of vfio held.
 * Return: as p2p_export().
 */
int p2p_native_export(struct p2p_device *dev,
		      const struct p2p_export_request *req)
{
	struct vfio_device_feature_dma_buf *get;
	size_t size;
	int ret;

	if (req->nr_ranges > VFIO_P2P_MAX_RANGES)
		return -ENOMEM;

	size = struct_size(get, dma_ranges, req->nr_ranges);
	get = make_argument(req, size);
	if (IS_ERR(get))
		return PTR_ERR(get);

	ret = call_core(dev, get, size);
	kvfree(get);
	return ret;
}
