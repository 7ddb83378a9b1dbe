// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical ranges of a BAR to an sg_table for one importer.
 *
 * The tables have DMA addresses only: there are no struct pages, so orig_nents
 * is 0 while the importer holds the table, as in upstream's
 * dma_buf_phys_vec_to_sgt(), and for_each_sgtable_sg() finds nothing.
 */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "mapping.h"

/* sg_dma_len() is an unsigned int: the largest multiple of a page in it. */
#define P2P_MAX_SEGMENT	ALIGN_DOWN(UINT_MAX, PAGE_SIZE)

/*
 * There is no CPU cache to care for.  Saying so also tells DMA-API debugging that
 * several mappings of one page, by several importers, are no mistake.
 */
#define P2P_DMA_ATTRS	DMA_ATTR_SKIP_CPU_SYNC

/* One sg entry's worth of a walk through the ranges. */
struct segment {
	unsigned int range;
	u64 done;
	phys_addr_t start;
	unsigned int length;
};

static bool next_segment(const struct p2p_phys_ranges *ranges,
			 struct segment *seg)
{
	const struct p2p_phys_range *range;

	while (seg->range < ranges->nr &&
	       seg->done == ranges->range[seg->range].length) {
		seg->range++;
		seg->done = 0;
	}
	if (seg->range == ranges->nr)
		return false;

	range = &ranges->range[seg->range];
	seg->start = range->start + seg->done;
	seg->length = min_t(u64, range->length - seg->done, P2P_MAX_SEGMENT);
	seg->done += seg->length;
	return true;
}

static u64 count_segments(const struct p2p_phys_ranges *ranges)
{
	u64 nr = 0;
	unsigned int i;

	for (i = 0; i < ranges->nr; i++)
		nr += DIV_ROUND_UP_ULL(ranges->range[i].length,
				       P2P_MAX_SEGMENT);
	return nr;
}

static struct sg_table *alloc_table(const struct p2p_phys_ranges *ranges)
{
	u64 nr = count_segments(ranges);
	struct sg_table *sgt;

	if (!nr || nr > UINT_MAX)
		return ERR_PTR(-EINVAL);

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	if (sg_alloc_table(sgt, nr, GFP_KERNEL)) {
		kfree(sgt);
		return ERR_PTR(-ENOMEM);
	}
	return sgt;
}

static void free_table(struct sg_table *sgt)
{
	sgt->orig_nents = sgt->nents;
	sg_free_table(sgt);
	kfree(sgt);
}

static struct sg_table *hand_out(struct sg_table *sgt)
{
	sgt->orig_nents = 0;
	return sgt;
}

static void set_entry(struct scatterlist *sg, dma_addr_t addr,
		      unsigned int length)
{
	sg_dma_address(sg) = addr;
	sg_dma_len(sg) = length;
}

/**
 * p2p_dma_translated - does an IOMMU translate this device's DMA
 * @importer: the device
 *
 * Context: may sleep.
 */
bool p2p_dma_translated(struct device *importer)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(importer);

	return domain && (domain->type & __IOMMU_DOMAIN_PAGING);
}

/**
 * p2p_flush_iotlb - make unmapped IOVA unreachable now
 * @importer: the device whose mappings were undone
 *
 * In its lazy mode (DMA_FQ, the default on x86) the DMA API only queues the
 * invalidation, and the device can use the old translation for some more
 * milliseconds.  A revoke must not return before that is over.
 *
 * Context: may sleep.
 */
void p2p_flush_iotlb(struct device *importer)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(importer);

	if (domain && domain->type == IOMMU_DOMAIN_DMA_FQ)
		iommu_flush_iotlb_all(domain);
}

/**
 * p2p_dma_reaches - can the device put these addresses on the bus
 * @importer: the device
 * @start: first address
 * @length: in bytes
 *
 * dma_map_resource() asks the same where no IOMMU translates, but answers no
 * with a WARN, which user space could then provoke.
 */
