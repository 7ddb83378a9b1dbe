// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_pci_core_setup_barmap(): claim and map a BAR.  Static before and gone
 * again where vfio-pci-core claims all BARs when the device is opened.
 *
 * Upstream: "vfio/pci: Expose vfio_pci_core_setup_barmap()" (8bccc5b80678),
 * Linux 6.8
 * Absent: 'vfio_pci_core_setup_barmap' undeclared
 * Absent: undeclared identifier 'vfio_pci_core_setup_barmap'
 */
#include <linux/module.h>
#include <linux/vfio_pci_core.h>

int probe(struct vfio_pci_core_device *vdev);
int probe(struct vfio_pci_core_device *vdev)
{
	int (*setup)(struct vfio_pci_core_device *vdev, int bar) =
		vfio_pci_core_setup_barmap;

	return setup(vdev, 0);
}

MODULE_LICENSE("GPL");
