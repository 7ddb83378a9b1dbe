/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_MAPPING_H
#define P2P_MAPPING_H

#include <linux/dma-direction.h>
#include <linux/types.h>
#include <linux/vfio_p2p_phys.h>

struct device;
struct sg_table;

/**
 * struct p2p_phys_ranges - the memory of one dma-buf, in its order
 * @region: VFIO region index
 * @region_start: CPU physical address of the region's first byte
 * @nr: entries in @range
 * @size: sum of the lengths, in bytes
 * @range: no two entries in a row are adjacent: they would be one; other modules
 *	read it, too
 */
struct p2p_phys_ranges {
	unsigned int region;
	phys_addr_t region_start;
	unsigned int nr;
	size_t size;
	struct vfio_p2p_phys_range range[];
};

struct sg_table *p2p_map_bus(struct device *importer,
			     const struct p2p_phys_ranges *ranges,
			     u64 bus_offset);
void p2p_unmap_bus(struct sg_table *sgt);

struct sg_table *p2p_map_host_bridge(struct device *importer,
				     const struct p2p_phys_ranges *ranges,
				     enum dma_data_direction dir);
void p2p_unmap_host_bridge(struct device *importer, struct sg_table *sgt,
			   const struct p2p_phys_ranges *ranges,
			   enum dma_data_direction dir);

bool p2p_dma_translated(struct device *importer);
bool p2p_dma_reaches(struct device *importer, u64 start, u64 length);
void p2p_flush_iotlb(struct device *importer);

#endif /* P2P_MAPPING_H */
