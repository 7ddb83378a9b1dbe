/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_PAGES_ATTRS_H
#define P2P_PAGES_ATTRS_H

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/types.h>

struct p2p_device;

/**
 * struct p2p_pages_attrs - what sysfs shows of a function whose BARs have pages
 * @lock: protects @shown and @over
 * @shown: the directory is there
 * @over: it is not to come again
 * @size: bytes with pages
 * @available: bytes of these that no slice has
 * @list: these
 * @group: the directory
 */
struct p2p_pages_attrs {
	struct mutex lock; /* protects shown and over */
	bool shown;
	bool over;
	struct device_attribute size;
	struct device_attribute available;
	struct attribute *list[3];
	struct attribute_group group;
};

void p2p_pages_attrs_init(struct p2p_pages_attrs *attrs);
int p2p_pages_attrs_show(struct p2p_device *dev);
void p2p_pages_attrs_end(struct p2p_device *dev);

#endif /* P2P_PAGES_ATTRS_H */
