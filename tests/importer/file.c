// SPDX-License-Identifier: GPL-2.0-only
/* Open files of an importer and their ioctls. */
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "edu.h"
#include "importer.h"

void importer_file_event(struct importer_file *file, u32 events)
{
	spin_lock(&file->event_lock);
	file->events |= events;
	spin_unlock(&file->event_lock);

	wake_up_all(&file->wait);
}

/**
 * importer_file_signal_all - signal the fences of all attachments
 * @file: the open file
 *
 * An exporter may hold a reservation lock while it waits for one of them.  So
 * whoever is going to take reservation locks of several attachments, or to wait
 * for callers that do, has to come by here first.
 */
void importer_file_signal_all(struct importer_file *file)
{
	struct attachment *att;
	unsigned long handle;

	xa_lock(&file->attachments);
	xa_for_each(&file->attachments, handle, att)
		attachment_fence_signal(att);
	xa_unlock(&file->attachments);
}

void importer_file_detach_all(struct importer_file *file)
{
	struct attachment *att;
	unsigned long handle;

	importer_file_signal_all(file);

	xa_for_each(&file->attachments, handle, att) {
		xa_erase(&file->attachments, handle);
		attachment_shutdown(att);
		attachment_put(att);
	}
}

static struct attachment *importer_file_get(struct importer_file *file,
					    u32 handle)
{
	struct attachment *att;

	xa_lock(&file->attachments);
	att = xa_load(&file->attachments, handle);
	if (att)
		kref_get(&att->ref);
	xa_unlock(&file->attachments);

	return att ?: ERR_PTR(-ENOENT);
}

static long importer_ioctl_attach(struct importer_file *file, void __user *uarg)
{
	struct p2p_test_attach arg;
	struct attachment *att;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	att = attachment_create(file, &arg);
	if (IS_ERR(att))
		return PTR_ERR(att);

	ret = xa_alloc(&file->attachments, &arg.handle, att, xa_limit_31b,
		       GFP_KERNEL);
	if (ret)
		goto err_shutdown;

	if (!copy_to_user(uarg, &arg, sizeof(arg)))
		return 0;

	/* Another thread may have guessed the handle and detached it. */
	ret = -EFAULT;
	if (xa_erase(&file->attachments, arg.handle) != att)
		return ret;

err_shutdown:
	attachment_shutdown(att);
	attachment_put(att);

	return ret;
}

static long importer_ioctl_detach(struct importer_file *file, void __user *uarg)
{
	struct p2p_test_handle arg;
	struct attachment *att;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.reserved)
		return -EINVAL;

	att = xa_erase(&file->attachments, arg.handle);
	if (!att)
		return -ENOENT;

	attachment_shutdown(att);
	attachment_put(att);

	return 0;
}

static long importer_ioctl_map(struct importer_file *file, void __user *uarg)
{
	struct p2p_test_map arg;
	struct attachment *att;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	att = importer_file_get(file, arg.handle);
	if (IS_ERR(att))
		return PTR_ERR(att);

	ret = attachment_map(att, arg.direction);
	attachment_put(att);

	return ret;
}

/* Calls that take a handle and nothing else */
static long importer_ioctl_handle(struct importer_file *file, void __user *uarg,
				  int (*call)(struct attachment *att))
{
	struct p2p_test_handle arg;
	struct attachment *att;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.reserved)
		return -EINVAL;

	att = importer_file_get(file, arg.handle);
	if (IS_ERR(att))
		return PTR_ERR(att);

	ret = call(att);
	attachment_put(att);

	return ret;
}

static void *importer_dma_buffer(u64 user, u64 length, u32 flags)
{
	if (flags & ~P2P_TEST_DMA_WRITE || !length || length > P2P_TEST_DMA_MAX)
		return ERR_PTR(-EINVAL);

	if (flags & P2P_TEST_DMA_WRITE)
		return memdup_user(u64_to_user_ptr(user), length);

	return kzalloc(length, GFP_KERNEL) ?: ERR_PTR(-ENOMEM);
}

static int importer_dma_result(u64 user, u64 length, u32 flags, void *buf)
{
	if (flags & P2P_TEST_DMA_WRITE)
		return 0;

	return copy_to_user(u64_to_user_ptr(user), buf, length) ? -EFAULT : 0;
}

