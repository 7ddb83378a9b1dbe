// SPDX-License-Identifier: GPL-2.0-only
/*
 * Negative control: a function that no kernel has.  It shows that a missing
 * function is an error here and not a warning.
 *
 * Upstream: never
 * Absent: (implicit declaration of|call to undeclared) function 'vfio_p2p_probe_no_such_function'
 */
#include <linux/module.h>
#include <linux/vfio_pci_core.h>

int probe(struct vfio_pci_core_device *vdev);
int probe(struct vfio_pci_core_device *vdev)
{
	return vfio_p2p_probe_no_such_function(vdev);
}

MODULE_LICENSE("GPL");
