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
#include "buffer.h"
#include "device.h"
#include "export.h"
#include "hold.h"
#include "mapping.h"

/* Where no range begins: the end of the one before the first */
#define NO_PAGE		1

/* The ranges as asked for: in place of those they are to become */
static struct vfio_p2p_range *asked_ranges(struct p2p_phys_ranges *phys)
{
	BUILD_BUG_ON(sizeof(struct vfio_p2p_range) !=
		     sizeof(struct vfio_p2p_phys_range));

	return (void *)phys->range;
}

/*
 * Upstream has no limit of its own; what memdup_user() can allocate is the
 * limit there, and -ENOMEM the answer.
 */
static struct p2p_phys_ranges *copy_ranges(const void __user *user, u32 nr)
{
	struct p2p_phys_ranges *phys;

	if (nr > VFIO_P2P_MAX_RANGES)
		return ERR_PTR(-ENOMEM);

	phys = kvmalloc(struct_size(phys, range, nr), GFP_KERNEL_ACCOUNT);
	if (!phys)
		return ERR_PTR(-ENOMEM);

	if (copy_from_user(asked_ranges(phys), user,
			   nr * sizeof(struct vfio_p2p_range))) {
		kvfree(phys);
		return ERR_PTR(-EFAULT);
	}
	return phys;
}

static int resolve(u64 bar_start, u64 bar_end, u64 offset, u64 length,
		   u64 *start, u64 *end)
{
	if (check_add_overflow(bar_start, offset, start) ||
	    check_add_overflow(*start, length, end))
		return -EOVERFLOW;
	return *end > bar_end ? -EINVAL : 0;
}

/*
 * Ranges as asked for become those of memory, and neighbours one.  Whether they
 * are in the BAR counts only if nothing is wrong with any of them by itself.
 */
static int resolve_all(struct p2p_phys_ranges *phys, u64 bar_end, u32 nr)
{
	const struct vfio_p2p_range *asked = asked_ranges(phys);
	struct vfio_p2p_phys_range *next = phys->range;
	u64 start, end, sum = 0, last_end = NO_PAGE;
	int ret = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		u64 offset = asked[i].offset, length = asked[i].length;

		if (!length || !PAGE_ALIGNED(offset | length))
			return -EINVAL;
		if (check_add_overflow(sum, length, &sum))
			return -EINVAL;
		if (!ret)
			ret = resolve(phys->region_start, bar_end, offset,
				      length, &start, &end);
		if (ret)
			continue;
		if (start == last_end) {
			next[-1].length += length;
		} else {
			next->start = start;
			next->length = length;
			next++;
		}
		last_end = end;
	}

	/* Upstream keeps a flag, DMA_IOVA_USE_SWIOTLB, in the top bit. */
	if (sum >> 63 || sum > SIZE_MAX)
		return -EINVAL;

	phys->size = sum;
	phys->nr = next - phys->range;
	return ret;
}

/* Only as much memory as it takes, if neighbours became one. */
static struct p2p_phys_ranges *shrink(struct p2p_phys_ranges *phys)
{
	const size_t size = struct_size(phys, range, phys->nr);
	struct p2p_phys_ranges *less = kvmalloc(size, GFP_KERNEL_ACCOUNT);

	if (!less)
		return phys;

	memcpy(less, phys, size);
	kvfree(phys);
	return less;
}

static struct p2p_phys_ranges *
request_to_phys(struct pci_dev *pdev, const struct p2p_export_request *req)
{
	const unsigned int bar = req->region_index;
	struct p2p_phys_ranges *phys;
	int ret = -EINVAL;

	phys = copy_ranges(req->ranges, req->nr_ranges);
	if (IS_ERR(phys))
		return phys;

	phys->region = bar;
	phys->region_start = pci_resource_start(pdev, bar);
	if (pci_resource_flags(pdev, bar) & IORESOURCE_MEM)
		ret = resolve_all(phys, phys->region_start +
				  pci_resource_len(pdev, bar), req->nr_ranges);
	if (ret) {
		kvfree(phys);
		return ERR_PTR(ret);
	}
	return phys->nr < req->nr_ranges ? shrink(phys) : phys;
}