static long importer_ioctl_dma(struct importer_file *file, void __user *uarg)
{
	struct edu *edu = file->importer->edu;
	struct p2p_test_dma arg;
	struct attachment *att;
	void *buf;
	int ret;

	if (!edu)
		return -EOPNOTSUPP;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	buf = importer_dma_buffer(arg.user, arg.length, arg.flags);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	att = importer_file_get(file, arg.handle);
	if (IS_ERR(att)) {
		ret = PTR_ERR(att);
		goto out_free;
	}

	ret = attachment_dma(att, edu, &arg, buf);
	attachment_put(att);
	if (!ret)
		ret = importer_dma_result(arg.user, arg.length, arg.flags, buf);

out_free:
	kfree(buf);

	return ret;
}

static long importer_ioctl_raw_dma(struct importer_file *file,
				   void __user *uarg)
{
	struct edu *edu = file->importer->edu;
	struct p2p_test_raw_dma arg;
	void *buf;
	int ret;

	if (!edu)
		return -EOPNOTSUPP;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.reserved)
		return -EINVAL;

	buf = importer_dma_buffer(arg.user, arg.length, arg.flags);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	if (arg.flags & P2P_TEST_DMA_WRITE)
		ret = edu_write(edu, arg.address, buf, arg.length);
	else
		ret = edu_read(edu, buf, arg.address, arg.length);
	if (!ret)
		ret = importer_dma_result(arg.user, arg.length, arg.flags, buf);

	kfree(buf);

	return ret;
}

