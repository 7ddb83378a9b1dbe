// SPDX-License-Identifier: GPL-2.0-only
/* A PCI function that can't be woken up, as if its hardware had failed. */
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include "importer.h"

/**
 * importer_keep_asleep - have a function fail to resume
 * @file: that does it until importer_let_wake()
 * @which: the function
 *
 * Runtime PM that is disabled leaves it as it is.
 *
 * Return: 0, -ENODEV no such function, -EBUSY the file keeps one already.
 */
int importer_keep_asleep(struct importer_file *file,
			 const struct p2p_test_function *which)
{
	struct pci_dev *pdev = importer_get_function(which);

	if (!pdev)
		return -ENODEV;
	pm_runtime_disable(&pdev->dev);
	if (!cmpxchg(&file->asleep, NULL, pdev))
		return 0;

	pm_runtime_enable(&pdev->dev);
	pci_dev_put(pdev);
	return -EBUSY;
}

/**
 * importer_let_wake - end importer_keep_asleep(), if it was begun
 * @file: that did it
 */
void importer_let_wake(struct importer_file *file)
{
	struct pci_dev *pdev = xchg(&file->asleep, NULL);

	if (!pdev)
		return;
	pm_runtime_enable(&pdev->dev);
	pci_dev_put(pdev);
}
