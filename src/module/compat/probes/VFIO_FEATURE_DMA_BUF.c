// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own headers know VFIO_DEVICE_FEATURE_DMA_BUF.
 *
 * Upstream: "vfio/pci: Add dma-buf export support for MMIO regions", Linux 6.19
 * Absent: 'VFIO_DEVICE_FEATURE_DMA_BUF' undeclared
 * Absent: undeclared identifier 'VFIO_DEVICE_FEATURE_DMA_BUF'
 */
#include <linux/module.h>
#include <linux/vfio.h>

int probe(void);
int probe(void)
{
	return VFIO_DEVICE_FEATURE_DMA_BUF;
}

MODULE_LICENSE("GPL");
