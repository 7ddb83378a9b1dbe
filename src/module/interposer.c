// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stand between vfio core and vfio-pci-core.
 *
 * vfio core loads vfio_device->ops anew for each call and never keeps it.  So a
 * served device gets a full copy of its ops, in which some calls are ours; the
 * others stay what they are.
 *
 * Which devices: those whose driver uses vfio_pci_core_err_handlers and whose
 * ops for ioctl, read, write, mmap, features and close are vfio-pci-core's own.
 * That is vfio-pci, and a variant driver's device that gets nothing but the
 * core's treatment.  A driver that replaces one of them may give the regions
 * another meaning, so its devices are left alone.
 *
 * A call that is inside vfio-pci-core when the module is loaded is not seen: an
 * owner who exports while such a call of his own turns memory decode off gets
 * the state corrected by the next event.  Likewise an owner who is inside mmap then
 * and registers the BAR before that is over has both; what he maps so is his own.
 *
 * Locks: device lock -> devices_lock -> dma_resv.  Nothing that waits for
 * importers, or for who pins pages, runs under devices_lock, nor in the bus notifier.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vfio_p2p_dmabuf.h>
#include <linux/vfio_pci_core.h>
#include <linux/workqueue.h>

#include "calls.h"
#include "compat/compat.h"
#include "compat/vfio_file.h"
#include "device.h"
#include "feature.h"
#include "file_call.h"
#include "interposer.h"
#include "lifecycle.h"
#include "native.h"
#include "pages.h"
#include "register.h"
#include "reset_groups.h"
#include "reset_hooks.h"

/* How soon to look again at devices that could not be looked at, in jiffies. */
#define P2P_RESCAN_MIN	(HZ / 10)
#define P2P_RESCAN_MAX	(10 * HZ)

static DEFINE_MUTEX(devices_lock);
static LIST_HEAD(devices);
static bool stopping;

static void rescan(struct work_struct *work);
static DECLARE_DELAYED_WORK(rescan_work, rescan);

static long interposed_ioctl(struct vfio_device *vdev, unsigned int cmd,
			     unsigned long arg);

/*
 * Ours, if its ops still are.  They may have been given back since vfio core
 * loaded them to call us; then the caller passes the call on.
 */
static struct p2p_device *device_of(struct vfio_device *vdev)
{
	const struct vfio_device_ops *ops;

	/* Pairs with the store in attach(): the device is set up. */
	ops = smp_load_acquire(&vdev->ops);
	if (ops->ioctl != interposed_ioctl)
		return NULL;
	return container_of(ops, struct p2p_device, ops);
}

/* The next device of the set that has no access now, with a reference. */
static struct p2p_device *next_blocked(struct vfio_device_set *set, u64 after)
{
	struct p2p_device *dev, *found = NULL;

	mutex_lock(&devices_lock);
	list_for_each_entry(dev, &devices, node) {
		if (dev->serial <= after || dev->restored ||
		    dev->vdev->vdev.dev_set != set ||
		    p2p_access_allowed(&dev->exporter.access))
			continue;
		p2p_access_get(&dev->exporter.access);
		found = dev;
		break;
	}
	mutex_unlock(&devices_lock);
	return found;
}

/*
 * A hot reset wakes up all functions it concerns before it asks the PCI core to
 * reset them.  If that refuses, nobody else tells the siblings that they are
 * awake.  A device that goes away meanwhile has no dma-bufs, and so is not
 * looked at.
 */
static void refresh_siblings(struct p2p_device *dev)
{
	struct vfio_device_set *set = dev->vdev->vdev.dev_set;
	struct p2p_device *sibling;
	u64 serial = 0;

	while ((sibling = next_blocked(set, serial))) {
		serial = sibling->serial;
		p2p_exporter_refresh(&sibling->exporter, P2P_EVENT_RESET);
		p2p_access_put(&sibling->exporter.access);
	}
}

/* One of the devices whose pages are taken for a reset ioctl */
struct taken {
	struct list_head node;
	struct p2p_device *dev;
};

static void give_pages(struct list_head *list)
{
	struct taken *taken, *next;

	list_for_each_entry_safe(taken, next, list, node) {
		p2p_pages_unblock(&taken->dev->pages);
		p2p_access_put(&taken->dev->exporter.access);
		kfree(taken);
	}
}

