// SPDX-License-Identifier: GPL-2.0-only
/* Load and unload of the test importer. */
#include <linux/module.h>

#include "compat.h"
#include "importer.h"

static int __init p2p_test_importer_init(void)
{
	int ret;

	ret = nonpci_register();
	if (ret)
		return ret;

	ret = edu_driver_register();
	if (ret)
		nonpci_unregister();

	return ret;
}

static void __exit p2p_test_importer_exit(void)
{
	edu_driver_unregister();
	nonpci_unregister();
}

module_init(p2p_test_importer_init);
module_exit(p2p_test_importer_exit);

P2P_TEST_IMPORT_DMA_BUF;
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The vfio_p2p_dmabuf authors");
MODULE_DESCRIPTION("dma-buf importer for tests, driven from user space");
