/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_DEVICE_H
#define P2P_DEVICE_H

#include <linux/list.h>
#include <linux/vfio_pci_core.h>

#include "exporter.h"

/**
 * struct p2p_device - one vfio-pci device we stand before
 * @ops: what vfio core calls: a copy of @core_ops with some calls replaced
 * @core_ops: what was there before, to delegate to
 * @vdev: the device; a reference is held until it is detached
 * @exporter: its dma-bufs; its last reference frees this struct
 * @node: in the interposer's list
 * @driver: of the device; valid while it is bound
 * @unbinding: the driver is being unbound, by a thread that has the device lock
 * @settled: at unload: known to be in no reset of ours
 */
struct p2p_device {
	struct vfio_device_ops ops;
	const struct vfio_device_ops *core_ops;
	struct vfio_pci_core_device *vdev;
	struct p2p_exporter exporter;
	struct list_head node;
	struct pci_driver *driver;
	bool unbinding;
	bool settled;
};

#endif /* P2P_DEVICE_H */
