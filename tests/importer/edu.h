/* SPDX-License-Identifier: GPL-2.0-only */
/* The DMA engine of QEMU's edu device. */
#ifndef P2P_TEST_EDU_H
#define P2P_TEST_EDU_H

#include <linux/mutex.h>
#include <linux/pci.h>

/**
 * struct edu - one engine
 * @pdev: the function
 * @regs: BAR 0
 * @bounce: host memory between the caller's buffer and the engine
 * @bounce_dma: its DMA address
 * @lock: one transfer at a time; the innermost lock
 */
struct edu {
	struct pci_dev *pdev;
	void __iomem *regs;
	void *bounce;
	dma_addr_t bounce_dma;
	/* Serialises use of the engine and of the bounce buffer */
	struct mutex lock;
};

int edu_init(struct edu *edu, struct pci_dev *pdev, unsigned int dma_bits);
void edu_fini(struct edu *edu);

int edu_write(struct edu *edu, u64 dst, const void *src, size_t len);
int edu_read(struct edu *edu, void *dst, u64 src, size_t len);

#endif /* P2P_TEST_EDU_H */