static int take_one(struct p2p_device *dev, struct list_head *list)
{
	struct taken *taken;
	int ret;

	taken = kmalloc(sizeof(*taken), GFP_KERNEL);
	if (!taken)
		return -ENOMEM;

	ret = p2p_pages_take(dev);
	if (ret) {
		kfree(taken);
		return ret;
	}
	p2p_access_get(&dev->exporter.access);
	taken->dev = dev;
	list_add(&taken->node, list);
	return 0;
}

/**
 * struct reset_call - a reset that is asked for by ioctl
 * @dev: by whose fd
 * @cmd: VFIO_DEVICE_RESET or VFIO_DEVICE_PCI_HOT_RESET
 * @groups: which the caller has shown to own
 */
struct reset_call {
	struct p2p_device *dev;
	unsigned int cmd;
	struct p2p_reset_groups groups;
};

static bool same_group(struct p2p_device *dev, struct p2p_device *other)
{
	return dev->pdev->dev.iommu_group &&
	       other->pdev->dev.iommu_group == dev->pdev->dev.iommu_group;
}

/*
 * A hot reset of somebody who may not reset a sibling must not take that one's pages
 * either.  Who owns an IOMMU group owns all of its devices.
 */
static bool is_concerned(const struct reset_call *call,
			 struct p2p_device *other)
{
	if (other == call->dev)
		return true;
	return call->cmd == VFIO_DEVICE_PCI_HOT_RESET &&
	       (same_group(call->dev, other) ||
		p2p_reset_groups_have(&call->groups, &other->vdev->vdev));
}

/* The next device with pages that is reset by the call, with a reference. */
static struct p2p_device *next_concerned(const struct reset_call *call,
					 u64 after)
{
	struct vfio_device_set *set = call->dev->vdev->vdev.dev_set;
	struct p2p_device *dev, *found = NULL;

	mutex_lock(&devices_lock);
	list_for_each_entry(dev, &devices, node) {
		if (dev->serial <= after || dev->restored ||
		    dev->vdev->vdev.dev_set != set ||
		    list_empty(&dev->pages.pools) || !is_concerned(call, dev))
			continue;
		p2p_access_get(&dev->exporter.access);
		found = dev;
		break;
	}
	mutex_unlock(&devices_lock);
	return found;
}

static int take_all(const struct reset_call *call, struct list_head *list)
{
	struct p2p_device *next;
	u64 serial = 0;
	int ret = 0;

	while (!ret && (next = next_concerned(call, serial))) {
		serial = next->serial;
		ret = take_one(next, list);
		p2p_access_put(&next->exporter.access);
	}
	if (ret)
		give_pages(list);
	return ret;
}

/*
 * A reset that is asked for by ioctl can be refused, before anything happens to
 * the device; a hot reset concerns all devices of the set, which are those of the
 * slot or bus at most.  For siblings of others, for those of other groups if no
 * group is given (which is how cdev does it), and for a device that gets its first
 * pages meanwhile, reset_prepare waits.
 *
 * Return: 0, -EBUSY, or -ENOMEM.
 */
static int take_pages(struct p2p_device *dev, unsigned int cmd,
		      unsigned long arg, struct list_head *list)
{
	struct reset_call call = { .dev = dev, .cmd = cmd };
	int ret;

	if (cmd != VFIO_DEVICE_RESET && cmd != VFIO_DEVICE_PCI_HOT_RESET)
		return 0;

	if (cmd == VFIO_DEVICE_PCI_HOT_RESET)
		p2p_reset_groups_get(&call.groups, dev->vdev->vdev.dev_set,
				     (void __user *)arg);
	ret = take_all(&call, list);
	p2p_reset_groups_put(&call.groups);
	return ret;
}

static long core_ioctl(struct p2p_device *dev, unsigned int cmd,
		       unsigned long arg)
{
	LIST_HEAD(taken);
	long ret;

	ret = take_pages(dev, cmd, arg, &taken);
	if (ret)
		return ret;

	ret = p2p_lifecycle_ioctl(dev, cmd, arg);
	if (cmd == VFIO_DEVICE_PCI_HOT_RESET)
		refresh_siblings(dev);
	give_pages(&taken);
	return ret;
}