/**
 * p2p_claim_once - have vfio-pci-core's claim on a BAR
 * @dev: the device, open
 * @bar: 0 to 5
 *
 * A region that somebody else holds makes the PCI core complain in the log; once
 * is enough for as long as the device is open.
 *
 * Context: may sleep.
 * Return: 0 or -ENODEV.
 */
int p2p_claim_once(struct p2p_device *dev, unsigned int bar)
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

static int make_memory(struct p2p_device *dev,
		       const struct p2p_export_request *req,
		       struct p2p_memory *memory)
{
	memory->ranges = request_to_phys(dev->pdev, req);
	if (IS_ERR(memory->ranges))
		return PTR_ERR(memory->ranges);
	if (!(req->flags & VFIO_P2P_EXPORT_PAGES))
		return 0;

	memory->hold = p2p_hold_create(dev, false);
	if (memory->hold)
		return 0;
	kvfree(memory->ranges);
	return -ENOMEM;
}

static struct dma_buf *make_dmabuf(struct p2p_device *dev,
				   const struct p2p_export_request *req)
{
	struct p2p_memory memory = {
		.write_combined = req->flags & VFIO_P2P_EXPORT_WC,
	};
	struct dma_buf *dmabuf;
	int ret;

	ret = make_memory(dev, req, &memory);
	if (ret)
		return ERR_PTR(ret);

	dmabuf = p2p_exporter_add(&dev->exporter, dev->pdev, &memory,
				  req->open_flags);
	if (IS_ERR(dmabuf)) {
		kvfree(memory.ranges);
		if (memory.hold)
			p2p_hold_free(memory.hold);
		/* ENOENT: this module is on its way out. */
		return dmabuf == ERR_PTR(-ENOENT) ? ERR_PTR(-ENODEV) : dmabuf;
	}
	if (!memory.hold)
		return dmabuf;

	ret = p2p_hold_take(memory.hold, memory.ranges);
	if (!ret)
		return dmabuf;
	dma_buf_put(dmabuf);
	return ERR_PTR(ret);
}

static int export(struct p2p_device *dev, const struct p2p_export_request *req)
{
	const unsigned int bar = req->region_index;
	struct dma_buf *dmabuf;
	int ret;

	if (bar >= PCI_STD_NUM_BARS)
		return -ENODEV;
	ret = p2p_claim_once(dev, bar);
	if (ret)
		return ret;
	if ((req->flags & VFIO_P2P_EXPORT_WC) &&
	    !(pci_resource_flags(dev->pdev, bar) & IORESOURCE_PREFETCH))
		return -EINVAL;

	dmabuf = make_dmabuf(dev, req);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	ret = dma_buf_fd(dmabuf, req->open_flags);
	if (ret < 0)
		dma_buf_put(dmabuf);
	return ret;
}

/* What is registered has pages, and nothing else is. */
static int export_unregistered(struct p2p_device *dev,
			       const struct p2p_export_request *req)
{
	int ret = p2p_bar_use_begin_export(dev, req->region_index);

	if (ret)
		return ret;
	ret = export(dev, req);
	p2p_bar_use_end_export(dev, req->region_index);
	return ret;
}

/**
 * p2p_export - export slices of a BAR
 * @dev: the device; a file of it is held open for the duration of the call
 * @req: the request, not yet checked except for flags and nr_ranges
 *
 * Context: may sleep; no lock of vfio held.
 * Return: the dma-buf's fd, the caller's process owns it; or an error, see
 * struct vfio_p2p_export.
 */
int p2p_export(struct p2p_device *dev, const struct p2p_export_request *req)
{
	int ret;

	if (req->flags & VFIO_P2P_EXPORT_PAGES)
		ret = export(dev, req);
	else
		ret = export_unregistered(dev, req);
	if (ret < 0)
		pci_dbg(dev->pdev, "export of %u ranges of region %u refused: %d\n",
			req->nr_ranges, req->region_index, ret);
	return ret;
}
