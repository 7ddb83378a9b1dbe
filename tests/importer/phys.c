// SPDX-License-Identifier: GPL-2.0-only
/*
 * An importer that asks where the memory of a dma-buf is, see p2p_test_phys.h.
 *
 * Locks: phys_file::lock -> dma_buf::resv.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio_p2p_phys.h>

#include "compat.h"
#include "p2p_test_phys.h"

/**
 * struct phys_file - an open file
 * @lock: protects @attach
 * @dmabuf: of @attach
 * @attach: NULL before it is attached; stays until the file is closed
 * @notified: under the dma-buf's reservation lock
 */
struct phys_file {
	/* Protects the attachment */
	struct mutex lock;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	struct p2p_test_phys_notified notified;
};

static struct platform_device *phys_device;

#if defined(P2P_TEST_PHYS_OPTIONAL)
static int phys_ranges(struct dma_buf_attachment *attach,
		       const struct vfio_p2p_phys_range **ranges)
{
	typeof(vfio_p2p_phys_ranges) *ranges_of;
	int ret;

	ranges_of = symbol_get(vfio_p2p_phys_ranges);
	if (!ranges_of)
		return -ENOPKG;

	ret = ranges_of(attach, ranges);
	symbol_put(vfio_p2p_phys_ranges);

	return ret;
}
#else
#define phys_ranges	vfio_p2p_phys_ranges
#endif

static void phys_move_notify(struct dma_buf_attachment *attach)
{
	struct phys_file *file = attach->importer_priv;
	struct p2p_test_phys_notified *notified = &file->notified;
	const struct vfio_p2p_phys_range *ranges;
	int ret;

	dma_resv_assert_held(attach->dmabuf->resv);
	ret = phys_ranges(attach, &ranges);
	if (notified->nr < P2P_TEST_PHYS_NOTIFIES)
		notified->result[notified->nr] = ret;
	notified->nr++;
}

static const struct dma_buf_attach_ops phys_attach_ops = {
	.allow_peer2peer = true,
	.P2P_TEST_MOVE_NOTIFY = phys_move_notify,
};

static int phys_attach_locked(struct phys_file *file, struct dma_buf *dmabuf,
			      u32 flags)
{
	struct device *dev = &phys_device->dev;
	struct dma_buf_attachment *attach;

	lockdep_assert_held(&file->lock);
	if (file->attach)
		return -EALREADY;

	if (flags & P2P_TEST_PHYS_STATIC)
		attach = dma_buf_attach(dmabuf, dev);
	else
		attach = dma_buf_dynamic_attach(dmabuf, dev, &phys_attach_ops,
						file);
	if (IS_ERR(attach))
		return PTR_ERR(attach);

	file->attach = attach;
	file->dmabuf = dmabuf;

	return 0;
}

static long phys_ioctl_attach(struct phys_file *file, void __user *uarg)
{
	struct p2p_test_phys_attach arg;
	struct dma_buf *dmabuf;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.flags & ~P2P_TEST_PHYS_STATIC)
		return -EINVAL;

	dmabuf = dma_buf_get(arg.dmabuf_fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	mutex_lock(&file->lock);
	ret = phys_attach_locked(file, dmabuf, arg.flags);
	mutex_unlock(&file->lock);
	if (ret)
		dma_buf_put(dmabuf);

	return ret;
}

/* The ranges as far as there is room; the number of all, or what went wrong */
static int phys_get(struct phys_file *file, struct p2p_test_phys_range *copy,
		    u32 room)
{
	const struct vfio_p2p_phys_range *ranges;
	int nr, i;

	mutex_lock(&file->lock);
	if (file->dmabuf)
		dma_resv_lock(file->dmabuf->resv, NULL);
	nr = phys_ranges(file->attach, &ranges);
	for (i = 0; i < nr && i < room; i++) {
		copy[i].start = ranges[i].start;
		copy[i].length = ranges[i].length;
	}
	if (file->dmabuf)
		dma_resv_unlock(file->dmabuf->resv);
	mutex_unlock(&file->lock);

	return nr;
}

static long phys_ioctl_get(struct phys_file *file, void __user *uarg)
{
	struct p2p_test_phys_range *copy;
	struct p2p_test_phys_get arg;
	u32 room;
	int nr;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	room = min(arg.room, P2P_TEST_PHYS_MAX);
	copy = kvcalloc(max(room, 1u), sizeof(*copy), GFP_KERNEL);
	if (!copy)
		return -ENOMEM;

	nr = phys_get(file, copy, room);
	arg.nr = nr;
	if (nr >= 0 &&
	    (copy_to_user(u64_to_user_ptr(arg.ranges), copy,
			  min_t(u32, room, nr) * sizeof(*copy)) ||
	     copy_to_user(uarg, &arg, sizeof(arg))))
		nr = -EFAULT;
	kvfree(copy);

	return min(nr, 0);
}

static long phys_ioctl_notified(struct phys_file *file, void __user *uarg)
{
	struct p2p_test_phys_notified arg;
	int ret = -ENXIO;

	mutex_lock(&file->lock);
	if (file->attach) {
		dma_resv_lock(file->dmabuf->resv, NULL);
		arg = file->notified;
		memset(&file->notified, 0, sizeof(file->notified));
		dma_resv_unlock(file->dmabuf->resv);
		ret = 0;
	}
	mutex_unlock(&file->lock);

	return ret ?: copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long phys_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct phys_file *file = filp->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case P2P_TEST_PHYS_ATTACH:
		return phys_ioctl_attach(file, uarg);
	case P2P_TEST_PHYS_GET:
		return phys_ioctl_get(file, uarg);
	case P2P_TEST_PHYS_NOTIFIED:
		return phys_ioctl_notified(file, uarg);
	default:
		return -ENOTTY;
	}
}

static int phys_open(struct inode *inode, struct file *filp)
{
	struct phys_file *file;

	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file)
		return -ENOMEM;

	mutex_init(&file->lock);
	filp->private_data = file;

	return stream_open(inode, filp);
}

static int phys_release(struct inode *inode, struct file *filp)
{
	struct phys_file *file = filp->private_data;

	if (file->attach) {
		dma_buf_detach(file->dmabuf, file->attach);
		dma_buf_put(file->dmabuf);
	}
	mutex_destroy(&file->lock);
	kfree(file);

	return 0;
}

static const struct file_operations phys_fops = {
	.owner = THIS_MODULE,
	.open = phys_open,
	.release = phys_release,
	.unlocked_ioctl = phys_ioctl,
};

static struct miscdevice phys_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &phys_fops,
	.mode = 0600,
};

static int __init p2p_test_phys_init(void)
{
	int ret;

	phys_device = platform_device_register_simple(KBUILD_MODNAME,
						      PLATFORM_DEVID_NONE,
						      NULL, 0);
	if (IS_ERR(phys_device))
		return PTR_ERR(phys_device);

	ret = misc_register(&phys_misc);
	if (ret)
		platform_device_unregister(phys_device);

	return ret;
}

static void __exit p2p_test_phys_exit(void)
{
	misc_deregister(&phys_misc);
	platform_device_unregister(phys_device);
}

module_init(p2p_test_phys_init);
module_exit(p2p_test_phys_exit);

P2P_TEST_IMPORT_DMA_BUF;
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The vfio_p2p_dmabuf authors");
MODULE_DESCRIPTION("dma-buf importer for tests that asks for physical ranges");