static long importer_ioctl_stat(struct importer_file *file, void __user *uarg)
{
	struct p2p_test_stat arg;
	struct attachment *att;
	u32 handle;

	if (get_user(handle, (u32 __user *)uarg))
		return -EFAULT;

	att = importer_file_get(file, handle);
	if (IS_ERR(att))
		return PTR_ERR(att);

	spin_lock(&att->stat_lock);
	arg = att->stat;
	spin_unlock(&att->stat_lock);
	attachment_put(att);

	arg.handle = handle;

	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long importer_ioctl_sg(struct importer_file *file, void __user *uarg)
{
	struct p2p_test_sg_entry *entries;
	struct attachment *att;
	struct p2p_test_sg arg;
	u32 room, stored;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	room = min(arg.nents, P2P_TEST_SG_MAX);
	entries = kvcalloc(max(room, 1u), sizeof(*entries), GFP_KERNEL);
	if (!entries)
		return -ENOMEM;

	att = importer_file_get(file, arg.handle);
	if (IS_ERR(att)) {
		ret = PTR_ERR(att);
		goto out_free;
	}

	ret = attachment_sg(att, entries, room, &arg.nents);
	attachment_put(att);
	if (ret)
		goto out_free;

	stored = min(room, arg.nents);
	if (copy_to_user(u64_to_user_ptr(arg.entries), entries,
			 stored * sizeof(*entries)) ||
	    copy_to_user(uarg, &arg, sizeof(arg)))
		ret = -EFAULT;

out_free:
	kvfree(entries);

	return ret;
}

static long importer_ioctl_events(struct importer_file *file, void __user *uarg)
{
	struct p2p_test_events arg = {};

	spin_lock(&file->event_lock);
	arg.events = file->events;
	file->events = 0;
	spin_unlock(&file->event_lock);

	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long importer_ioctl_distance(void __user *uarg)
{
	struct p2p_test_distance arg;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	ret = importer_distance(&arg);
	if (ret)
		return ret;

	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long importer_ioctl_memory(void __user *uarg)
{
	struct p2p_test_memory arg;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	ret = importer_memory_type(&arg);
	if (ret)
		return ret;

	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long importer_ioctl_pin(struct importer_file *file, void __user *uarg)
{
	struct p2p_test_pin arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	return importer_pin(file, &arg);
}

static long importer_ioctl_page_ref(void __user *uarg)
{
	struct p2p_test_page_ref arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	return importer_page_ref(&arg);
}

static long importer_ioctl_sleep(struct importer_file *file, void __user *uarg)
{
	struct p2p_test_sleep arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.asleep > 1 || arg.reserved)
		return -EINVAL;

	if (arg.asleep)
		return importer_keep_asleep(file, &arg.function);
	importer_let_wake(file);

	return 0;
}

static long importer_ioctl_bound(struct importer_file *file, unsigned int cmd,
				 void __user *uarg)
{
	switch (cmd) {
	case P2P_TEST_ATTACH:
		return importer_ioctl_attach(file, uarg);
	case P2P_TEST_DETACH:
		return importer_ioctl_detach(file, uarg);
	case P2P_TEST_MAP:
		return importer_ioctl_map(file, uarg);
	case P2P_TEST_UNMAP:
		return importer_ioctl_handle(file, uarg, attachment_unmap);
	case P2P_TEST_SIGNAL:
		return importer_ioctl_handle(file, uarg, attachment_signal);
	case P2P_TEST_DMA:
		return importer_ioctl_dma(file, uarg);
	case P2P_TEST_RAW_DMA:
		return importer_ioctl_raw_dma(file, uarg);
	case P2P_TEST_STAT:
		return importer_ioctl_stat(file, uarg);
	case P2P_TEST_SG:
		return importer_ioctl_sg(file, uarg);
	case P2P_TEST_EVENTS:
		return importer_ioctl_events(file, uarg);
	case P2P_TEST_DISTANCE:
		return importer_ioctl_distance(uarg);
	case P2P_TEST_SLEEP:
		return importer_ioctl_sleep(file, uarg);
	case P2P_TEST_MEMORY:
		return importer_ioctl_memory(uarg);
	case P2P_TEST_PIN_MEMORY:
	case P2P_TEST_PIN_AS_IOMMUFD:
		return importer_ioctl_pin(file, uarg);
	case P2P_TEST_UNPIN:
		importer_unpin(file);
		return 0;
	case P2P_TEST_PAGE_REF:
		return importer_ioctl_page_ref(uarg);
	default:
		return -ENOTTY;
	}
}

static long importer_ioctl(struct file *filp, unsigned int cmd,
			   unsigned long arg)
{
	struct importer_file *file = filp->private_data;
	struct importer *imp = file->importer;
	long ret = -ENODEV;

	down_read(&imp->unbind_sem);
	if (!imp->gone)
		ret = importer_ioctl_bound(file, cmd, (void __user *)arg);
	up_read(&imp->unbind_sem);

	return ret;
}

static __poll_t importer_poll(struct file *filp, struct poll_table_struct *wait)
{
	struct importer_file *file = filp->private_data;
	__poll_t mask = 0;

	poll_wait(filp, &file->wait, wait);

	if (READ_ONCE(file->importer->gone))
		mask |= EPOLLHUP | EPOLLERR;
	if (READ_ONCE(file->events))
		mask |= EPOLLIN | EPOLLRDNORM;

	return mask;
}

static int importer_open(struct inode *inode, struct file *filp)
{
	/* The misc core put our struct miscdevice there. */
	struct importer *imp = container_of(filp->private_data, struct importer,
					    misc);
	struct importer_file *file;

	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;

	xa_init_flags(&file->attachments, XA_FLAGS_ALLOC1);
	spin_lock_init(&file->event_lock);
	init_waitqueue_head(&file->wait);
	mutex_init(&file->pin_lock);
	kref_get(&imp->ref);
	file->importer = imp;

	mutex_lock(&imp->files_lock);
	list_add(&file->node, &imp->files);
	mutex_unlock(&imp->files_lock);

	filp->private_data = file;

	return stream_open(inode, filp);
}

static int importer_release_file(struct inode *inode, struct file *filp)
{
	struct importer_file *file = filp->private_data;
	struct importer *imp = file->importer;

	down_read(&imp->unbind_sem);
	mutex_lock(&imp->files_lock);
	list_del(&file->node);
	mutex_unlock(&imp->files_lock);
	importer_file_detach_all(file);
	up_read(&imp->unbind_sem);

	importer_unpin(file);
	importer_let_wake(file);
	xa_destroy(&file->attachments);
	kfree(file);
	importer_put(imp);

	return 0;
}

const struct file_operations importer_fops = {
	.owner = THIS_MODULE,
	.open = importer_open,
	.release = importer_release_file,
	.unlocked_ioctl = importer_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = importer_poll,
};
