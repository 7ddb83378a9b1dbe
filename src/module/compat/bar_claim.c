// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BAR is exported only while vfio-pci-core holds its region, as for mmap.
 * Linux 7.x claims all BARs when the device is opened; before, they are claimed
 * at first use and released by vfio_pci_core_disable(), which goes by barmap[].
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/pci.h>

#include "bar_claim.h"
#include "compat.h"

#if defined(HAVE_SETUP_BARMAP)

static int claim(struct vfio_pci_core_device *vdev, unsigned int bar)
{
	return vfio_pci_core_setup_barmap(vdev, bar);
}

#elif defined(HAVE_VFIO_FEATURE_DMA_BUF)

/* Claimed at open, or never: the reason is an error pointer in barmap[]. */
static int claim(struct vfio_pci_core_device *vdev, unsigned int bar)
{
	return IS_ERR_OR_NULL(vdev->barmap[bar]) ? -ENODEV : 0;
}

#else

/* The same steps as vfio-pci-core's, which does not export them here. */
static int claim(struct vfio_pci_core_device *vdev, unsigned int bar)
{
	struct pci_dev *pdev = vdev->pdev;
	void __iomem *io;
	int ret;

	if (READ_ONCE(vdev->barmap[bar]))
		return 0;

	ret = pci_request_selected_regions(pdev, BIT(bar), "vfio");
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

/**
 * p2p_bar_is_claimed - does vfio-pci-core hold a BAR
 * @vdev: an open device
 * @bar: 0 to 5
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
 * Return: 0, -ENODEV: there is no such BAR, -EBUSY: somebody else has it, or the
 * error of mapping it.
 */
int p2p_claim_bar(struct vfio_pci_core_device *vdev, unsigned int bar)
{
	static DEFINE_MUTEX(claim_lock);
	int ret;

	if (!pci_resource_len(vdev->pdev, bar) ||
	    (pci_resource_flags(vdev->pdev, bar) & IORESOURCE_UNSET))
		return -ENODEV;

	mutex_lock(&claim_lock);
	ret = claim(vdev, bar);
	if (ret == -EBUSY && !p2p_bar_is_claimed(vdev, bar))
		msleep(20);
	mutex_unlock(&claim_lock);

	return p2p_bar_is_claimed(vdev, bar) ? 0 : ret;
}
