/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_REGISTER_H
#define P2P_REGISTER_H

struct address_space;
struct file;
struct p2p_device;
struct pci_dev;
struct vfio_p2p_alloc;
struct vfio_p2p_pool;
struct vfio_p2p_register;

int p2p_register(struct p2p_device *dev, struct vfio_p2p_register *args,
		 struct address_space *mapping);
struct file *p2p_alloc(struct p2p_device *dev, struct vfio_p2p_alloc *args);
void p2p_register_device_added(struct pci_dev *pdev);
int p2p_pool_info(struct p2p_device *dev, struct vfio_p2p_pool *args);

#endif /* P2P_REGISTER_H */
