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

static unsigned int count_entries(u64 length)
{
	return length <= P2P_MAX_SEGMENT ? 1 :
	       DIV_ROUND_UP_ULL(length, P2P_MAX_SEGMENT);
}

/**
 * struct table - what an importer gets
 * @sgt: this, so that it leads back here
 * @only: its entry, if it has one only; mostly so, and it saves an allocation
 */
struct table {
	struct sg_table sgt;
	struct scatterlist only;
};

static struct sg_table *alloc_table(const struct p2p_phys_ranges *ranges)
{
	struct table *table;
	unsigned int i;
	u64 nr = 0;

	for (i = 0; i < ranges->nr; i++)
		nr += count_entries(ranges->range[i].length);
	if (!nr || nr > UINT_MAX)
		return ERR_PTR(-EINVAL);

	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);

	if (nr == 1) {
		sg_init_table(&table->only, 1);
		table->sgt.sgl = &table->only;
		table->sgt.nents = 1;
	} else if (sg_alloc_table(&table->sgt, nr, GFP_KERNEL)) {
		kfree(table);
		return ERR_PTR(-ENOMEM);
	}
	return &table->sgt;
}

static void free_table(struct sg_table *sgt)
{
	struct table *table = container_of(sgt, struct table, sgt);

	if (sgt->sgl != &table->only) {
		sgt->orig_nents = sgt->nents;
		sg_free_table(sgt);
	}
	kfree(table);
}

static struct sg_table *hand_out(struct sg_table *sgt)
{
	sgt->orig_nents = 0;
	return sgt;
}

/* The entries of one range.  Return: the one after them. */
static struct scatterlist *fill_entries(struct scatterlist *sg, dma_addr_t addr,
					u64 length)
{
	while (length > P2P_MAX_SEGMENT) {
		sg_dma_address(sg) = addr;
		sg_dma_len(sg) = P2P_MAX_SEGMENT;
		addr += P2P_MAX_SEGMENT;
		length -= P2P_MAX_SEGMENT;
		sg = sg_next(sg);
	}
	sg_dma_address(sg) = addr;
	sg_dma_len(sg) = length;
	return sg_next(sg);
}

static struct scatterlist *skip_entries(struct scatterlist *sg, u64 length)
{
	for (; length > P2P_MAX_SEGMENT; length -= P2P_MAX_SEGMENT)
		sg = sg_next(sg);
	return sg_next(sg);
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

static u64 highest_address(struct device *importer)
{
	return min_not_zero(dma_get_mask(importer), importer->bus_dma_limit);
}

static bool is_below(u64 highest, u64 start, u64 length)
{
	return length && start + length - 1 >= start &&
	       start + length - 1 <= highest;
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
	return is_below(highest_address(importer), start, length);
}

/**
 * p2p_map_bus - map for an importer below the same switch
 * @importer: the device that will do the DMA
 * @ranges: what to map
 * @bus_offset: what to add to a CPU address of this BAR to get a bus address
 *
 * The addresses are those on the PCI bus; no IOMMU sees them.
 *
 * Context: may sleep.
 * Return: the table, freed by p2p_unmap_bus(), or -ENOMEM: no memory, or the
 * importer's DMA mask does not reach the BAR.
 */
struct sg_table *p2p_map_bus(struct device *importer,
			     const struct p2p_phys_ranges *ranges,
			     u64 bus_offset)
{
	u64 highest = highest_address(importer);
	struct scatterlist *sg;
	struct sg_table *sgt;
	unsigned int i;

	sgt = alloc_table(ranges);
	if (IS_ERR(sgt))
		return sgt;

	sg = sgt->sgl;
	for (i = 0; i < ranges->nr; i++) {
		const struct vfio_p2p_phys_range *range = &ranges->range[i];
		u64 addr = range->start + bus_offset;

		if (!is_below(highest, addr, range->length)) {
			free_table(sgt);
			return ERR_PTR(-ENOMEM);
		}
		sg = fill_entries(sg, addr, range->length);
	}
	return hand_out(sgt);
}

void p2p_unmap_bus(struct sg_table *sgt)
{
	free_table(sgt);
}

/*
 * The first @nr ranges.  Each is one mapping of its own, however many entries it
 * has, so that it is undone exactly.
 */
static void unmap_ranges(struct device *importer, struct sg_table *sgt,
			 const struct p2p_phys_ranges *ranges, unsigned int nr,
			 enum dma_data_direction dir)
{
	struct scatterlist *sg = sgt->sgl;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u64 length = ranges->range[i].length;

		dma_unmap_resource(importer, sg_dma_address(sg), length, dir,
				   P2P_DMA_ATTRS);
		sg = skip_entries(sg, length);
	}
}

/*
 * In one go also if it is more than an entry can have: in pieces of an odd size
 * an IOMMU could not use its large pages.
 */
static int map_range(struct device *importer, u64 highest,
		     const struct vfio_p2p_phys_range *range,
		     enum dma_data_direction dir, dma_addr_t *addr)
{
	if (!is_below(highest, range->start, range->length))
		return -ENOMEM;

	*addr = dma_map_resource(importer, range->start, range->length, dir,
				 P2P_DMA_ATTRS);
	return dma_mapping_error(importer, *addr) ? -ENOMEM : 0;
}

/**
 * p2p_map_host_bridge - map for an importer that is reached by the host bridge
 * @importer: the device that will do the DMA
 * @ranges: what to map
 * @dir: direction of the DMA, as seen from memory
 *
 * Behind a translating IOMMU every range gets IOVA of the importer's domain;
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
	/* Any physical address will do where it is translated. */
	u64 highest = p2p_dma_translated(importer) ? U64_MAX :
						     highest_address(importer);
	struct scatterlist *sg;
	struct sg_table *sgt;
	dma_addr_t addr;
	unsigned int i;
	int ret;

	sgt = alloc_table(ranges);
	if (IS_ERR(sgt))
		return sgt;

	sg = sgt->sgl;
	for (i = 0; i < ranges->nr; i++) {
		ret = map_range(importer, highest, &ranges->range[i], dir,
				&addr);
		if (ret)
			goto err_unmap;
		sg = fill_entries(sg, addr, ranges->range[i].length);
	}
	return hand_out(sgt);

err_unmap:
	unmap_ranges(importer, sgt, ranges, i, dir);
	/* No unmap follows by which a revoke would know that there is a rest. */
	if (i)
		p2p_flush_iotlb(importer);
	free_table(sgt);
	return ERR_PTR(ret);
}

void p2p_unmap_host_bridge(struct device *importer, struct sg_table *sgt,
			   const struct p2p_phys_ranges *ranges,
			   enum dma_data_direction dir)
{
	unmap_ranges(importer, sgt, ranges, ranges->nr, dir);
	free_table(sgt);
}
