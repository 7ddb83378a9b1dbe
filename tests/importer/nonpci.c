// SPDX-License-Identifier: GPL-2.0-only
/* An importer that is no PCI device and has no DMA engine. */
#include <linux/dma-mapping.h>
#include <linux/platform_device.h>

#include "importer.h"

static struct platform_device *nonpci_device;
static struct importer *nonpci_importer;

int nonpci_register(void)
{
	const struct platform_device_info info = {
		.name = P2P_TEST_DEVICE_PREFIX "nonpci",
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(64),
	};

	nonpci_device = platform_device_register_full(&info);
	if (IS_ERR(nonpci_device))
		return PTR_ERR(nonpci_device);

	nonpci_importer = importer_create(&nonpci_device->dev, NULL, "nonpci");
	if (IS_ERR(nonpci_importer)) {
		platform_device_unregister(nonpci_device);
		return PTR_ERR(nonpci_importer);
	}

	return 0;
}

void nonpci_unregister(void)
{
	importer_destroy(nonpci_importer);
	platform_device_unregister(nonpci_device);
}
