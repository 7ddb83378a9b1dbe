// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_GET_REGION_INFO goes to vfio_device_ops.get_region_info_caps and
 * no longer to its ioctl.
 *
 * Upstream: "vfio: Add get_region_info_caps op" (775f726a742a), Linux 6.19
 * Absent: has no member named 'get_region_info_caps'
 * Absent: field designator 'get_region_info_caps' does not refer to any field
 * Absent: 'vfio_pci_ioctl_get_region_info' undeclared
 * Absent: undeclared identifier 'vfio_pci_ioctl_get_region_info'
 */
#include <linux/module.h>
#include <linux/vfio_pci_core.h>

extern const struct vfio_device_ops probe;
const struct vfio_device_ops probe = {
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
};

MODULE_LICENSE("GPL");
