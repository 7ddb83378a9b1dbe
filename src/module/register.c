// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what a caller asks for to pages: checks, and what is said if they fail.
 *
 * For generic pages the DMA API takes the address as it is, in each device's IOMMU
 * domain or without one, and no one asks for a route; nor does iommufd.  So a BAR is
 * registered only where every device may reach it by the way through the host bridge,
 * and where it has the same address on the bus as for the CPU.
 */
#include <linux/capability.h>
#include <linux/cc_platform.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vfio_p2p_dmabuf.h>

#include "compat/compat.h"
#include "compat/user_pages.h"
#include "compat/zone_pages.h"
#include "device.h"
#include "export.h"
#include "names.h"
#include "pages.h"
#include "pool.h"
#include "register.h"
#include "slice_file.h"
#include "topology.h"

static int check_platform(struct pci_dev *pdev, unsigned int bar)
{
	/* The direct mapping of a BAR would be one of encrypted memory. */
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT)) {
		pci_notice_ratelimited(pdev, "BAR %u: no pages: memory is encrypted on this system\n",
				       bar);
		return -EOPNOTSUPP;
	}
	if (!p2p_pages_typed()) {
		pci_notice_ratelimited(pdev, "BAR %u: no pages: this kernel runs without PAT, so that they would be cached\n",
				       bar);
		return -EOPNOTSUPP;
	}
	if (pci_bus_address(pdev, bar) != pci_resource_start(pdev, bar)) {
		pci_notice_ratelimited(pdev, "BAR %u: no pages: it has another address on the bus\n",
				       bar);
		return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * While struct pages are made they can be found, and are as the kernel got their
 * memory.  An IOMMU of type 1 can still have the BAR by an mmap that is gone, and looks
 * at them, when it lets go, to see whether it has pinned them (put_pfn(),
 * drivers/vfio/vfio_iommu_type1.c).  With zeros it counts wrongly at worst; with what
 * was there before, it follows pointers that are none.
 */
static int check_page_memory(struct pci_dev *pdev, unsigned int bar)
{
	if (want_init_on_alloc(GFP_KERNEL) || want_init_on_free() ||
	    capable(CAP_SYS_RAWIO))
		return 0;

	pci_notice_ratelimited(pdev, "BAR %u: no pages: this kernel does not clear the memory it allocates; boot it with init_on_alloc=1, or have CAP_SYS_RAWIO\n",
			       bar);
	return -EPERM;
}

static int check_bar(struct p2p_device *dev, unsigned int bar)
{
	struct pci_dev *pdev = dev->pdev;
	int ret;

	if (bar >= PCI_STD_NUM_BARS)
		return -ENODEV;
	ret = p2p_claim_once(dev, bar);
	if (ret)
		return ret;
	if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM) ||
	    !dev->vdev->bar_mmap_supported[bar])
		return -EINVAL;
	ret = check_platform(pdev, bar);
	return ret ?: check_page_memory(pdev, bar);
}

/*
 * What of a BAR can have pages: for an IOMMU that is better than nothing, as a VMM maps
 * what the BAR has, and goes on without the rest.
 */
static int cut_to_granules(struct pci_dev *pdev, unsigned int bar, u64 granule,
			   u64 *offset, u64 *length)
{
	const u64 start = pci_resource_start(pdev, bar);
	const u64 size = pci_resource_len(pdev, bar);
	const u64 first = ALIGN(start, granule);
	const u64 end = ALIGN_DOWN(start + size, granule);

	if (first >= end) {
		pci_notice_ratelimited(pdev, "BAR %u: no pages: this kernel makes them in units of %llu KiB, and there is no whole one in its %llu KiB\n",
				       bar, granule >> 10, size >> 10);
		return -EINVAL;
	}
	*offset = first - start;
	*length = end - first;
	if (*length != size)
		pci_notice_ratelimited(pdev, "BAR %u: pages only for the %llu KiB from %#llx on, of %llu KiB: this kernel makes them in units of %llu KiB\n",
				       bar, *length >> 10, *offset, size >> 10,
				       granule >> 10);
	return 0;
}

/* Without a length: the whole BAR, or for an IOMMU what it can be. */
static int choose_range(struct pci_dev *pdev,
			const struct vfio_p2p_register *args, u64 *offset,
			u64 *length)
{
	*offset = args->offset;
	*length = args->length;
	if (*offset || *length)
		return 0;
	if (args->flags & VFIO_P2P_REGISTER_IOMMU)
		return cut_to_granules(pdev, args->region_index, args->granule,
				       offset, length);
	*length = pci_resource_len(pdev, args->region_index);
	return 0;
}

