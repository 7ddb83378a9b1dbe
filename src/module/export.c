// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what a caller asks for to a dma-buf fd: checks and address arithmetic.
 *
 * Order of the checks and errnos: upstream's vfio_pci_core_feature_dma_buf(),
 * also where another order would look more natural.
 */
#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio_p2p_dmabuf.h>

#include "compat/bar_claim.h"
#include "compat/compat.h"
#include "device.h"
#include "export.h"
#include "mapping.h"

/*
 * Upstream has no limit of its own; what memdup_user() can allocate is the
 * limit there, and -ENOMEM the answer.
 */
static struct vfio_p2p_range *copy_ranges(const void __user *user, u32 nr)
{
	struct vfio_p2p_range *ranges;

	if (nr > VFIO_P2P_MAX_RANGES)
		return ERR_PTR(-ENOMEM);

	ranges = kvmalloc_array(nr, sizeof(*ranges), GFP_KERNEL_ACCOUNT);
	if (!ranges)
		return ERR_PTR(-ENOMEM);

	if (copy_from_user(ranges, user, nr * sizeof(*ranges))) {
		kvfree(ranges);
		return ERR_PTR(-EFAULT);
	}
	return ranges;
}

/* What can be said without knowing the BAR. */
static int check_ranges(const struct vfio_p2p_range *ranges, u32 nr,
			size_t *size)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!ranges[i].length || !PAGE_ALIGNED(ranges[i].offset) ||
		    !PAGE_ALIGNED(ranges[i].length))
			return -EINVAL;
		if (check_add_overflow(sum, (u64)ranges[i].length, &sum))
			return -EINVAL;
	}

	/* Upstream keeps a flag, DMA_IOVA_USE_SWIOTLB, in the top bit. */
	if (sum >> 63 || sum > SIZE_MAX)
		return -EINVAL;

	*size = sum;
	return 0;
}

static int resolve(struct pci_dev *pdev, unsigned int bar,
		   const struct vfio_p2p_range *range,
		   struct p2p_phys_range *phys)
{
	u64 bar_start = pci_resource_start(pdev, bar);
	u64 bar_end = bar_start + pci_resource_len(pdev, bar);
	u64 start, end;

	if (check_add_overflow(bar_start, (u64)range->offset, &start) ||
	    check_add_overflow(start, (u64)range->length, &end))
		return -EOVERFLOW;
	if (end > bar_end)
		return -EINVAL;

	phys->start = start;
	phys->length = range->length;
	return 0;
}

static bool continues(const struct p2p_phys_ranges *phys,
		      const struct p2p_phys_range *next)
{
	const struct p2p_phys_range *last;

	if (!phys->nr)
		return false;
	last = &phys->range[phys->nr - 1];
	return last->start + last->length == next->start;
}

/* Fill in @phys; neighbours become one. */
static int resolve_all(struct pci_dev *pdev, unsigned int bar,
		       const struct vfio_p2p_range *ranges, u32 nr,
		       struct p2p_phys_ranges *phys)
{
	struct p2p_phys_range next;
	int ret;
	u32 i;

	for (i = 0; i < nr; i++) {
		ret = resolve(pdev, bar, &ranges[i], &next);
		if (ret)
			return ret;
		if (continues(phys, &next))
			phys->range[phys->nr - 1].length += next.length;
		else
			phys->range[phys->nr++] = next;
	}
	return 0;
}

/* How many ranges are left when neighbours are one. */
static u32 count_merged(const struct vfio_p2p_range *ranges, u32 nr)
{
	u32 i, merged = 1;

	for (i = 1; i < nr; i++)
		if (ranges[i - 1].offset + ranges[i - 1].length !=
		    ranges[i].offset)
			merged++;
	return merged;
}

static struct p2p_phys_ranges *make_phys(struct pci_dev *pdev,
					 unsigned int bar,
					 const struct vfio_p2p_range *ranges,
					 u32 nr, size_t size)
{
	struct p2p_phys_ranges *phys;
	int ret;

	phys = kvzalloc(struct_size(phys, range, count_merged(ranges, nr)),
			GFP_KERNEL_ACCOUNT);
	if (!phys)
		return ERR_PTR(-ENOMEM);

	ret = -EINVAL;
	if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM))
		goto err_free;

	phys->region = bar;
	phys->region_start = pci_resource_start(pdev, bar);
	phys->size = size;
	phys->bus_offset = pci_bus_address(pdev, bar) -
			   pci_resource_start(pdev, bar);
	ret = resolve_all(pdev, bar, ranges, nr, phys);
	if (ret)
		goto err_free;
	return phys;

err_free:
	kvfree(phys);
	return ERR_PTR(ret);
}

static struct p2p_phys_ranges *
request_to_phys(struct pci_dev *pdev, const struct p2p_export_request *req)
{
	struct p2p_phys_ranges *phys;
	struct vfio_p2p_range *ranges;
	size_t size;
	int ret;

	ranges = copy_ranges(req->ranges, req->nr_ranges);
	if (IS_ERR(ranges))
		return ERR_CAST(ranges);

	ret = check_ranges(ranges, req->nr_ranges, &size);
	if (ret)
		phys = ERR_PTR(ret);
	else
		phys = make_phys(pdev, req->region_index, ranges,
				 req->nr_ranges, size);
	kvfree(ranges);
	return phys;
}

/*
 * A region that somebody else holds makes the PCI core complain in the log; once
 * is enough for as long as the device is open.
 */
static int claim_once(struct p2p_device *dev, unsigned int bar)
{
	int ret;

	if (test_bit(bar, &dev->unclaimable) &&
	    !p2p_bar_is_claimed(dev->vdev, bar))
		return -ENODEV;

	ret = p2p_claim_bar(dev->vdev, bar);
	if (ret == -EBUSY)
		set_bit(bar, &dev->unclaimable);
	/* As Linux 7.3 answers, whatever the reason. */
	return ret ? -ENODEV : 0;
}

static int export(struct p2p_device *dev, const struct p2p_export_request *req)
{
	struct vfio_pci_core_device *vdev = dev->vdev;
	struct p2p_phys_ranges *phys;
	struct dma_buf *dmabuf;
	int ret;

	if (req->region_index >= PCI_STD_NUM_BARS)
		return -ENODEV;
	ret = claim_once(dev, req->region_index);
	if (ret)
		return ret;

	phys = request_to_phys(vdev->pdev, req);
	if (IS_ERR(phys))
		return PTR_ERR(phys);

	dmabuf = p2p_exporter_add(&dev->exporter, vdev->pdev, phys,
				  req->open_flags);
	if (IS_ERR(dmabuf)) {
		kvfree(phys);
		/* ENOENT: this module is on its way out. */
		return dmabuf == ERR_PTR(-ENOENT) ? -ENODEV : PTR_ERR(dmabuf);
	}

	ret = dma_buf_fd(dmabuf, req->open_flags);
	if (ret < 0)
		dma_buf_put(dmabuf);
	return ret;
}

/**
 * p2p_export - export slices of a BAR
 * @dev: the device; a file of it is held open for the duration of the call
 * @req: the request, not yet checked except for nr_ranges
 *
 * Context: may sleep; no lock of vfio held.
 * Return: the dma-buf's fd, the caller's process owns it; or an error, see
 * struct vfio_p2p_export.
 */
int p2p_export(struct p2p_device *dev, const struct p2p_export_request *req)
{
	int ret = export(dev, req);

	if (ret < 0)
		pci_dbg(dev->pdev, "export of %u ranges of region %u refused: %d\n",
			req->nr_ranges, req->region_index, ret);
	return ret;
}