/* Out of line, as config_write(): others' calls need not have its frame. */
static noinline long ioctl_of_ours(struct vfio_device *vdev, unsigned int cmd,
				   unsigned long arg)
{
	struct p2p_device *dev = device_of(vdev);
	long ret;

	if (!dev)
		return vfio_pci_core_ioctl(vdev, cmd, arg);
	if (p2p_file_call_arrived(dev, cmd, &ret))
		return ret;
	return core_ioctl(dev, cmd, arg);
}

/*
 * What is none of our business goes on at once: to vfio-pci-core, as this call of
 * a served device is its own, see ops_are_core().  It is counted nevertheless, for
 * it returns this way.
 */
static long interposed_ioctl(struct vfio_device *vdev, unsigned int cmd,
			     unsigned long arg)
{
	long ret;

	p2p_call_begin();
	if (cmd == P2P_FILE_CALL || p2p_lifecycle_sees_ioctl(cmd))
		ret = ioctl_of_ours(vdev, cmd, arg);
	else
		ret = vfio_pci_core_ioctl(vdev, cmd, arg);
	p2p_call_end();
	return ret;
}

static noinline ssize_t config_write(struct vfio_device *vdev,
				     const char __user *buf, size_t count,
				     loff_t *ppos)
{
	struct p2p_device *dev = device_of(vdev);

	if (!dev)
		return vfio_pci_core_write(vdev, buf, count, ppos);
	if (count == p2p_lifecycle_next_chunk(*ppos, count))
		return p2p_lifecycle_write_chunk(dev, buf, count, ppos);
	return p2p_lifecycle_write_chunks(dev, buf, count, ppos);
}

static ssize_t interposed_write(struct vfio_device *vdev,
				const char __user *buf, size_t count,
				loff_t *ppos)
{
	ssize_t ret;

	p2p_call_begin();
	if (VFIO_PCI_OFFSET_TO_INDEX(*ppos) == VFIO_PCI_CONFIG_REGION_INDEX)
		ret = config_write(vdev, buf, count, ppos);
	else
		ret = vfio_pci_core_write(vdev, buf, count, ppos);
	p2p_call_end();
	return ret;
}

static int feature_of_ours(struct vfio_device *vdev, u32 flags,
			   void __user *arg, size_t argsz)
{
	struct p2p_device *dev = device_of(vdev);

	if (!dev)
		return vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
	if ((flags & VFIO_DEVICE_FEATURE_MASK) == VFIO_DEVICE_FEATURE_DMA_BUF)
		return p2p_feature_dma_buf(dev, flags, arg, argsz);
	return p2p_lifecycle_feature(dev, flags, arg, argsz);
}

static int interposed_feature(struct vfio_device *vdev, u32 flags,
			      void __user *arg, size_t argsz)
{
	const u32 feature = flags & VFIO_DEVICE_FEATURE_MASK;
	int ret;

	p2p_call_begin();
	if (feature == VFIO_DEVICE_FEATURE_DMA_BUF ||
	    p2p_lifecycle_sees_feature(feature))
		ret = feature_of_ours(vdev, flags, arg, argsz);
	else
		ret = vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
	p2p_call_end();
	return ret;
}

static int interposed_mmap(struct vfio_device *vdev,
			   struct vm_area_struct *vma)
{
	struct p2p_device *dev;
	int ret = 0;

	p2p_call_begin();
	dev = device_of(vdev);
	if (dev)
		ret = p2p_bar_use_mmap(dev, vma);
	if (!ret)
		ret = vfio_pci_core_mmap(vdev, vma);
	p2p_call_end();
	return ret;
}

static int interposed_open(struct vfio_device *vdev)
{
	struct p2p_device *dev;
	int ret;

	p2p_call_begin();
	dev = device_of(vdev);
	if (!dev) {
		ret = READ_ONCE(vdev->ops)->open_device(vdev);
	} else {
		ret = p2p_pages_open(dev);
		if (!ret)
			ret = dev->core_ops->open_device(vdev);
	}
	p2p_call_end();
	return ret;
}

static void interposed_close(struct vfio_device *vdev)
{
	struct p2p_device *dev;

	p2p_call_begin();
	dev = device_of(vdev);
	if (dev)
		p2p_lifecycle_close(dev);
	else
		vfio_pci_core_close_device(vdev);
	p2p_call_end();
}

/* Of a function whose device lock is held, so that it stays bound. */
static struct p2p_device *device_of_pdev(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *vdev = pci_get_drvdata(pdev);

	return vdev ? device_of(&vdev->vdev) : NULL;
}

