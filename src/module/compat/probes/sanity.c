// SPDX-License-Identifier: GPL-2.0-only
/*
 * Positive control: what the module cannot do without.  Where this does not
 * compile, no other answer means anything.
 */
#include <linux/dma-buf.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

struct pci_dev *probe(struct vfio_pci_core_device *vdev);
struct pci_dev *probe(struct vfio_pci_core_device *vdev)
{
	return vdev->vdev.ops ? vdev->pdev : NULL;
}

MODULE_LICENSE("GPL");
