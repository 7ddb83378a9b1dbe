/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_BAR_USE_H
#define P2P_BAR_USE_H

#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

struct address_space;
struct mm_struct;
struct p2p_device;
struct vm_area_struct;

/* Address spaces whose last mmap may not be over; few map at the same moment. */
#define P2P_MAPPERS	4

/**
 * struct p2p_bar_use - who uses the BARs of a device
 * @lock: protects all below; leaf
 * @registered: ranges that have pages, by BAR
 * @for_iommu: ranges whose pages are for an IOMMU's mappings only, by BAR
 * @changing: such pages are being made or unmade, by BAR
 * @mmapped: it may have been mmapped, through vfio or as a dma-buf, since the last wait
 *	for who has looked it up, by BAR
 * @exporting: calls of EXPORT under way, by BAR
 * @mappers: whose last mmap of a BAR may not be over; held
 * @crowded: there were more at a time; until the device is closed
 * @changed: who exports waits here while @changing
 */
struct p2p_bar_use {
	spinlock_t lock; /* leaf: protects all below */
	unsigned int registered[PCI_STD_NUM_BARS];
	unsigned int for_iommu[PCI_STD_NUM_BARS];
	bool changing[PCI_STD_NUM_BARS];
	bool mmapped[PCI_STD_NUM_BARS];
	unsigned int exporting[PCI_STD_NUM_BARS];
	struct mm_struct *mappers[P2P_MAPPERS];
	bool crowded;
	wait_queue_head_t changed;
};

void p2p_bar_use_init(struct p2p_bar_use *use);
void p2p_bar_use_forget(struct p2p_bar_use *use);

int p2p_bar_use_mmap(struct p2p_device *dev, struct vm_area_struct *vma);

int p2p_bar_use_begin_export(struct p2p_device *dev, unsigned int bar);
void p2p_bar_use_end_export(struct p2p_device *dev, unsigned int bar);

int p2p_bar_use_register(struct p2p_device *dev, unsigned int bar,
			 struct address_space *mapping);
void p2p_bar_use_unregister(struct p2p_device *dev, unsigned int bar);

int p2p_bar_use_begin_iommu(struct p2p_device *dev, unsigned int bar,
			    struct address_space *mapping);
int p2p_bar_use_begin_unmake(struct p2p_device *dev, unsigned int bar,
			     struct address_space *mapping);
void p2p_bar_use_changed(struct p2p_device *dev, unsigned int bar);
void p2p_bar_use_end_iommu(struct p2p_device *dev, unsigned int bar);

#endif /* P2P_BAR_USE_H */