static void on_reset_prepare(struct pci_dev *pdev)
{
	struct p2p_device *dev = device_of_pdev(pdev);

	if (dev)
		p2p_lifecycle_reset_prepare(dev);
}

static void on_reset_done(struct pci_dev *pdev)
{
	struct p2p_device *dev = device_of_pdev(pdev);

	if (dev)
		p2p_lifecycle_reset_done(dev);
}

static const struct p2p_reset_callbacks reset_callbacks = {
	.prepare = on_reset_prepare,
	.done = on_reset_done,
};

static bool ops_are_core(const struct vfio_device_ops *ops)
{
	return ops->ioctl == vfio_pci_core_ioctl &&
	       p2p_region_info_is_core(ops) &&
	       ops->read == vfio_pci_core_read &&
	       ops->write == vfio_pci_core_write &&
	       ops->mmap == vfio_pci_core_mmap &&
	       ops->device_feature == vfio_pci_core_ioctl_feature &&
	       ops->close_device == vfio_pci_core_close_device;
}

/*
 * The driver of a function, if it is built on vfio-pci-core.  Such are known by
 * what only they can have: its error handling, as a whole or the one callback.
 *
 * The driver's memory can be read under RCU, whatever happens to the driver
 * meanwhile: free_module() waits for a grace period.
 */
static struct pci_driver *core_driver(struct pci_dev *pdev)
{
	const struct pci_error_handlers *handlers;
	struct pci_driver *driver = NULL;
	struct device_driver *bound;

	rcu_read_lock();
	bound = READ_ONCE(pdev->dev.driver);
	if (bound) {
		handlers = READ_ONCE(to_pci_driver(bound)->err_handler);
		if (handlers &&
		    handlers->error_detected == vfio_pci_core_aer_err_detected)
			driver = to_pci_driver(bound);
	}
	rcu_read_unlock();
	return driver;
}

static void free_device(struct kref *ref)
{
	struct p2p_device *dev = container_of(ref, struct p2p_device,
					      exporter.access.ref);

	/* Of a device that was open when the module let go of it */
	p2p_bar_use_forget(&dev->pages.use);
	pci_dev_put(dev->pdev);
	kfree(dev);
}

static void restore_ops(struct p2p_device *dev)
{
	struct vfio_device *vdev = &dev->vdev->vdev;

	lockdep_assert_held(&devices_lock);
	/* The core's ops never change: nothing has to be ordered before. */
	if (!dev->restored)
		WRITE_ONCE(vdev->ops, dev->core_ops);
	dev->restored = true;
}

/*
 * The end of the vfio_device.  So no reference on it is needed elsewhere, which
 * could make it outlive its driver.
 */
static void interposed_release(struct vfio_device *vdev)
{
	const struct vfio_device_ops *core_ops;
	struct p2p_device *dev;

	p2p_call_begin();
	mutex_lock(&devices_lock);
	dev = device_of(vdev);
	if (dev) {
		restore_ops(dev);
		list_del(&dev->node);
	}
	core_ops = vdev->ops;
	mutex_unlock(&devices_lock);

	if (core_ops->release)
		core_ops->release(vdev);
	if (dev)
		p2p_access_put(&dev->exporter.access);
	p2p_call_end();
}

static struct p2p_device *alloc_device(struct pci_dev *pdev,
				       struct vfio_pci_core_device *vdev)
{
	struct p2p_device *dev;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return NULL;

	p2p_exporter_init(&dev->exporter, p2p_lifecycle_decodes, free_device);
	p2p_pages_init(&dev->pages);
	p2p_pages_attrs_init(&dev->attrs);
	dev->pdev = pci_dev_get(pdev);
	dev->vdev = vdev;
	dev->core_ops = vdev->vdev.ops;
	dev->ops = *dev->core_ops;
	dev->ops.ioctl = interposed_ioctl;
	dev->ops.release = interposed_release;
	/* If the kernel makes the dma-bufs it also looks after them. */
	if (!p2p_native_used()) {
		dev->ops.write = interposed_write;
		dev->ops.device_feature = interposed_feature;
		dev->ops.close_device = interposed_close;
		dev->ops.mmap = interposed_mmap;
		if (dev->core_ops->open_device)
			dev->ops.open_device = interposed_open;
	}
	return dev;
}

