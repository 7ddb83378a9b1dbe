// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BAR is exported only while vfio-pci-core holds its region, as for mmap.
 *
 * Older kernels claim a BAR at its first use.  "vfio/pci: Set up BAR resources
 * and maps in vfio_pci_core_enable()" (05f2a68b407a, Linux 7.2 has it) claims
 * all when the device is opened, and leaves an error pointer in barmap[] of a
 * BAR that cannot be had.  No probe can tell the two, and none has to: before,
 * there were only NULL and mappings.  vfio_pci_core_disable() releases what
 * barmap[] has.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/pci.h>

#include "bar_claim.h"
#include "compat.h"

#if defined(HAVE_SETUP_BARMAP)

/* Linux 6.8 exports it (8bccc5b80678); gone where all are claimed at open. */
static int claim(struct vfio_pci_core_device *vdev, unsigned int bar)
{
	return vfio_pci_core_setup_barmap(vdev, bar);
}

#else

/*
 * The same steps as vfio-pci-core's, which does not export them here.
 *
 * The claim lasts until the device is closed, and this module may go before that.
 * The PCI core keeps the pointer to the name, for /proc/iomem: so it is one that the
 * open device keeps.
 */
static int claim(struct vfio_pci_core_device *vdev, unsigned int bar)
{
	struct pci_dev *pdev = vdev->pdev;
	void __iomem *io;
	int ret;

	io = READ_ONCE(vdev->barmap[bar]);
	if (io)
		return PTR_ERR_OR_ZERO((__force void *)io);

	ret = pci_request_selected_regions(pdev, BIT(bar),
					   dev_driver_string(&pdev->dev));
	if (ret)
		return ret;

	io = pci_iomap(pdev, bar, 0);
	if (!io) {
		pci_release_selected_regions(pdev, BIT(bar));
		return -ENOMEM;
	}

	WRITE_ONCE(vdev->barmap[bar], io);
	return 0;
}

#endif

/*
 * The PCI core says EBUSY also if it has no memory to note a claim in.  A BAR that
 * somebody holds has that claim below it.
 */
static bool is_held(struct pci_dev *pdev, unsigned int bar)
{
	return READ_ONCE(pdev->resource[bar].child);
}

/**
 * p2p_bar_is_claimed - does vfio-pci-core hold a BAR
 * @vdev: an open device
 * @bar: 0 to 5
 *
 * Return: whether it does; not where the claim has failed.
 */
bool p2p_bar_is_claimed(struct vfio_pci_core_device *vdev, unsigned int bar)
{
	return !IS_ERR_OR_NULL(READ_ONCE(vdev->barmap[bar]));
}

/**
 * p2p_claim_bar - have vfio-pci-core's claim on a BAR
 * @vdev: an open device
 * @bar: 0 to 5
 *
 * vfio claims a BAR at first use, without a lock.  The winner of the region
 * request is the only one who writes barmap[]; the loser finds the region busy
 * and gives the winner a moment to do so.
 *
 * Context: may sleep.
 * Return: 0, -ENODEV: there is no such BAR, -EBUSY: somebody else has it, -ENOMEM,
 * or the error of mapping it.
 */
int p2p_claim_bar(struct vfio_pci_core_device *vdev, unsigned int bar)
{
	static DEFINE_MUTEX(claim_lock);
	int ret;

	if (!pci_resource_len(vdev->pdev, bar) ||
	    (pci_resource_flags(vdev->pdev, bar) & IORESOURCE_UNSET))
		return -ENODEV;
	/* For as long as the device is open */
	if (p2p_bar_is_claimed(vdev, bar))
		return 0;

	mutex_lock(&claim_lock);
	ret = claim(vdev, bar);
	if (ret == -EBUSY && !p2p_bar_is_claimed(vdev, bar))
		msleep(20);
	mutex_unlock(&claim_lock);

	if (p2p_bar_is_claimed(vdev, bar))
		return 0;
	if (ret == -EBUSY && !is_held(vdev->pdev, bar))
		return -ENOMEM;
	return ret ? ret : -ENODEV;
}
