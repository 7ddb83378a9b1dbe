/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration space of a vfio device. */
#ifndef TEST_VFIO_CONFIG_H
#define TEST_VFIO_CONFIG_H

#include <stdbool.h>

#include <linux/pci_regs.h>

#include "vfio_dev.h"

/* Reads return the value, or a negative errno; writes 0 or an errno. */
int vfio_config_read8(const struct vfio_dev *dev, __u16 offset);
int vfio_config_read16(const struct vfio_dev *dev, __u16 offset);
long long vfio_config_read32(const struct vfio_dev *dev, __u16 offset);
int vfio_config_write8(const struct vfio_dev *dev, __u16 offset, __u8 value);
int vfio_config_write16(const struct vfio_dev *dev, __u16 offset, __u16 value);
int vfio_config_write32(const struct vfio_dev *dev, __u16 offset, __u32 value);

/* The offset of a capability (PCI_CAP_ID_*), or -ENOENT */
int vfio_config_find_cap(const struct vfio_dev *dev, __u8 id);

/* Memory decode: the MEMORY bit of PCI_COMMAND, by a 2 byte write */
int vfio_config_set_memory(const struct vfio_dev *dev, bool enable);
int vfio_config_memory_enabled(const struct vfio_dev *dev);

/* Bus mastering, for DMA of the device itself */
int vfio_config_set_master(const struct vfio_dev *dev, bool enable);

/* The power state in the PM capability: 0 (D0) to 3 (D3hot) */
int vfio_config_set_power(const struct vfio_dev *dev, int state);
int vfio_config_power(const struct vfio_dev *dev);

/* Function level reset by the PCI Express or the AF capability; -ENOENT */
int vfio_config_pcie_flr(const struct vfio_dev *dev);
int vfio_config_af_flr(const struct vfio_dev *dev);

#endif /* TEST_VFIO_CONFIG_H */