static struct p2p_device *attach(struct pci_dev *pdev,
				 struct pci_driver *driver,
				 struct vfio_pci_core_device *vdev)
{
	static u64 last_serial;
	struct p2p_device *dev;

	lockdep_assert_held(&devices_lock);
	dev = alloc_device(pdev, vdev);
	if (!dev)
		return NULL;

	if (!p2p_native_used() && p2p_reset_hooks_get(driver)) {
		p2p_access_put(&dev->exporter.access);
		return NULL;
	}

	dev->serial = ++last_serial;
	list_add_tail(&dev->node, &devices);
	/* From here on calls come in; pairs with device_of(). */
	smp_store_release(&vdev->vdev.ops, &dev->ops);
	return dev;
}

/* The device, not yet told to be unbound. */
static struct p2p_device *find_bound(struct pci_dev *pdev)
{
	struct p2p_device *dev;

	lockdep_assert_held(&devices_lock);
	list_for_each_entry(dev, &devices, node)
		if (dev->pdev == pdev && !dev->unbound)
			return dev;
	return NULL;
}

/*
 * Serve a bound device if it qualifies.  Its driver data is a
 * vfio_pci_core_device: vfio_pci_core_register_device() insists on it.  It stays
 * bound meanwhile: an unbind first has to pass on_unbind(), which needs the lock
 * held here.
 *
 * Return: the device, if it was attached now.
 */
static struct p2p_device *consider(struct pci_dev *pdev)
{
	struct pci_driver *driver = core_driver(pdev);
	struct vfio_pci_core_device *vdev;
	struct p2p_device *dev;

	lockdep_assert_held(&devices_lock);
	if (!driver || stopping)
		return NULL;

	/* NULL: a probe that has just begun; on_bound() hears of its end. */
	vdev = pci_get_drvdata(pdev);
	if (!vdev)
		return NULL;

	p2p_vfio_file_learn(&vdev->vdev);
	if (!ops_are_core(vdev->vdev.ops) || !p2p_reset_hooks_fit(driver)) {
		pci_dbg(pdev, "not served, %s has region calls or error handlers of its own\n",
			driver->name);
		return NULL;
	}

	dev = attach(pdev, driver, vdev);
	if (dev)
		pci_dbg(pdev, "served\n");
	else
		pci_warn(pdev, "not served, out of memory; bind it again\n");
	return dev;
}

static bool is_locked(struct pci_dev *pdev)
{
	bool locked = mutex_is_locked(&pdev->dev.mutex);

	/* What the last holder left behind is looked at next. */
	smp_acquire__after_ctrl_dep();
	return locked;
}

/*
 * A reset that began between the look at the lock and the attach was heard of by
 * nobody.  Unless the lock is still free, it is assumed; until it is free again.
 *
 * Return: whether it was free.
 */
static bool hold_if_locked(struct p2p_device *dev)
{
	/* The ops are in place before the lock is looked at again. */
	smp_mb();
	if (!is_locked(dev->pdev))
		return true;

	p2p_lifecycle_hold(dev);
	return false;
}

/*
 * Look at one device.  Its lock is not taken: a reset or an open that finds it
 * taken fails.  If it is free that is proof enough: who takes it now, to bind or
 * unbind, is stopped by our notifier before anything happens.
 *
 * Return: false if it has to be looked at again.
 */
static bool look_at(struct pci_dev *pdev)
{
	struct p2p_device *dev;
	bool done, known;

	mutex_lock(&devices_lock);
	if (is_locked(pdev)) {
		done = !core_driver(pdev);
		mutex_unlock(&devices_lock);
		return done;
	}
	dev = find_bound(pdev);
	known = dev;
	if (!known)
		dev = consider(pdev);
	if (dev)
		p2p_access_get(&dev->exporter.access);
	mutex_unlock(&devices_lock);

	if (!dev)
		return true;
	if (known) {
		p2p_lifecycle_release_hold(dev);
		done = true;
	} else {
		done = hold_if_locked(dev);
	}
	p2p_access_put(&dev->exporter.access);
	return done;
}

static bool scan(void)
{
	struct pci_dev *pdev = NULL;
	bool done = true;

	for_each_pci_dev(pdev)
		done &= look_at(pdev);
	return done;
}

static void rescan(struct work_struct *work)
{
	static unsigned long delay = P2P_RESCAN_MIN;

	if (scan())
		return;
	schedule_delayed_work(&rescan_work, delay);
	delay = min_t(unsigned long, 2 * delay, P2P_RESCAN_MAX);
}

