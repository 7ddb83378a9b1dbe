// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_pci_core_device says whether the user has asked for low power.
 *
 * Upstream: "vfio/pci: Implement VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY/EXIT",
 * Linux 6.1
 * Absent: no member named 'pm_runtime_engaged'
 */
#include <linux/module.h>
#include <linux/vfio_pci_core.h>

bool probe(const struct vfio_pci_core_device *vdev);
bool probe(const struct vfio_pci_core_device *vdev)
{
	return vdev->pm_runtime_engaged;
}

MODULE_LICENSE("GPL");
