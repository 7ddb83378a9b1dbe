// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_device_ops has match_token_uuid, without which vfio_pci_core_match() of
 * such a kernel dereferences NULL.
 *
 * Upstream: "vfio/pci: Do vf_token checks for VFIO_DEVICE_BIND_IOMMUFD"
 * (86624ba3b522), Linux 6.17
 * Absent: has no member named 'match_token_uuid'
 * Absent: field designator 'match_token_uuid' does not refer to any field
 * Absent: 'vfio_pci_core_match_token_uuid' undeclared
 * Absent: undeclared identifier 'vfio_pci_core_match_token_uuid'
 */
#include <linux/module.h>
#include <linux/vfio_pci_core.h>

extern const struct vfio_device_ops probe;
const struct vfio_device_ops probe = {
	.match_token_uuid = vfio_pci_core_match_token_uuid,
};

MODULE_LICENSE("GPL");
