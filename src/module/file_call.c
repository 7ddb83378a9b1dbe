// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a vfio device file to the device we serve.
 *
 * What a vfio device file's private data looks like is vfio's own business and
 * changes.  So we don't look: we send an ioctl with a number of ours through the
 * file, vfio core does all its own checks (is the cdev bound, may the device be
 * woken up) and hands it to the device's ops, and those are ours.
 *
 * User space can send that number too.  It is ours only if the very task that
 * sends it waits in p2p_file_call() for it; otherwise it goes on to
 * vfio-pci-core, which does not know it.
 */
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "compat/vfio_file.h"
#include "file_call.h"

/* A call on its way; lives on the stack of the task that sends it. */
struct file_call {
	struct list_head node;
	struct task_struct *task;
	p2p_device_fn fn;
	void *context;
	bool arrived;
};

static DEFINE_SPINLOCK(calls_lock);
static LIST_HEAD(calls);

static struct file_call *find_call(void)
{
	struct file_call *call, *found = NULL;

	spin_lock(&calls_lock);
	list_for_each_entry(call, &calls, node) {
		if (call->task == current) {
			found = call;
			break;
		}
	}
	spin_unlock(&calls_lock);
	return found;
}

/**
 * p2p_file_call_arrived - is this ioctl one of p2p_file_call()'s
 * @dev: the device it arrived at
 * @cmd: ioctl number
 * @ret: what to return for it, if it is
 *
 * Context: in the ioctl of the device's ops.
 * Return: true if it was, and has been served.
 */
bool p2p_file_call_arrived(struct p2p_device *dev, unsigned int cmd, long *ret)
{
	struct file_call *call;

	if (cmd != P2P_FILE_CALL)
		return false;

	call = find_call();
	if (!call)
		return false;

	call->arrived = true;
	*ret = call->fn(dev, call->context);
	return true;
}

static int send_call(struct file *file, struct file_call *call)
{
	int ret;

	spin_lock(&calls_lock);
	list_add(&call->node, &calls);
	spin_unlock(&calls_lock);

	ret = file->f_op->unlocked_ioctl(file, P2P_FILE_CALL, 0);

	spin_lock(&calls_lock);
	list_del(&call->node);
	spin_unlock(&calls_lock);

	/* vfio core's own words count; what another driver says to it doesn't. */
	if (call->arrived || ret == -EINVAL || ret == -EIO)
		return ret;
	return -ENOTTY;
}

/**
 * p2p_file_call - call a function with the device of a file
 * @file: any file; nothing is called in it unless it is a vfio device file
 * @fn: called once if the file's device is served; it is open meanwhile
 * @context: for @fn
 *
 * Context: may sleep.
 * Return: what @fn returns; -EINVAL: not a vfio device file, or a cdev that is
 * not bound; -ENOTTY: a vfio device that is not served; -EIO: it can't be woken
 * up.
 */
int p2p_file_call(struct file *file, p2p_device_fn fn, void *context)
{
	struct file_call call = {
		.task = current,
		.fn = fn,
		.context = context,
	};

	switch (p2p_vfio_file_kind(file)) {
	case P2P_FILE_DEVICE:
		return send_call(file, &call);
	case P2P_FILE_UNPROVEN:
		return -ENOTTY;
	default:
		return -EINVAL;
	}
}
