// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/bus/pci/devices/BDF/vfio_p2p/: how much of a function's BARs has pages, and
 * how much of that is free, as p2pmem/ tells it of memory of the PCI core.
 *
 * It comes with the first REGISTER, and stays until the driver lets go of the device,
 * or this module is unloaded: in both cases before the function can be removed, and
 * its directory with it.  The attributes are the device's own, so that who
 * reads one finds the device without a lock.
 *
 * Locks: changing, or devices_lock of the interposer -> lock -> those of sysfs, which
 * wait for readers -> pages->lock.
 */
#include <linux/pci.h>

#include "device.h"
#include "pages_attrs.h"
#include "pool.h"

static struct p2p_device *device_of(struct p2p_pages_attrs *attrs)
{
	return container_of(attrs, struct p2p_device, attrs);
}

/*
 * Anybody may read it, so this is not the place to look which slices nobody has any
 * more, as POOL and ALLOC do: faults wait for that.
 */
static void add_up(struct p2p_pages *pages, u64 *size, u64 *available)
{
	struct p2p_pool *pool;

	*size = 0;
	*available = 0;
	down_read(&pages->lock);
	list_for_each_entry(pool, &pages->pools, node) {
		if (pool->state == P2P_POOL_DEAD)
			continue;
		*size += pool->length;
		*available += (u64)p2p_pool_free(pool) << PAGE_SHIFT;
	}
	up_read(&pages->lock);
}

static ssize_t size_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct p2p_pages_attrs *attrs = container_of(attr,
						     struct p2p_pages_attrs,
						     size);
	u64 size, available;

	add_up(&device_of(attrs)->pages, &size, &available);
	return sysfs_emit(buf, "%llu\n", size);
}

static ssize_t available_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	struct p2p_pages_attrs *attrs = container_of(attr,
						     struct p2p_pages_attrs,
						     available);
	u64 size, available;

	add_up(&device_of(attrs)->pages, &size, &available);
	return sysfs_emit(buf, "%llu\n", available);
}

/**
 * p2p_pages_attrs_init - before anything else here
 * @attrs: of a new device
 */
void p2p_pages_attrs_init(struct p2p_pages_attrs *attrs)
{
	mutex_init(&attrs->lock);
	attrs->size = (struct device_attribute)__ATTR_RO(size);
	attrs->available = (struct device_attribute)__ATTR_RO(available);
	sysfs_attr_init(&attrs->size.attr);
	sysfs_attr_init(&attrs->available.attr);
	attrs->list[0] = &attrs->size.attr;
	attrs->list[1] = &attrs->available.attr;
	attrs->group.name = "vfio_p2p";
	attrs->group.attrs = attrs->list;
}

/**
 * p2p_pages_attrs_show - something is about to be registered
 * @dev: the device, open
 *
 * Context: may sleep; nothing is held that a reader of sysfs takes.
 * Return: 0, also if it is there; -ENODEV: the device is being unbound; or an error
 * of sysfs.
 */
int p2p_pages_attrs_show(struct p2p_device *dev)
{
	struct p2p_pages_attrs *attrs = &dev->attrs;
	int ret = 0;

	mutex_lock(&attrs->lock);
	if (attrs->over)
		ret = -ENODEV;
	else if (!attrs->shown)
		ret = sysfs_create_group(&dev->pdev->dev.kobj, &attrs->group);
	if (!ret)
		attrs->shown = true;
	mutex_unlock(&attrs->lock);
	return ret;
}

/**
 * p2p_pages_attrs_end - the device is let go of; more than once does no harm
 * @dev: the device
 *
 * Context: may sleep; pages->lock is not held: waits for who reads.
 */
void p2p_pages_attrs_end(struct p2p_device *dev)
{
	struct p2p_pages_attrs *attrs = &dev->attrs;

	mutex_lock(&attrs->lock);
	if (attrs->shown)
		sysfs_remove_group(&dev->pdev->dev.kobj, &attrs->group);
	attrs->shown = false;
	attrs->over = true;
	mutex_unlock(&attrs->lock);
}
