// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hear of every reset of a function that vfio-pci drives and somebody asks for.
 *
 * The PCI core calls reset_prepare and reset_done of the driver's
 * pci_error_handlers around function resets and bus resets that vfio asks for, by
 * ioctl or config space, or somebody by sysfs; not around those of error recovery, nor
 * when vfio resets a device that is closed.  vfio-pci-core leaves both empty.  So a
 * driver that uses its handlers gets a full copy of them, with these two added, as
 * long as one of its devices is served.
 *
 * At unload the handlers must go back while no reset can still come to ours.
 * pci_dev_restore() loads err_handler, may sleep, and then calls reset_done.  So
 * no reset may be between prepare and done when the handlers change: those that
 * are, are waited for; those that begin are held at prepare until it is done.
 *
 * All this runs with the device lock held by whoever resets.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/vfio_pci_core.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "reset_hooks.h"

/* A reset takes seconds at most; who holds a device longer is told of. */
#define P2P_SETTLE_REPORT	(10 * HZ)

/*
 * A driver with our handlers; alive, as long as one of its devices is bound.  One
 * without served devices keeps them until no function of it is in a reset.
 */
struct hooked_driver {
	struct list_head node;
	struct pci_driver *driver;
	unsigned int devices;
};

static DEFINE_MUTEX(hooks_lock);
static LIST_HEAD(hooked_drivers);
static struct pci_error_handlers hooked_handlers;
static const struct p2p_reset_callbacks *listener;

/* Every call that is in our text, other than the first and last few steps. */
DEFINE_STATIC_SRCU(resets_in_flight);

/* The task that resets it, by function; changed under active_lock. */
static DEFINE_XARRAY(active);
static DEFINE_MUTEX(active_lock);
static DECLARE_WAIT_QUEUE_HEAD(active_changed);

/* Are the handlers ours, about to go back, or back? */
static enum { HOOKED, RESTORING, RESTORED } state;

/*
 * Functions whose device lock was held when their driver got our handlers: what
 * holds it may be a reset that had begun before, and that we only hear the end
 * of.
 */
static DEFINE_XARRAY(unsettled);

static struct hooked_driver *find_hooked(const struct pci_driver *driver)
{
	struct hooked_driver *hooked;

	lockdep_assert_held(&hooks_lock);
	list_for_each_entry(hooked, &hooked_drivers, node)
		if (hooked->driver == driver)
			return hooked;
	return NULL;
}

static bool current_resets(void)
{
	struct task_struct *task;
	unsigned long index;

	lockdep_assert_held(&active_lock);
	xa_for_each(&active, index, task)
		if (task == current)
			return true;
	return false;
}

/* Device lock held, so that its driver stays. */
static bool is_hooked(struct pci_dev *pdev)
{
	return READ_ONCE(pdev->driver->err_handler) == &hooked_handlers;
}

/*
 * Begin a reset, unless the handlers are going back.  A task that resets several
 * functions at once goes on: it is one of those that are waited for.
 *
 * The driver may have got its own handlers back since ours were called, if its
 * last served device was unbound: see unhook_if_idle(), which looks under the lock
 * as well.
 *
 * Return: whether it counts.
 */
static bool begin_reset(struct pci_dev *pdev)
{
	bool counts;

	mutex_lock(&active_lock);
	while (state == RESTORING && !current_resets()) {
		mutex_unlock(&active_lock);
		wait_event(active_changed, READ_ONCE(state) != RESTORING);
		mutex_lock(&active_lock);
	}
	counts = state != RESTORED && is_hooked(pdev);
	if (counts) {
		xa_store(&active, (unsigned long)pdev, current,
			 GFP_KERNEL | __GFP_NOFAIL);
		/* It began with our handlers: the one before is over. */
		xa_erase(&unsettled, (unsigned long)pdev);
	} else if (state != RESTORED) {
		xa_store(&unsettled, (unsigned long)pdev, pdev,
			 GFP_KERNEL | __GFP_NOFAIL);
	}
	mutex_unlock(&active_lock);
	return counts;
}

static void restore(struct hooked_driver *hooked)
{
	lockdep_assert_held(&hooks_lock);
	if (READ_ONCE(hooked->driver->err_handler) == &hooked_handlers)
		WRITE_ONCE(hooked->driver->err_handler,
			   &vfio_pci_core_err_handlers);
}

static void unhook(struct hooked_driver *hooked)
{
	restore(hooked);
	list_del(&hooked->node);
	kfree(hooked);
}

/* Is a function of the driver in a reset that counts? */
static bool any_active(const struct pci_driver *driver)
{
	struct task_struct *task;
	unsigned long index;

	lockdep_assert_held(&active_lock);
	xa_for_each(&active, index, task) {
		const struct pci_dev *pdev = (struct pci_dev *)index;

		if (READ_ONCE(pdev->driver) == driver)
			return true;
	}
	return false;
}

