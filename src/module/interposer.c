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
 * That is vfio-pci itself.  A variant driver that replaces one of them may give
 * the regions another meaning, so it is left alone.
 *
 * Locks: device lock -> devices_lock.  Nothing that waits for importers runs
 * under devices_lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/vfio_p2p_dmabuf.h>
#include <linux/vfio_pci_core.h>
#include <linux/workqueue.h>

#include "compat/compat.h"
#include "compat/vfio_file.h"
#include "device.h"
#include "feature.h"
#include "file_call.h"
#include "interposer.h"
#include "lifecycle.h"
#include "reset_hooks.h"

/* How soon to look again at devices whose lock was taken at load. */
#define P2P_RESCAN_DELAY	(HZ / 10)

/* Every call that is in our text, other than the first and last few steps. */
DEFINE_STATIC_SRCU(calls_in_flight);

static DEFINE_MUTEX(devices_lock);
static LIST_HEAD(devices);
static unsigned int nr_devices;
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

	/* Pairs with the store in attach_locked(): the device is set up. */
	ops = smp_load_acquire(&vdev->ops);
	if (ops->ioctl != interposed_ioctl)
		return NULL;
	return container_of(ops, struct p2p_device, ops);
}

static long interposed_ioctl(struct vfio_device *vdev, unsigned int cmd,
			     unsigned long arg)
{
	int idx = srcu_read_lock(&calls_in_flight);
	struct p2p_device *dev = device_of(vdev);
	long ret;

	if (!dev)
		ret = READ_ONCE(vdev->ops)->ioctl(vdev, cmd, arg);
	else if (!p2p_file_call_arrived(dev, cmd, arg, &ret))
		ret = p2p_lifecycle_ioctl(dev, cmd, arg);

	srcu_read_unlock(&calls_in_flight, idx);
	return ret;
}

static ssize_t interposed_write(struct vfio_device *vdev,
				const char __user *buf, size_t count,
				loff_t *ppos)
{
	int idx = srcu_read_lock(&calls_in_flight);
	struct p2p_device *dev = device_of(vdev);
	ssize_t ret;

	if (dev)
		ret = p2p_lifecycle_write(dev, buf, count, ppos);
	else
		ret = READ_ONCE(vdev->ops)->write(vdev, buf, count, ppos);

	srcu_read_unlock(&calls_in_flight, idx);
	return ret;
}

static int interposed_feature(struct vfio_device *vdev, u32 flags,
			      void __user *arg, size_t argsz)
{
	int idx = srcu_read_lock(&calls_in_flight);
	struct p2p_device *dev = device_of(vdev);
	int ret;

	if (!dev)
		ret = READ_ONCE(vdev->ops)->device_feature(vdev, flags, arg,
							   argsz);
	else if ((flags & VFIO_DEVICE_FEATURE_MASK) ==
		 VFIO_DEVICE_FEATURE_DMA_BUF)
		ret = p2p_feature_dma_buf(dev, flags, arg, argsz);
	else
		ret = p2p_lifecycle_feature(dev, flags, arg, argsz);

	srcu_read_unlock(&calls_in_flight, idx);
	return ret;
}

static void interposed_close(struct vfio_device *vdev)
{
	int idx = srcu_read_lock(&calls_in_flight);
	struct p2p_device *dev = device_of(vdev);

	if (dev)
		p2p_lifecycle_close(dev);
	else
		READ_ONCE(vdev->ops)->close_device(vdev);

	srcu_read_unlock(&calls_in_flight, idx);
}

/* Of a function whose device lock is held, so that it stays bound. */
static struct p2p_device *device_of_pdev(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *vdev = pci_get_drvdata(pdev);

	return vdev ? device_of(&vdev->vdev) : NULL;
}

static void on_reset_prepare(struct pci_dev *pdev)
{
	int idx = srcu_read_lock(&calls_in_flight);
	struct p2p_device *dev = device_of_pdev(pdev);

	if (dev)
		p2p_lifecycle_reset_prepare(dev);
	srcu_read_unlock(&calls_in_flight, idx);
}

static void on_reset_done(struct pci_dev *pdev)
{
	int idx = srcu_read_lock(&calls_in_flight);
	struct p2p_device *dev = device_of_pdev(pdev);

	if (dev)
		p2p_lifecycle_reset_done(dev);
	srcu_read_unlock(&calls_in_flight, idx);
}

static const struct p2p_reset_callbacks reset_callbacks = {
	.prepare = on_reset_prepare,
	.done = on_reset_done,
};

