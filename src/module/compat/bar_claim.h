/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_BAR_CLAIM_H
#define P2P_COMPAT_BAR_CLAIM_H

#include <linux/types.h>

struct vfio_pci_core_device;

bool p2p_bar_is_claimed(struct vfio_pci_core_device *vdev, unsigned int bar);
int p2p_claim_bar(struct vfio_pci_core_device *vdev, unsigned int bar);

#endif /* P2P_COMPAT_BAR_CLAIM_H */
