// SPDX-License-Identifier: GPL-2.0-only
/* The driver of QEMU's edu device, which makes each of them an importer. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "edu.h"
#include "importer.h"

#define PCI_VENDOR_ID_QEMU_EDU	0x1234
#define PCI_DEVICE_ID_QEMU_EDU	0x11e8

static unsigned int dma_bits = 64;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "Width of the DMA mask of edu devices (default 64; QEMU's edu has 28 unless started with dma_mask=)");

/**
 * struct edu_device - driver data
 * @edu: the engine
 * @importer: the importer it drives
 */
struct edu_device {
	struct edu edu;
	struct importer *importer;
};

static int edu_enable(struct pci_dev *pdev)
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

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu_device *dev;
	int ret;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;

	ret = edu_enable(pdev);
	if (ret)
		goto err_free;

	ret = edu_init(&dev->edu, pdev);
	if (ret)
		goto err_disable;

	pci_set_drvdata(pdev, dev);
	dev->importer = importer_create(&pdev->dev, &dev->edu, pci_name(pdev));
	if (IS_ERR(dev->importer)) {
		ret = PTR_ERR(dev->importer);
		goto err_fini;
	}

	return 0;

err_fini:
	edu_fini(&dev->edu);
err_disable:
	edu_disable(pdev);
err_free:
	kfree(dev);

	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu_device *dev = pci_get_drvdata(pdev);

	importer_destroy(dev->importer);
	edu_fini(&dev->edu);
	edu_disable(pdev);
	kfree(dev);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_QEMU_EDU, PCI_DEVICE_ID_QEMU_EDU) },
	{}
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};

int edu_driver_register(void)
{
	if (!dma_bits || dma_bits > 64)
		return -EINVAL;

	return pci_register_driver(&edu_driver);
}

void edu_driver_unregister(void)
{
	pci_unregister_driver(&edu_driver);
}
