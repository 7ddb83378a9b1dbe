/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_DEVICE_H
#define P2P_DEVICE_H

#include <linux/list.h>
#include <linux/vfio_pci_core.h>

#include "exporter.h"
#include "pages.h"
#include "pages_attrs.h"

/**
 * struct p2p_device - one vfio-pci device we stand before
 * @ops: what vfio core calls: a copy of @core_ops with some calls replaced
 * @core_ops: what was there before, to delegate to
 * @vdev: the device; there until its release, which is one of those calls
 * @pdev: its function; a reference is held
 * @exporter: its dma-bufs; its last reference frees this struct
 * @pages: what of its BARs has pages
 * @attrs: what sysfs shows of that
 * @node: in the interposer's list
 * @unbound: the driver was told to let go of the device
 * @restored: @core_ops are back in place; @vdev may be gone
 * @resetting: between reset_prepare and reset_done; device lock
 * @held: blocked since it was attached, because a reset may have been under way
 * @serial: grows along the interposer's list
 * @unclaimable: BARs that were found busy since the device was opened
 */
struct p2p_device {
	struct vfio_device_ops ops;
	const struct vfio_device_ops *core_ops;
	struct vfio_pci_core_device *vdev;
	struct pci_dev *pdev;
	struct p2p_exporter exporter;
	struct p2p_pages pages;
	struct p2p_pages_attrs attrs;
	struct list_head node;
	bool unbound;
	bool restored;
	bool resetting;
	bool held;
	u64 serial;
	unsigned long unclaimable;
};

#endif /* P2P_DEVICE_H */