static void on_bound(struct pci_dev *pdev)
{
	mutex_lock(&devices_lock);
	consider(pdev);
	mutex_unlock(&devices_lock);
}

/*
 * The driver's remove follows, which waits until the device is closed.  Access
 * ends now: the owner was asked to let go.  The hooks go as well: this thread
 * has the device lock until the end, so that no reset can come any more.
 */
static void on_unbind(struct pci_dev *pdev)
{
	struct pci_driver *driver = to_pci_driver(pdev->dev.driver);
	struct p2p_device *dev;

	mutex_lock(&devices_lock);
	dev = find_bound(pdev);
	if (dev) {
		dev->unbound = true;
		p2p_access_get(&dev->exporter.access);
	}
	mutex_unlock(&devices_lock);

	if (!dev)
		return;
	p2p_lifecycle_unbind(dev);
	p2p_access_put(&dev->exporter.access);
	p2p_reset_hooks_put(driver);
}

static int on_bus_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	switch (event) {
	case BUS_NOTIFY_BIND_DRIVER:
		/* look_at() relies on it: no probe begins meanwhile. */
		mutex_lock(&devices_lock);
		mutex_unlock(&devices_lock);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		on_bound(pdev);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		on_unbind(pdev);
		break;
	case BUS_NOTIFY_ADD_DEVICE:
		p2p_register_device_added(pdev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block bus_notifier = {
	.notifier_call = on_bus_event,
};

/**
 * p2p_interposer_start - serve the devices that are there and those to come
 *
 * Context: may sleep.
 * Return: 0 or the error of bus_register_notifier().
 */
int p2p_interposer_start(void)
{
	int ret;

	p2p_reset_hooks_init(&reset_callbacks);
	ret = bus_register_notifier(&pci_bus_type, &bus_notifier);
	if (ret)
		return ret;

	/* Who did not see the notifier is seen to have the device lock. */
	synchronize_rcu();
	rescan(NULL);
	return 0;
}

static void restore_all(void)
{
	struct p2p_device *dev;

	mutex_lock(&devices_lock);
	list_for_each_entry(dev, &devices, node)
		restore_ops(dev);
	mutex_unlock(&devices_lock);
}

/* As long as the notifier hears of functions that are removed, and sysfs of them */
static void end_all_attrs(void)
{
	struct p2p_device *dev;

	mutex_lock(&devices_lock);
	list_for_each_entry(dev, &devices, node)
		p2p_pages_attrs_end(dev);
	mutex_unlock(&devices_lock);
}

static void free_all(void)
{
	struct p2p_device *dev, *next;

	list_for_each_entry_safe(dev, next, &devices, node) {
		list_del(&dev->node);
		p2p_access_put(&dev->exporter.access);
	}
}

/**
 * p2p_interposer_stop - step aside, and make sure that no CPU is left in here
 *
 * The pointers go back first.  What loaded one of ours before is then either
 * counted, or in one of the windows that no counter of ours can see: on
 * its way from the load to the count, and from the end of the count out of this
 * module.  Neither window sleeps, so waiting for all tasks to do so (Tasks RCU)
 * before and after closes them.  For the end of a reset the first window can
 * sleep; p2p_reset_hooks_stop() sees to that.
 *
 * Context: may sleep; no dma-buf of ours exists, they pin the module.
 */
void p2p_interposer_stop(void)
{
	mutex_lock(&devices_lock);
	stopping = true;
	mutex_unlock(&devices_lock);
	cancel_delayed_work_sync(&rescan_work);

	p2p_reset_hooks_stop();
	restore_all();
	synchronize_rcu_tasks();
	p2p_calls_wait();
	p2p_reset_hooks_synchronize();
	synchronize_rcu_tasks();

	end_all_attrs();
	bus_unregister_notifier(&pci_bus_type, &bus_notifier);
	free_all();
}

/**
 * p2p_interposer_devices - how many devices are served right now
 *
 * Context: may sleep.
 */
unsigned int p2p_interposer_devices(void)
{
	struct p2p_device *dev;
	unsigned int nr = 0;

	mutex_lock(&devices_lock);
	list_for_each_entry(dev, &devices, node)
		nr++;
	mutex_unlock(&devices_lock);
	return nr;
}
