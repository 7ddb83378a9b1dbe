/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_BAR_CLAIM_H
#define P2P_COMPAT_BAR_CLAIM_H

struct vfio_pci_core_device;

int p2p_claim_bar(struct vfio_pci_core_device *vdev, unsigned int bar);

#endif /* P2P_COMPAT_BAR_CLAIM_H */
