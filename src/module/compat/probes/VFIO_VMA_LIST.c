// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-pci-core keeps a list of its mappings, whose vm_pgoff is a page frame
 * number and not the offset in the file.
 *
 * Upstream: gone with "vfio/pci: Use unmap_mapping_range()" (aac6db75a9fc),
 * Linux 6.10
 * Absent: has no member named 'vma_list'
 * Absent: no member named 'vma_list'
 */
#include <linux/module.h>
#include <linux/vfio_pci_core.h>

bool probe(struct vfio_pci_core_device *vdev);
bool probe(struct vfio_pci_core_device *vdev)
{
	return list_empty(&vdev->vma_list);
}

MODULE_LICENSE("GPL");