static int check_range(struct pci_dev *pdev, struct vfio_p2p_register *args)
{
	u64 start = pci_resource_start(pdev, args->region_index);
	u64 size = pci_resource_len(pdev, args->region_index);
	u64 offset, length;
	int ret;

	ret = choose_range(pdev, args, &offset, &length);
	if (ret)
		return ret;
	if (!length || offset > size || length > size - offset)
		return -EINVAL;
	/* The functions of bitmaps count with 32 bits. */
	if (length >> PAGE_SHIFT > UINT_MAX)
		return -EINVAL;
	if (!IS_ALIGNED(start + offset, args->granule) ||
	    !IS_ALIGNED(length, args->granule)) {
		pci_notice_ratelimited(pdev, "BAR %u: no pages: this kernel makes them in units of %llu KiB\n",
				       args->region_index, args->granule >> 10);
		return -EINVAL;
	}
	if (!p2p_pages_mappable(start + offset, length)) {
		pci_notice_ratelimited(pdev, "BAR %u: no pages: its address is beyond what this kernel maps; the kernel parameter nokaslr may help\n",
				       args->region_index);
		return -ERANGE;
	}
	args->offset = offset;
	args->length = length;
	return 0;
}

/*
 * Pages for an IOMMU have entries without access, and of other pages a process makes
 * some by PROT_NONE.  For MMIO mprotect() would ask the same, but what has struct pages
 * it takes for memory (pfn_modify_allowed()).
 */
static int check_entries(struct pci_dev *pdev,
			 const struct vfio_p2p_register *args)
{
	phys_addr_t start = pci_resource_start(pdev, args->region_index);
	phys_addr_t last = start + args->offset + args->length - 1;

	if (p2p_no_access_is_safe(last) || capable(CAP_SYS_ADMIN))
		return 0;

	pci_notice_ratelimited(pdev, "BAR %u: no pages: its address is in the upper half of the address space, which takes CAP_SYS_ADMIN on a CPU with L1TF\n",
			       args->region_index);
	return -EPERM;
}

static int check_routes(struct pci_dev *pdev, struct vfio_p2p_register *args)
{
	struct p2p_decision decision;

	p2p_route_all(pdev, &decision);
	if (decision.route != VFIO_P2P_ROUTE_IMPOSSIBLE)
		return 0;

	args->reason = decision.reason;
	args->bridge = (struct vfio_p2p_bdf) {
		.domain = decision.bridge.domain,
		.bus = decision.bridge.bus,
		.devfn = decision.bridge.devfn,
	};
	pci_notice_ratelimited(pdev, "BAR %u: no pages: not every device reaches it (%s)\n",
			       args->region_index,
			       p2p_reason_name(decision.reason));
	return -EHOSTUNREACH;
}

/*
 * Of the time before this module was loaded; since then it makes them, and those are
 * looked for when the BAR is taken.
 */
static int check_kernels_buffers(struct p2p_device *dev, unsigned int bar)
{
	if (!p2p_kernel_has_dma_bufs(dev->vdev))
		return 0;

	pci_notice_ratelimited(dev->pdev, "BAR %u: no pages: there are dma-bufs of the device that the kernel made, not this module; close them first\n",
			       bar);
	return -EBUSY;
}

/*
 * A device that came while the pages were made: for p2p_register_device_added() they were
 * not there yet.
 */
static void recheck_routes(struct pci_dev *pdev, unsigned int bar)
{
	struct p2p_decision decision;

	p2p_route_all(pdev, &decision);
	if (decision.route == VFIO_P2P_ROUTE_IMPOSSIBLE)
		pci_warn(pdev, "BAR %u has pages, but a device that is new may not reach them (%s): unregister the BAR\n",
			 bar, p2p_reason_name(decision.reason));
}

/**
 * p2p_register - give a range of a BAR struct pages
 * @dev: the device; a file of it is held open for the duration of the call
 * @args: the request, not yet checked; the answer, also if it is refused
 * @mapping: of that file
 *
 * Context: may sleep; no lock of vfio held.
 * Return: 0 or an error, see struct vfio_p2p_register.
 */
int p2p_register(struct p2p_device *dev, struct vfio_p2p_register *args,
		 struct address_space *mapping)
{
	const bool iommu = args->flags & VFIO_P2P_REGISTER_IOMMU;
	struct p2p_pool_range range;
	int ret;

	args->granule = p2p_pages_granule();
	ret = check_bar(dev, args->region_index);
	if (!ret)
		ret = check_range(dev->pdev, args);
	if (!ret)
		ret = check_entries(dev->pdev, args);
	if (!ret)
		ret = check_routes(dev->pdev, args);
	if (!ret && !iommu)
		ret = check_kernels_buffers(dev, args->region_index);
	if (ret)
		return ret;

	range = (struct p2p_pool_range) {
		.bar = args->region_index,
		.offset = args->offset,
		.length = args->length,
		.iommu = iommu,
		.refuse_reset = args->flags & VFIO_P2P_REGISTER_REFUSE_RESET,
	};
	ret = p2p_pages_add(dev, &range, mapping);
	if (!ret)
		recheck_routes(dev->pdev, args->region_index);
	return ret;
}

