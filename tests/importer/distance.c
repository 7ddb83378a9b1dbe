// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel itself says of the path between two PCI functions. */
#include <linux/pci.h>
#include <linux/pci-p2pdma.h>

#include "importer.h"

/**
 * importer_get_function - look a PCI function up
 * @function: its address
 *
 * Return: the function, to be put, or NULL if there is none.
 */
struct pci_dev *importer_get_function(const struct p2p_test_function *function)
{
	return pci_get_domain_bus_and_slot(function->domain, function->bus,
					   function->devfn);
}

/**
 * importer_distance - as pci_p2pdma_distance_many() sees it
 * @arg: names the functions, receives the distance
 *
 * Return: 0, -EOPNOTSUPP without CONFIG_PCI_P2PDMA, -ENODEV no such function.
 */
int importer_distance(struct p2p_test_distance *arg)
{
	struct pci_dev *exporter, *peer;
	struct device *client;
	int ret = -ENODEV;

	if (!IS_ENABLED(CONFIG_PCI_P2PDMA))
		return -EOPNOTSUPP;

	exporter = importer_get_function(&arg->exporter);
	peer = importer_get_function(&arg->peer);
	if (exporter && peer) {
		client = &peer->dev;
		arg->distance = pci_p2pdma_distance_many(exporter, &client, 1,
							 false);
		ret = 0;
	}
	pci_dev_put(peer);
	pci_dev_put(exporter);

	return ret;
}
