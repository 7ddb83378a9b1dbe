// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct class has a member owner, and class_create() takes it.
 *
 * Upstream: gone with "driver core: class: remove struct module owner out of
 * struct class" (6e30a66433af), Linux 6.4
 * Absent: no member named 'owner'
 */
#include <linux/device.h>
#include <linux/module.h>

struct module *probe(const struct class *class);
struct module *probe(const struct class *class)
{
	return class->owner;
}

MODULE_LICENSE("GPL");