/*
 * A function that we do not serve may be in a reset: then its end does it.  That
 * is before the driver can go, which needs the lock of the function.
 */
static void unhook_if_idle(struct hooked_driver *hooked)
{
	lockdep_assert_held(&hooks_lock);
	mutex_lock(&active_lock);
	if (!hooked->devices && !any_active(hooked->driver))
		unhook(hooked);
	mutex_unlock(&active_lock);
}

static void end_reset(struct pci_dev *pdev)
{
	struct hooked_driver *hooked;

	mutex_lock(&hooks_lock);
	mutex_lock(&active_lock);
	xa_erase(&active, (unsigned long)pdev);
	mutex_unlock(&active_lock);

	hooked = find_hooked(pdev->driver);
	if (hooked)
		unhook_if_idle(hooked);
	mutex_unlock(&hooks_lock);

	wake_up_all(&active_changed);
}

static void reset_prepare(struct pci_dev *pdev)
{
	int idx = srcu_read_lock(&resets_in_flight);

	if (vfio_pci_core_err_handlers.reset_prepare)
		vfio_pci_core_err_handlers.reset_prepare(pdev);
	if (begin_reset(pdev))
		listener->prepare(pdev);
	srcu_read_unlock(&resets_in_flight, idx);
}

static void reset_done(struct pci_dev *pdev)
{
	int idx = srcu_read_lock(&resets_in_flight);

	if (vfio_pci_core_err_handlers.reset_done)
		vfio_pci_core_err_handlers.reset_done(pdev);
	listener->done(pdev);
	end_reset(pdev);
	srcu_read_unlock(&resets_in_flight, idx);
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

static bool is_free(struct pci_dev *pdev)
{
	return !mutex_is_locked(&pdev->dev.mutex);
}

/* Needs the handlers in place, and seen by all CPUs. */
static void note_unsettled(struct pci_driver *driver)
{
	struct pci_dev *pdev = NULL;

	synchronize_rcu();
	for_each_pci_dev(pdev)
		if (READ_ONCE(pdev->driver) == driver && !is_free(pdev))
			xa_store(&unsettled, (unsigned long)pdev, pdev,
				 GFP_KERNEL | __GFP_NOFAIL);
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
	note_unsettled(driver);
	return hooked;
}

/**
 * p2p_reset_hooks_get - listen to resets of one more device of a driver
 * @driver: of a bound device; p2p_reset_hooks_fit() is true
 *
 * Context: may sleep; the device stays bound during the call.
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
	if (hooked && !--hooked->devices)
		unhook_if_idle(hooked);
	mutex_unlock(&hooks_lock);
}

static void set_state(int new_state)
{
	mutex_lock(&active_lock);
	WRITE_ONCE(state, new_state);
	mutex_unlock(&active_lock);
	wake_up_all(&active_changed);
}

static void restore_all(void)
{
	struct hooked_driver *hooked, *next;

	mutex_lock(&hooks_lock);
	list_for_each_entry_safe(hooked, next, &hooked_drivers, node)
		unhook(hooked);
	mutex_unlock(&hooks_lock);
}

/* An unbind holds the lock too, perhaps for long, but resets nothing. */
static bool may_be_in_reset(struct pci_dev *pdev)
{
	return xa_load(&unsettled, (unsigned long)pdev) && !is_free(pdev) &&
	       READ_ONCE(pdev->dev.links.status) != DL_DEV_UNBINDING;
}

/*
 * If resets of it follow each other, and none comes to us any more, as its driver has
 * its handlers back, the lock is free for no longer than it takes to wake the next.
 */
static void wait_until_settled(struct pci_dev *pdev)
{
	unsigned long report = jiffies + P2P_SETTLE_REPORT;

	while (may_be_in_reset(pdev)) {
		if (time_after(jiffies, report)) {
			pci_warn(pdev, "unload waits: somebody has held the device since before it was served, for a reset or, perhaps, until a virtual function is closed\n");
			report = jiffies + P2P_SETTLE_REPORT;
		}
		usleep_range(10, 30);
	}
}

static void wait_for_unsettled(void)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev)
		wait_until_settled(pdev);
}

/**
 * p2p_reset_hooks_stop - give all drivers their handlers back
 *
 * Afterwards resets use the drivers' own.  Some may still be about to leave this
 * module, see p2p_reset_hooks_synchronize().
 *
 * Context: may sleep, as long as a reset takes; no driver gets our handlers any
 * more.
 */
void p2p_reset_hooks_stop(void)
{
	wait_for_unsettled();
	set_state(RESTORING);
	wait_event(active_changed, xa_empty(&active));
	restore_all();
	set_state(RESTORED);
	/* None is added any more. */
	xa_destroy(&unsettled);
}

/**
 * p2p_reset_hooks_synchronize - wait for calls that had begun before
 *
 * Context: may sleep; between two times of synchronize_rcu_tasks().
 */
void p2p_reset_hooks_synchronize(void)
{
	synchronize_srcu(&resets_in_flight);
}