/**
 * struct registered - a BAR that has pages
 * @node: of the others
 * @pdev: whose BAR it is, with a reference
 * @bar: its number
 */
struct registered {
	struct list_head node;
	struct pci_dev *pdev;
	unsigned int bar;
};

/**
 * struct all_registered - all of them
 * @bars: a struct registered each
 * @some_missing: for want of memory
 */
struct all_registered {
	struct list_head bars;
	bool some_missing;
};

static void note_pool(struct p2p_pool *pool, void *context)
{
	struct all_registered *all = context;
	struct registered *bar;

	if (pool->state == P2P_POOL_DEAD)
		return;

	bar = kmalloc(sizeof(*bar), GFP_KERNEL);
	if (!bar) {
		all->some_missing = true;
		return;
	}
	bar->pdev = pci_dev_get(pool->dev->pdev);
	bar->bar = pool->bar;
	list_add_tail(&bar->node, &all->bars);
}

static void check_registered(const struct registered *bar,
			     struct pci_dev *added)
{
	struct p2p_decision decision;

	if (!p2p_route_by_host_bridges(bar->pdev, added, &decision) &&
	    decision.route == VFIO_P2P_ROUTE_IMPOSSIBLE)
		pci_warn(bar->pdev, "BAR %u has pages, but %s and what is below it may not reach them (%s): let it do no I/O to them, or unregister the BAR\n",
			 bar->bar, pci_name(added),
			 p2p_reason_name(decision.reason));
}

/*
 * Who looks at buses may wait for who wants device locks; with one of those pages->lock
 * is taken.  So nothing is held meanwhile.
 */
static void check_all_registered(struct pci_dev *added)
{
	struct all_registered all = { .bars = LIST_HEAD_INIT(all.bars) };
	struct registered *bar, *next;

	p2p_pools_for_each(note_pool, &all);
	list_for_each_entry_safe(bar, next, &all.bars, node) {
		check_registered(bar, added);
		pci_dev_put(bar->pdev);
		kfree(bar);
	}
	if (all.some_missing)
		pci_warn(added, "there are BARs with pages that it may not reach: there was no memory to look\n");
}

/**
 * p2p_register_device_added - there is one more device
 * @pdev: any function
 *
 * Below a root bus that is there later, as those of VMD and of hot-plugged host
 * bridges are, there may be devices that do not reach what has pages.  To take those
 * from all others would be worse: what such a device does is a matter of who uses it.
 *
 * Context: may sleep.
 */
void p2p_register_device_added(struct pci_dev *pdev)
{
	if (pci_is_root_bus(pdev->bus))
		check_all_registered(pdev);
}

/**
 * p2p_alloc - hand out a slice of what is registered
 * @dev: the device; a file of it is held open for the duration of the call
 * @args: the request; its length is not yet checked; the answer
 *
 * Context: may sleep; no lock of vfio held.
 * Return: the file of the slice or an error, see struct vfio_p2p_alloc.
 */
struct file *p2p_alloc(struct p2p_device *dev, struct vfio_p2p_alloc *args)
{
	if (!args->length || !PAGE_ALIGNED(args->length))
		return ERR_PTR(-EINVAL);
	if (!(args->flags & VFIO_P2P_ALLOC_IOMMU))
		return p2p_slice_file_create(dev, args->region_index,
					     args->length, args->open_flags,
					     &args->offset);
	if (!PAGE_ALIGNED(args->offset))
		return ERR_PTR(-EINVAL);
	return p2p_slice_file_share(dev, args->region_index, args->offset,
				    args->length, args->open_flags);
}

static void add_pool(struct vfio_p2p_pool *args, struct p2p_pool *pool)
{
	unsigned long longest = p2p_pool_longest(pool);
	unsigned long nr_free = p2p_pool_free(pool);

	args->size += pool->length;
	args->free += (u64)nr_free << PAGE_SHIFT;
	args->longest = max_t(u64, args->longest, (u64)longest << PAGE_SHIFT);
	args->pools++;
	args->slices += pool->nr_slices;
}

/**
 * p2p_pool_info - what is registered of a BAR, and what is free
 * @dev: the device; a file of it is held open for the duration of the call
 * @args: the request; the answer
 *
 * Context: may sleep; no lock of vfio held.
 * Return: 0
 */
int p2p_pool_info(struct p2p_device *dev, struct vfio_p2p_pool *args)
{
	struct p2p_pages *pages = &dev->pages;
	struct p2p_pool *pool;

	args->size = 0;
	args->free = 0;
	args->longest = 0;
	args->pools = 0;
	args->slices = 0;
	down_write(&pages->lock);
	list_for_each_entry(pool, &pages->pools, node) {
		if (pool->bar != args->region_index || pool->iommu ||
		    pool->state == P2P_POOL_DEAD)
			continue;
		p2p_pool_sweep(pool);
		add_pool(args, pool);
	}
	up_write(&pages->lock);
	return 0;
}
