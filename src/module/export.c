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

/* Where no range begins: the end of the one before the first */
#define NO_PAGE		1

/*
 * What can be said without knowing the BAR; @merged is how many ranges are left
 * when neighbours are one.
 */
static int check_ranges(const struct vfio_p2p_range *ranges, u32 nr,
			size_t *size, u32 *merged)
{
	u64 sum = 0, end = NO_PAGE;
	u32 i, pieces = 0;

	for (i = 0; i < nr; i++) {
		u64 offset = ranges[i].offset, length = ranges[i].length;

		if (!length || !PAGE_ALIGNED(offset | length))
			return -EINVAL;
		if (check_add_overflow(sum, length, &sum))
			return -EINVAL;
		pieces += offset != end;
		end = offset + length;
	}

	/* Upstream keeps a flag, DMA_IOVA_USE_SWIOTLB, in the top bit. */
	if (sum >> 63 || sum > SIZE_MAX)
		return -EINVAL;

	*size = sum;
	*merged = pieces;
	return 0;
}

static int resolve(u64 bar_start, u64 bar_end,
		   const struct vfio_p2p_range *range, u64 *start, u64 *end)
{
	if (check_add_overflow(bar_start, (u64)range->offset, start) ||
	    check_add_overflow(*start, (u64)range->length, end))
		return -EOVERFLOW;
	return *end > bar_end ? -EINVAL : 0;
}

/* Fill in @phys, whose region_start is set; neighbours become one. */
static int resolve_all(struct p2p_phys_ranges *phys, u64 bar_end,
		       const struct vfio_p2p_range *ranges, u32 nr)
{
	struct p2p_phys_range *next = phys->range;
	u64 start, end, last_end = NO_PAGE;
	int ret;
	u32 i;

	for (i = 0; i < nr; i++) {
		ret = resolve(phys->region_start, bar_end, &ranges[i], &start,
			      &end);
		if (ret)
			return ret;
		if (start == last_end) {
			next[-1].length += end - start;
		} else {
			next->start = start;
			next->length = end - start;
			next++;
		}
		last_end = end;
	}

	phys->nr = next - phys->range;
	return 0;
}

static struct p2p_phys_ranges *make_phys(struct pci_dev *pdev,
					 unsigned int bar,
					 const struct vfio_p2p_range *ranges,
					 u32 nr, size_t size, u32 merged)
{
	struct p2p_phys_ranges *phys;
	int ret;

	phys = kvmalloc(struct_size(phys, range, merged), GFP_KERNEL_ACCOUNT);
	if (!phys)
		return ERR_PTR(-ENOMEM);

	ret = -EINVAL;
	if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM))
		goto err_free;

	phys->region = bar;
	phys->region_start = pci_resource_start(pdev, bar);
	phys->size = size;
	ret = resolve_all(phys, phys->region_start + pci_resource_len(pdev, bar),
			  ranges, nr);
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
	u32 merged;
	int ret;

	ranges = copy_ranges(req->ranges, req->nr_ranges);
	if (IS_ERR(ranges))
		return ERR_CAST(ranges);

	ret = check_ranges(ranges, req->nr_ranges, &size, &merged);
	if (ret)
		phys = ERR_PTR(ret);
	else
		phys = make_phys(pdev, req->region_index, ranges,
				 req->nr_ranges, size, merged);
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
