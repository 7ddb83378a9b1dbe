// SPDX-License-Identifier: GPL-2.0-only
/* The driver of QEMU's edu device, which makes each of them an importer. */
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

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu_device *dev;
	int ret;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;

	ret = edu_init(&dev->edu, pdev, dma_bits);
	if (ret)
		goto err_free;

	pci_set_drvdata(pdev, dev);
	dev->importer = importer_create(&pdev->dev, &dev->edu, pci_name(pdev));
	if (IS_ERR(dev->importer)) {
		ret = PTR_ERR(dev->importer);
		goto err_fini;
	}

	return 0;

err_fini:
	edu_fini(&dev->edu);
err_free:
	kfree(dev);

	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu_device *dev = pci_get_drvdata(pdev);

	importer_destroy(dev->importer);
	edu_fini(&dev->edu);
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
