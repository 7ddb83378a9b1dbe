// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/bus/pci/devices/BDF/vfio_p2p/: how much of a function's BARs has pages, and
 * how much of that is free, as p2pmem/ tells it of memory of the PCI core.
 *
 * It comes with the first REGISTER that is not for an IOMMU, and stays until the
 * driver lets go of the device, or this module is unloaded: in both cases before the
 * function can be removed, and its directory with it.  The attributes are the device's
 * own, so that who reads one finds the device without a lock.
 *
 * Locks: changing, or devices_lock of the interposer -> lock -> those of sysfs, which
 * wait for readers -> pages->lock.
 */
#include <linux/pci.h>

#include "device.h"
#include "pages_attrs.h"
#include "pool.h"

static u64 bytes_of(const struct p2p_pool *pool)
{
	return pool->length;
}

static u64 free_bytes_of(const struct p2p_pool *pool)
{
	return (u64)p2p_pool_free(pool) << PAGE_SHIFT;
}

/*
 * Anybody may read it, so this is not the place to look which slices nobody has any
 * more, as POOL and ALLOC do: faults wait for that.
 */
static ssize_t show_sum(struct p2p_pages *pages, char *buf,
			u64 (*bytes)(const struct p2p_pool *pool))
{
	struct p2p_pool *pool;
	u64 sum = 0;

	down_read(&pages->lock);
	list_for_each_entry(pool, &pages->pools, node)
		if (pool->state != P2P_POOL_DEAD && !pool->iommu)
			sum += bytes(pool);
	up_read(&pages->lock);
	return sysfs_emit(buf, "%llu\n", sum);
}

static ssize_t size_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct p2p_device *of = container_of(attr, struct p2p_device,
					     attrs.size);

	return show_sum(&of->pages, buf, bytes_of);
}

static ssize_t available_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	struct p2p_device *of = container_of(attr, struct p2p_device,
					     attrs.available);

	return show_sum(&of->pages, buf, free_bytes_of);
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
