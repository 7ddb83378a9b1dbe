// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hear of every reset of a function that vfio-pci drives.
 *
 * The PCI core calls reset_prepare and reset_done of the driver's
 * pci_error_handlers around each function reset and bus reset, whoever asked:
 * vfio by ioctl or config space, or somebody by sysfs.  vfio-pci-core leaves
 * both empty.  So a driver that uses its handlers gets a full copy of them,
 * with these two added, as long as one of its devices is served.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vfio_pci_core.h>

#include "reset_hooks.h"

/* A driver with our handlers; alive, as long as one of its devices is bound. */
struct hooked_driver {
	struct list_head node;
	struct pci_driver *driver;
	unsigned int devices;
};

static DEFINE_MUTEX(hooks_lock);
static LIST_HEAD(hooked_drivers);
static struct pci_error_handlers hooked_handlers;
static const struct p2p_reset_callbacks *listener;

static void reset_prepare(struct pci_dev *pdev)
{
	if (vfio_pci_core_err_handlers.reset_prepare)
		vfio_pci_core_err_handlers.reset_prepare(pdev);
	listener->prepare(pdev);
}

static void reset_done(struct pci_dev *pdev)
{
	if (vfio_pci_core_err_handlers.reset_done)
		vfio_pci_core_err_handlers.reset_done(pdev);
	listener->done(pdev);
}

/**
 * p2p_reset_hooks_init - say who listens
 * @callbacks: must stay for the life of the module
 */
void p2p_reset_hooks_init(const struct p2p_reset_callbacks *callbacks)
{
	listener = callbacks;
	hooked_handlers = vfio_pci_core_err_handlers;
	hooked_handlers.reset_prepare = reset_prepare;
	hooked_handlers.reset_done = reset_done;
}

/**
 * p2p_reset_hooks_fit - does a driver use vfio-pci-core's error handlers
 * @driver: the driver
 */
bool p2p_reset_hooks_fit(const struct pci_driver *driver)
{
	const struct pci_error_handlers *handlers =
		READ_ONCE(driver->err_handler);

	return handlers == &vfio_pci_core_err_handlers ||
	       handlers == &hooked_handlers;
}

static struct hooked_driver *find_hooked(const struct pci_driver *driver)
{
	struct hooked_driver *hooked;

	lockdep_assert_held(&hooks_lock);
	list_for_each_entry(hooked, &hooked_drivers, node)
		if (hooked->driver == driver)
			return hooked;
	return NULL;
}

static struct hooked_driver *hook(struct pci_driver *driver)
{
	struct hooked_driver *hooked;

	hooked = kzalloc(sizeof(*hooked), GFP_KERNEL);
	if (!hooked)
		return NULL;

	hooked->driver = driver;
	list_add(&hooked->node, &hooked_drivers);
	/* Filled in by p2p_reset_hooks_init(), before any reset may use it. */
	smp_store_release(&driver->err_handler, &hooked_handlers);
	return hooked;
}

/**
 * p2p_reset_hooks_get - listen to resets of one more device of a driver
 * @driver: of a bound device; p2p_reset_hooks_fit() is true
 *
 * Context: may sleep; device lock of the device held.
 * Return: 0 or -ENOMEM.
 */
int p2p_reset_hooks_get(struct pci_driver *driver)
{
	struct hooked_driver *hooked;
	int ret = 0;

	mutex_lock(&hooks_lock);
	hooked = find_hooked(driver);
	if (!hooked)
		hooked = hook(driver);
	if (hooked)
		hooked->devices++;
	else
		ret = -ENOMEM;
	mutex_unlock(&hooks_lock);
	return ret;
}

static void restore(struct hooked_driver *hooked)
{
	lockdep_assert_held(&hooks_lock);
	if (READ_ONCE(hooked->driver->err_handler) == &hooked_handlers)
		WRITE_ONCE(hooked->driver->err_handler,
			   &vfio_pci_core_err_handlers);
}

/**
 * p2p_reset_hooks_put - one device less
 * @driver: as given to p2p_reset_hooks_get(); it exists
 *
 * Context: may sleep; device lock of the device held: no reset of it is under
 * way.
 */
void p2p_reset_hooks_put(struct pci_driver *driver)
{
	struct hooked_driver *hooked;

	mutex_lock(&hooks_lock);
	hooked = find_hooked(driver);
	if (hooked && !--hooked->devices) {
		restore(hooked);
		list_del(&hooked->node);
		kfree(hooked);
	}
	mutex_unlock(&hooks_lock);
}

/**
 * p2p_reset_hooks_restore - give all drivers their handlers back
 *
 * A reset under way may still call into this module; it ends with the device
 * lock of its device, which is one of a driver that p2p_reset_hooks_had() knows.
 *
 * Context: may sleep.
 */
void p2p_reset_hooks_restore(void)
{
	struct hooked_driver *hooked;

	mutex_lock(&hooks_lock);
	list_for_each_entry(hooked, &hooked_drivers, node)
		restore(hooked);
	mutex_unlock(&hooks_lock);
}

/**
 * p2p_reset_hooks_had - did a driver have our handlers
 * @driver: compared only; NULL and drivers that are gone are allowed
 */
bool p2p_reset_hooks_had(const struct pci_driver *driver)
{
	bool ret;

	mutex_lock(&hooks_lock);
	ret = find_hooked(driver);
	mutex_unlock(&hooks_lock);
	return ret;
}

/**
 * p2p_reset_hooks_free - forget all drivers, without looking at them
 */
void p2p_reset_hooks_free(void)
{
	struct hooked_driver *hooked, *next;

	mutex_lock(&hooks_lock);
	list_for_each_entry_safe(hooked, next, &hooked_drivers, node) {
		list_del(&hooked->node);
		kfree(hooked);
	}
	mutex_unlock(&hooks_lock);
}