bool p2p_dma_reaches(struct device *importer, u64 start, u64 length)
{
	u64 mask = min_not_zero(dma_get_mask(importer),
				importer->bus_dma_limit);

	return length && start + length - 1 >= start &&
	       start + length - 1 <= mask;
}

/**
 * p2p_map_bus - map for an importer below the same switch
 * @importer: the device that will do the DMA
 * @ranges: what to map
 *
 * The addresses are those on the PCI bus; no IOMMU sees them.
 *
 * Context: may sleep.
 * Return: the table, freed by p2p_unmap_bus(), or -ENOMEM: no memory, or the
 * importer's DMA mask does not reach the BAR.
 */
struct sg_table *p2p_map_bus(struct device *importer,
			     const struct p2p_phys_ranges *ranges)
{
	struct segment seg = {};
	struct scatterlist *sg;
	struct sg_table *sgt;

	sgt = alloc_table(ranges);
	if (IS_ERR(sgt))
		return sgt;

	for (sg = sgt->sgl; next_segment(ranges, &seg); sg = sg_next(sg)) {
		u64 addr = seg.start + ranges->bus_offset;

		if (!p2p_dma_reaches(importer, addr, seg.length)) {
			free_table(sgt);
			return ERR_PTR(-ENOMEM);
		}
		set_entry(sg, addr, seg.length);
	}
	return hand_out(sgt);
}

void p2p_unmap_bus(struct sg_table *sgt)
{
	free_table(sgt);
}

/* Each entry is one mapping of its own, so that it is undone exactly. */
static void unmap_entries(struct device *importer, struct sg_table *sgt,
			  unsigned int nr, enum dma_data_direction dir)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg(sgt->sgl, sg, nr, i)
		dma_unmap_resource(importer, sg_dma_address(sg),
				   sg_dma_len(sg), dir, P2P_DMA_ATTRS);
}

static int map_segment(struct device *importer, bool translated,
		       const struct segment *seg, struct scatterlist *sg,
		       enum dma_data_direction dir)
{
	dma_addr_t addr;

	if (!translated && !p2p_dma_reaches(importer, seg->start, seg->length))
		return -ENOMEM;

	addr = dma_map_resource(importer, seg->start, seg->length, dir,
				P2P_DMA_ATTRS);
	if (dma_mapping_error(importer, addr))
		return -ENOMEM;

	set_entry(sg, addr, seg->length);
	return 0;
}

/**
 * p2p_map_host_bridge - map for an importer that is reached by the host bridge
 * @importer: the device that will do the DMA
 * @ranges: what to map
 * @dir: direction of the DMA, as seen from memory
 *
 * Behind a translating IOMMU every entry gets IOVA of the importer's domain;
 * without one the addresses are the CPU's.
 *
 * Context: may sleep.
 * Return: the table, freed by p2p_unmap_host_bridge(), or -ENOMEM as upstream
 * has it for every failure of the DMA API (no IOVA space, mask too small).
 */
struct sg_table *p2p_map_host_bridge(struct device *importer,
				     const struct p2p_phys_ranges *ranges,
				     enum dma_data_direction dir)
{
	bool translated = p2p_dma_translated(importer);
	struct segment seg = {};
	struct scatterlist *sg;
	struct sg_table *sgt;
	unsigned int done = 0;
	int ret;

	sgt = alloc_table(ranges);
	if (IS_ERR(sgt))
		return sgt;

	for (sg = sgt->sgl; next_segment(ranges, &seg); sg = sg_next(sg)) {
		ret = map_segment(importer, translated, &seg, sg, dir);
		if (ret)
			goto err_unmap;
		done++;
	}
	return hand_out(sgt);

err_unmap:
	unmap_entries(importer, sgt, done, dir);
	free_table(sgt);
	return ERR_PTR(ret);
}

void p2p_unmap_host_bridge(struct device *importer, struct sg_table *sgt,
			   enum dma_data_direction dir)
{
	unmap_entries(importer, sgt, sgt->nents, dir);
	free_table(sgt);
}