static bool ops_are_core(const struct vfio_device_ops *ops)
{
	return ops->ioctl == vfio_pci_core_ioctl &&
	       ops->read == vfio_pci_core_read &&
	       ops->write == vfio_pci_core_write &&
	       ops->mmap == vfio_pci_core_mmap &&
	       ops->device_feature == vfio_pci_core_ioctl_feature &&
	       ops->close_device == vfio_pci_core_close_device;
}

/*
 * Drivers built on vfio-pci-core are recognised by what only they can have: its
 * error handling, as a whole or the one callback.  Their driver data is a
 * vfio_pci_core_device: vfio_pci_core_register_device() insists on it.
 */
static struct vfio_pci_core_device *core_device(struct pci_dev *pdev)
{
	struct pci_driver *driver = to_pci_driver(pdev->dev.driver);
	const struct pci_error_handlers *handlers =
		READ_ONCE(driver->err_handler);

	if (!handlers ||
	    handlers->error_detected != vfio_pci_core_aer_err_detected)
		return NULL;
	return pci_get_drvdata(pdev);
}

static void release_device(struct kref *ref)
{
	kfree(container_of(ref, struct p2p_device, exporter.access.ref));
}

static struct p2p_device *alloc_device(struct vfio_pci_core_device *vdev)
{
	struct p2p_device *dev;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return NULL;

	p2p_exporter_init(&dev->exporter, p2p_lifecycle_decodes,
			  release_device);
	dev->vdev = vdev;
	dev->core_ops = vdev->vdev.ops;
	dev->ops = *dev->core_ops;
	dev->ops.ioctl = interposed_ioctl;
	dev->ops.write = interposed_write;
	dev->ops.device_feature = interposed_feature;
	dev->ops.close_device = interposed_close;
	return dev;
}

/*
 * The reference keeps the vfio_device beyond the driver's remove, until detach:
 * its release, which is still an op, is then called from there.
 */
static int attach_locked(struct pci_dev *pdev,
			 struct vfio_pci_core_device *vdev)
{
	struct pci_driver *driver = to_pci_driver(pdev->dev.driver);
	struct p2p_device *dev;
	int ret;

	lockdep_assert_held(&devices_lock);
	dev = alloc_device(vdev);
	if (!dev)
		return -ENOMEM;

	ret = p2p_reset_hooks_get(driver);
	if (ret) {
		p2p_access_put(&dev->exporter.access);
		return ret;
	}

	dev->driver = driver;
	get_device(&vdev->vdev.device);
	list_add_tail(&dev->node, &devices);
	nr_devices++;
	/* From here on calls come in; pairs with device_of(). */
	smp_store_release(&vdev->vdev.ops, &dev->ops);
	return 0;
}

static void restore_ops(struct p2p_device *dev)
{
	struct vfio_device *vdev = &dev->vdev->vdev;

	/* The core's ops never change: nothing has to be ordered before. */
	if (READ_ONCE(vdev->ops) == &dev->ops)
		WRITE_ONCE(vdev->ops, dev->core_ops);
}

static void detach_locked(struct p2p_device *dev)
{
	lockdep_assert_held(&devices_lock);
	restore_ops(dev);
	list_del(&dev->node);
	nr_devices--;
}

static void put_detached(struct p2p_device *dev)
{
	p2p_reset_hooks_put(dev->driver);
	put_device(&dev->vdev->vdev.device);
	p2p_access_put(&dev->exporter.access);
}

/* Serve a bound device if it qualifies.  Device lock held. */
static void consider(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *vdev = core_device(pdev);
	int ret = 0;

	device_lock_assert(&pdev->dev);
	if (!vdev)
		return;

	p2p_vfio_file_learn(&vdev->vdev);
	mutex_lock(&devices_lock);
	if (!stopping && ops_are_core(vdev->vdev.ops) &&
	    p2p_reset_hooks_fit(to_pci_driver(pdev->dev.driver)))
		ret = attach_locked(pdev, vdev);
	mutex_unlock(&devices_lock);

	if (ret)
		pci_warn(pdev, "not served, out of memory; bind it again\n");
}

/*
 * Look at all devices.  The lock of one may be held for long, by an unbind that
 * waits for a user to close it; so nobody here waits for it.
 *
 * Return: whether one could not be looked at.
 */
static bool scan(void)
{
	struct pci_dev *pdev = NULL;
	bool busy = false;

	for_each_pci_dev(pdev) {
		if (!device_trylock(&pdev->dev)) {
			busy = true;
			continue;
		}
		/* A probe holds the lock: with it, a driver is a bound one. */
		if (pdev->dev.driver)
			consider(pdev);
		device_unlock(&pdev->dev);
	}
	return busy;
}

