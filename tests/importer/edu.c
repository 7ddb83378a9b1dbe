// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine of QEMU's edu device.
 *
 * The engine moves bytes between a DMA address and a buffer inside the device,
 * so that a transfer from host memory to a peer takes two commands.
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/sched/signal.h>

#include "edu.h"

#define EDU_REG_ID		0x00
#define EDU_ID_MASK		0xff
#define EDU_ID			0xed
#define EDU_REG_DMA_SRC		0x80
#define EDU_REG_DMA_DST		0x88
#define EDU_REG_DMA_COUNT	0x90
#define EDU_REG_DMA_CMD		0x98
#define EDU_CMD_RUN		BIT(0)
#define EDU_CMD_TO_HOST		BIT(1)

/* The device's view of its buffer */
#define EDU_BUFFER		0x40000

/*
 * The buffer has 4 KiB, but QEMU 7.2 aborts when a transfer ends exactly at its
 * end.
 */
#define EDU_CHUNK		2048

/* A command takes QEMU 100 ms; the rest is for a machine under load. */
#define EDU_TIMEOUT_US		(20 * USEC_PER_SEC)
#define EDU_POLL_US		1000

static int edu_enable(struct pci_dev *pdev, unsigned int dma_bits)
{
	int ret;

	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(dma_bits));
	if (ret)
		return ret;

	/* No limit of ours: the exporter decides how long an sg entry is. */
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;

	ret = pci_request_region(pdev, 0, KBUILD_MODNAME);
	if (ret) {
		pci_disable_device(pdev);
		return ret;
	}

	pci_set_master(pdev);

	return 0;
}

static void edu_disable(struct pci_dev *pdev)
{
	pci_clear_master(pdev);
	pci_release_region(pdev, 0);
	pci_disable_device(pdev);
}

/**
 * edu_init - take a function and its engine into use
 * @edu: the engine
 * @pdev: the function
 * @dma_bits: width of its DMA mask
 *
 * Return: 0, -ENODEV if it is no edu, -ENOMEM, or another error of the PCI core.
 */
int edu_init(struct edu *edu, struct pci_dev *pdev, unsigned int dma_bits)
{
	int ret;

	ret = edu_enable(pdev, dma_bits);
	if (ret)
		return ret;

	mutex_init(&edu->lock);
	edu->pdev = pdev;

	ret = -ENOMEM;
	edu->regs = pci_iomap(pdev, 0, 0);
	if (!edu->regs)
		goto err_disable;

	ret = -ENODEV;
	if ((readl(edu->regs + EDU_REG_ID) & EDU_ID_MASK) != EDU_ID)
		goto err_unmap;

	ret = -ENOMEM;
	edu->bounce = dma_alloc_coherent(&pdev->dev, EDU_CHUNK,
					 &edu->bounce_dma, GFP_KERNEL);
	if (!edu->bounce)
		goto err_unmap;

	return 0;

err_unmap:
	pci_iounmap(pdev, edu->regs);
err_disable:
	edu_disable(pdev);

	return ret;
}

void edu_fini(struct edu *edu)
{
	dma_free_coherent(&edu->pdev->dev, EDU_CHUNK, edu->bounce,
			  edu->bounce_dma);
	pci_iounmap(edu->pdev, edu->regs);
	mutex_destroy(&edu->lock);
	edu_disable(edu->pdev);
}

/* The device ignores register writes while a command runs: wait before, too. */
static int edu_wait_idle(struct edu *edu)
{
	u64 cmd;

	return readq_poll_timeout(edu->regs + EDU_REG_DMA_CMD, cmd,
				  !(cmd & EDU_CMD_RUN), EDU_POLL_US,
				  EDU_TIMEOUT_US);
}

static int edu_command(struct edu *edu, u64 src, u64 dst, size_t len, u64 cmd)
{
	int ret;

	ret = edu_wait_idle(edu);
	if (ret)
		return ret;

	writeq(src, edu->regs + EDU_REG_DMA_SRC);
	writeq(dst, edu->regs + EDU_REG_DMA_DST);
	writeq(len, edu->regs + EDU_REG_DMA_COUNT);
	writeq(cmd | EDU_CMD_RUN, edu->regs + EDU_REG_DMA_CMD);

	return edu_wait_idle(edu);
}

static int edu_fetch(struct edu *edu, u64 src, size_t len)
{
	return edu_command(edu, src, EDU_BUFFER, len, 0);
}

static int edu_store(struct edu *edu, u64 dst, size_t len)
{
	return edu_command(edu, EDU_BUFFER, dst, len, EDU_CMD_TO_HOST);
}

/**
 * edu_write - let the device write to a DMA address
 * @edu: the engine
 * @dst: DMA address
 * @src: data
 * @len: number of bytes
 *
 * Return: 0, -ETIMEDOUT if a command does not end, -EINTR if killed.
 */
int edu_write(struct edu *edu, u64 dst, const void *src, size_t len)
{
	int ret = 0;

	mutex_lock(&edu->lock);
	while (len && !ret) {
		size_t chunk = min_t(size_t, len, EDU_CHUNK);

		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}

		memcpy(edu->bounce, src, chunk);
		ret = edu_fetch(edu, edu->bounce_dma, chunk);
		if (!ret)
			ret = edu_store(edu, dst, chunk);

		src += chunk;
		dst += chunk;
		len -= chunk;
	}
	mutex_unlock(&edu->lock);

	return ret;
}

/**
 * edu_read - let the device read from a DMA address
 * @edu: the engine
 * @dst: where the data goes
 * @src: DMA address
 * @len: number of bytes
 *
 * Return: as edu_write().
 */
int edu_read(struct edu *edu, void *dst, u64 src, size_t len)
{
	int ret = 0;

	mutex_lock(&edu->lock);
	while (len && !ret) {
		size_t chunk = min_t(size_t, len, EDU_CHUNK);

		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}

		ret = edu_fetch(edu, src, chunk);
		if (!ret)
			ret = edu_store(edu, edu->bounce_dma, chunk);
		if (!ret)
			memcpy(dst, edu->bounce, chunk);

		dst += chunk;
		src += chunk;
		len -= chunk;
	}
	mutex_unlock(&edu->lock);

	return ret;
}
