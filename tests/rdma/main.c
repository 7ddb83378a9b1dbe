// SPDX-License-Identifier: GPL-2.0-only
/* The driver of edu functions that are to be RDMA devices; load and unload. */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "rdma.h"

/**
 * struct edu_device - driver data
 * @edu: the engine
 * @rdma: the RDMA device it drives
 */
struct edu_device {
	struct edu edu;
	struct test_device *rdma;
};

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu_device *dev;
	int ret;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;

	ret = edu_init(&dev->edu, pdev, 64);
	if (ret)
		goto err_free;

	pci_set_drvdata(pdev, dev);
	dev->rdma = test_device_create(pdev, &dev->edu);
	if (IS_ERR(dev->rdma)) {
		ret = PTR_ERR(dev->rdma);
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

	test_device_destroy(dev->rdma);
	edu_fini(&dev->edu);
	kfree(dev);
}

/* No table of IDs: edu belongs to the test importer unless somebody decides. */
static struct pci_driver edu_driver = {
	.name = P2P_RDMA_NAME,
	.probe = edu_probe,
	.remove = edu_remove,
};

static int __init p2p_test_rdma_init(void)
{
	int ret;

	ret = test_work_register();
	if (ret)
		return ret;

	ret = pci_register_driver(&edu_driver);
	if (ret)
		test_work_unregister();

	return ret;
}

static void __exit p2p_test_rdma_exit(void)
{
	pci_unregister_driver(&edu_driver);
	test_work_unregister();
}

module_init(p2p_test_rdma_init);
module_exit(p2p_test_rdma_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The vfio_p2p_dmabuf authors");
MODULE_DESCRIPTION("RDMA device for tests, whose DMA engine is QEMU's edu");