static void rescan(struct work_struct *work)
{
	if (scan())
		schedule_delayed_work(&rescan_work, P2P_RESCAN_DELAY);
}

static struct p2p_device *find_pdev_locked(struct pci_dev *pdev)
{
	struct p2p_device *dev;

	lockdep_assert_held(&devices_lock);
	list_for_each_entry(dev, &devices, node)
		if (dev->vdev->pdev == pdev)
			return dev;
	return NULL;
}

/*
 * The driver's remove follows, which waits until the device is closed.  Access
 * ends now: the owner was asked to let go.
 */
static void on_unbind(struct pci_dev *pdev)
{
	struct p2p_device *dev;

	mutex_lock(&devices_lock);
	dev = find_pdev_locked(pdev);
	if (dev)
		WRITE_ONCE(dev->unbinding, true);
	mutex_unlock(&devices_lock);

	/* Stays: only this thread, which has the device lock, detaches it. */
	if (dev)
		p2p_lifecycle_unbind(dev);
}

/* The driver's remove is over: nobody has the device open or can open it. */
static void on_unbound(struct pci_dev *pdev)
{
	struct p2p_device *dev;

	mutex_lock(&devices_lock);
	dev = find_pdev_locked(pdev);
	if (dev)
		detach_locked(dev);
	mutex_unlock(&devices_lock);

	if (dev)
		put_detached(dev);
}

static int on_bus_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	switch (event) {
	case BUS_NOTIFY_BOUND_DRIVER:
		consider(pdev);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		on_unbind(pdev);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		on_unbound(pdev);
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

	p2p_reset_hooks_restore();
}

/* A device not asked for before, with a reference on it and its function. */
static struct p2p_device *next_unsettled(void)
{
	struct p2p_device *dev, *found = NULL;

	mutex_lock(&devices_lock);
	list_for_each_entry(dev, &devices, node) {
		if (dev->settled)
			continue;
		dev->settled = true;
		p2p_access_get(&dev->exporter.access);
		pci_dev_get(dev->vdev->pdev);
		found = dev;
		break;
	}
	mutex_unlock(&devices_lock);
	return found;
}

/*
 * A reset holds the device lock from before it loads err_handler until after
 * reset_done.  So whoever gets the lock knows that no reset still uses ours.  An
 * unbind holds it too, perhaps until a user closes the device, but resets
 * nothing meanwhile.
 */
static void wait_for_reset(struct p2p_device *dev, struct pci_dev *pdev)
{
	while (!device_trylock(&pdev->dev)) {
		if (READ_ONCE(dev->unbinding))
			return;
		msleep(20);
	}
	device_unlock(&pdev->dev);
}

static void wait_for_resets(void)
{
	struct p2p_device *dev;

	while ((dev = next_unsettled())) {
		struct pci_dev *pdev = dev->vdev->pdev;

		wait_for_reset(dev, pdev);
		pci_dev_put(pdev);
		p2p_access_put(&dev->exporter.access);
	}
}

static struct p2p_device *take_one(void)
{
	struct p2p_device *dev;

	mutex_lock(&devices_lock);
	dev = list_first_entry_or_null(&devices, struct p2p_device, node);
	if (dev)
		detach_locked(dev);
	mutex_unlock(&devices_lock);
	return dev;
}

/**
 * p2p_interposer_stop - step aside, and make sure that no CPU is left in here
 *
 * The pointers go back first.  What loaded one of ours before is then either
 * counted by SRCU, or in one of the windows that no counter of ours can see: on
 * its way from the load to the count, and from the end of the count out of this
 * module.  Neither window sleeps, so waiting for all tasks to do so (Tasks RCU)
 * before and after closes them.
 *
 * Context: may sleep; no dma-buf of ours exists, they pin the module.
 */
void p2p_interposer_stop(void)
{
	struct p2p_device *dev;

	mutex_lock(&devices_lock);
	stopping = true;
	mutex_unlock(&devices_lock);
	cancel_delayed_work_sync(&rescan_work);

	restore_all();
	wait_for_resets();
	bus_unregister_notifier(&pci_bus_type, &bus_notifier);

	synchronize_rcu_tasks();
	synchronize_srcu(&calls_in_flight);
	synchronize_rcu_tasks();

	while ((dev = take_one()))
		put_detached(dev);
}

/**
 * p2p_interposer_devices - how many devices are served right now
 */
unsigned int p2p_interposer_devices(void)
{
	return READ_ONCE(nr_devices);
}
