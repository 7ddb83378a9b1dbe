// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_file_is_valid(): is a file a vfio group or device file?
 *
 * Upstream: "vfio: Refine vfio file kAPIs for KVM" (b1a59be8a2b6), Linux 6.6
 * Absent: 'vfio_file_is_valid' undeclared
 * Absent: undeclared identifier 'vfio_file_is_valid'
 */
#include <linux/module.h>
#include <linux/vfio.h>

bool probe(struct file *file);
bool probe(struct file *file)
{
	bool (*is_valid)(struct file *file) = vfio_file_is_valid;

	return is_valid(file);
}

MODULE_LICENSE("GPL");
