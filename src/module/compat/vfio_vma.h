/* SPDX-License-Identifier: GPL-2.0-only */
/* vfio-pci-core's own mappings; the list of differences is in compat.h. */
#ifndef P2P_COMPAT_VFIO_VMA_H
#define P2P_COMPAT_VFIO_VMA_H

#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

#include "compat_config.h"

/*
 * Is a mapping that vfio-pci-core has made one of a BAR?  "vfio/pci: Use
 * unmap_mapping_range()" (aac6db75a9fc), Linux 6.10, leaves vm_pgoff as it is in
 * the file; before, with a list of its mappings, it was the page frame.
 */
static inline bool p2p_vfio_vma_in_bar(struct vfio_pci_core_device *vdev,
				       struct vm_area_struct *vma,
				       unsigned int bar)
{
#if defined(HAVE_VFIO_VMA_LIST)
	u64 first = PHYS_PFN(pci_resource_start(vdev->pdev, bar));
	u64 nr = PHYS_PFN(PAGE_ALIGN(pci_resource_len(vdev->pdev, bar)));

	return vma->vm_pgoff >= first && vma->vm_pgoff - first < nr;
#else
	return vma->vm_pgoff >> (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT) == bar;
#endif
}

#endif /* P2P_COMPAT_VFIO_VMA_H */
