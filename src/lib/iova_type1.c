// SPDX-License-Identifier: GPL-2.0-only
/* BARs in a container: the CPU's mapping of them, as VMMs do it */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/vfio.h>

#include "error.h"
#include "iova.h"

static int diagnose_mmap(const struct vfio_p2p_iova_mapping *map, int errnum,
			 struct vfio_p2p_error *error)
{
	switch (errnum) {
	case EINVAL:
		return fail(error, EINVAL, VFIO_P2P_CAUSE_NO_BAR,
			    "0x%llx bytes from 0x%llx on of BAR %u can't be mapped; is it an I/O BAR?  VFIO_DEVICE_GET_REGION_INFO says what can be",
			    map->range.length, map->range.offset, map->bar);
	case EBUSY:
		return fail(error, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
			    "BAR %u can't be mapped: it has pages for files (vfio_p2p_register()), or another driver has claimed it",
			    map->bar);
	default:
		return fail_errno(error, errnum, "mmap of the BAR");
	}
}

static int map_bar(struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = map->bar,
	};
	int prot = 0;

	if (map->access & VFIO_P2P_IOVA_READ)
		prot |= PROT_READ;
	if (map->access & VFIO_P2P_IOVA_WRITE)
		prot |= PROT_READ | PROT_WRITE;
	if (ioctl(map->device_fd, VFIO_DEVICE_GET_REGION_INFO, &info))
		return fail_errno(error, errno, "VFIO_DEVICE_GET_REGION_INFO");

	map->addr = mmap(NULL, map->range.length, prot, MAP_SHARED,
			 map->device_fd,
			 (off_t)(info.offset + map->range.offset));
	if (map->addr == MAP_FAILED)
		return diagnose_mmap(map, errno, error);
	return 0;
}

int iova_map_type1(struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error)
{
	struct vfio_iommu_type1_dma_map args = {
		.argsz = sizeof(args),
		.iova = map->iova,
		.size = map->range.length,
	};
	int ret = map_bar(map, error);

	if (ret)
		return ret;

	if (map->access & VFIO_P2P_IOVA_READ)
		args.flags |= VFIO_DMA_MAP_FLAG_READ;
	if (map->access & VFIO_P2P_IOVA_WRITE)
		args.flags |= VFIO_DMA_MAP_FLAG_WRITE;
	args.vaddr = (uintptr_t)map->addr;
	if (!ioctl(map->target.container_fd, VFIO_IOMMU_MAP_DMA, &args))
		return 0;

	ret = iova_diagnose(map, errno, "VFIO_IOMMU_MAP_DMA", error);
	munmap(map->addr, map->range.length);
	return ret;
}

/* type 1 takes what is not there for unmapped, with a size of 0. */
int iova_unmap_type1(const struct vfio_p2p_iova_mapping *map,
		     struct vfio_p2p_error *error)
{
	struct vfio_iommu_type1_dma_unmap args = {
		.argsz = sizeof(args),
		.iova = map->iova,
		.size = map->range.length,
	};

	if (!ioctl(map->target.container_fd, VFIO_IOMMU_UNMAP_DMA, &args))
		return 0;
	return fail_errno(error, errno, "VFIO_IOMMU_UNMAP_DMA");
}
