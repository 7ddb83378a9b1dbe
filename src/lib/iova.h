/* SPDX-License-Identifier: GPL-2.0-only */
/* A BAR in an IO address space */
#ifndef LIB_IOVA_H
#define LIB_IOVA_H

#include <vfio-p2p.h>

/**
 * struct vfio_p2p_iova_mapping - what was mapped, and what holds it
 * @target: the address space
 * @device_fd: an open vfio device
 * @bar: number of the BAR
 * @range: of the BAR
 * @iova: where it is
 * @access: VFIO_P2P_IOVA_*
 * @way: how it came there, once it has
 * @addr: the CPU's mapping of the range, that is to stay as long: devices that join
 *	the address space later get what is there then; NULL if there is none
 */
struct vfio_p2p_iova_mapping {
	struct vfio_p2p_iova_target target;
	int device_fd;
	unsigned int bar;
	struct vfio_p2p_range range;
	uint64_t iova;
	uint32_t access;
	enum vfio_p2p_iova_way way;
	void *addr;
};

/* This kernel does not have that way, which is no failure if there is another. */
#define IOVA_NOT_HERE	1

/* The ways.  0, or a negative errno, saying why; the dma-buf's also IOVA_NOT_HERE */
int iova_map_dmabuf(const struct vfio_p2p_iova_mapping *map,
		    struct vfio_p2p_error *error);
int iova_map_pages(struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error);
int iova_map_type1(struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error);

/*
 * A dma-buf of that range, as the first way takes it, which is the kernel's; the same
 * answers
 */
int iova_export_dmabuf(const struct vfio_p2p_iova_mapping *map, int *dmabuf_fd,
		       struct vfio_p2p_error *error);

/* The fd of the pages of that range, for an IOMMU only; or a negative errno, saying why */
int iova_get_slice(const struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error);

/*
 * Does the module give BARs of that device pages for an IOMMU?  Then the kernel makes no
 * dma-bufs of it, and to ask it for one would be in the way of who registers the BAR.
 */
int iova_has_pages(int device_fd);

/* RANGE is all of the BAR: as much as can have them gets pages, or has them. */
int iova_prepare_pages(struct vfio_p2p_iova_mapping *map,
		       struct vfio_p2p_error *error);

/* Nothing is at the IOVAs any more; that nothing was is no failure. */
int iova_unmap_iommufd(const struct vfio_p2p_iova_mapping *map,
		       struct vfio_p2p_error *error);
int iova_unmap_type1(const struct vfio_p2p_iova_mapping *map,
		     struct vfio_p2p_error *error);

/* From the errno of a call that maps to what is wrong; -ERRNUM or another one */
int iova_diagnose(const struct vfio_p2p_iova_mapping *map, int errnum,
		  const char *what, struct vfio_p2p_error *error);

#endif /* LIB_IOVA_H */
