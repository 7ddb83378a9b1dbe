// SPDX-License-Identifier: GPL-2.0-only
/* BARs in IO address spaces: whichever way this kernel has */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "device.h"
#include "error.h"
#include "iova.h"

static int check_target(const struct vfio_p2p_iova_target *target,
			struct vfio_p2p_error *error)
{
	if (target->iommufd >= 0 || target->container_fd >= 0)
		return 0;
	return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
		    "there is no address space to map into: neither an iommufd nor a container is given");
}

static int check_range(const struct vfio_p2p_iova_mapping *map,
		       struct vfio_p2p_error *error)
{
	const struct vfio_p2p_range *range = &map->range;
	__u64 page = (__u64)sysconf(_SC_PAGESIZE), size;
	int ret;

	ret = device_bar_size(map->device_fd, map->bar, &size, error);
	if (ret)
		return ret;
	if (!range->length || (range->offset | range->length) % page)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			    "0x%llx bytes from 0x%llx on: expected multiples of the page size, 0x%llx",
			    range->length, range->offset, page);
	if (range->offset > size || range->length > size - range->offset)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			    "0x%llx bytes from 0x%llx on are not within BAR %u, which has 0x%llx bytes",
			    range->length, range->offset, map->bar, size);
	if (map->iova % page || map->iova > UINT64_MAX - range->length)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_IOVA,
			    "IOVA 0x%llx: expected a multiple of the page size, 0x%llx, with 0x%llx bytes behind it",
			    (unsigned long long)map->iova, page,
			    range->length);
	return 0;
}

static int check_arguments(const struct vfio_p2p_iova_mapping *map,
			   struct vfio_p2p_error *error)
{
	int ret = check_target(&map->target, error);

	if (ret)
		return ret;
	if (!map->access ||
	    map->access & ~(VFIO_P2P_IOVA_READ | VFIO_P2P_IOVA_WRITE))
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
			    "access 0x%x: expected VFIO_P2P_IOVA_READ, VFIO_P2P_IOVA_WRITE or both",
			    map->access);
	return check_range(map, error);
}

static int map_iommufd(struct vfio_p2p_iova_mapping *map,
		       struct vfio_p2p_error *error)
{
	int ret;

	if (!iova_has_pages(map->device_fd)) {
		map->way = VFIO_P2P_IOVA_DMABUF;
		ret = iova_map_dmabuf(map, error);
		if (ret != IOVA_NOT_HERE)
			return ret;
	}
	map->way = VFIO_P2P_IOVA_PAGES;
	return iova_map_pages(map, error);
}

static int map_any(struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error)
{
	if (map->target.iommufd >= 0)
		return map_iommufd(map, error);
	map->way = VFIO_P2P_IOVA_TYPE1;
	return iova_map_type1(map, error);
}

/*
 * Where the kernel makes the dma-buf the module has no pages for an IOMMU, so that it is
 * of no use to know whether the iommufd, which is not at hand, takes it.
 */
int vfio_p2p_iova_prepare(int device_fd, unsigned int bar,
			  struct vfio_p2p_error *error)
{
	struct vfio_p2p_iova_mapping map = {
		.device_fd = device_fd,
		.bar = bar,
		.range.length = (__u64)sysconf(_SC_PAGESIZE),
	};
	__u64 size;
	int ret, fd = -1;

	ret = device_bar_size(device_fd, bar, &size, error);
	if (ret)
		return ret;
	ret = iova_has_pages(device_fd) ? IOVA_NOT_HERE :
	      iova_export_dmabuf(&map, &fd, error);
	if (ret == IOVA_NOT_HERE) {
		map.range.length = size;
		return iova_prepare_pages(&map, error);
	}
	if (!ret)
		close(fd);
	return ret;
}

int vfio_p2p_iova_map(const struct vfio_p2p_iova_target *target, int device_fd,
		      unsigned int bar, uint64_t offset, uint64_t length,
		      uint64_t iova, uint32_t access,
		      struct vfio_p2p_iova_mapping **mapping,
		      struct vfio_p2p_error *error)
{
	struct vfio_p2p_iova_mapping *map;
	int ret;

	map = malloc(sizeof(*map));
	if (!map)
		return fail_errno(error, ENOMEM, "mapping of the BAR");

	*map = (struct vfio_p2p_iova_mapping) {
		.target = *target,
		.device_fd = device_fd,
		.bar = bar,
		.range = { .offset = offset, .length = length },
		.iova = iova,
		.access = access,
	};
	ret = check_arguments(map, error);
	if (!ret)
		ret = map_any(map, error);
	if (ret) {
		free(map);
		return ret;
	}
	*mapping = map;
	return (int)map->way;
}

int vfio_p2p_iova_unmap(struct vfio_p2p_iova_mapping *mapping,
			struct vfio_p2p_error *error)
{
	int ret;

	if (!mapping)
		return 0;
	ret = mapping->way == VFIO_P2P_IOVA_TYPE1 ?
	      iova_unmap_type1(mapping, error) :
	      iova_unmap_iommufd(mapping, error);
	if (ret)
		return ret;
	/* Only now: what is mapped has pages of it pinned. */
	if (mapping->addr)
		munmap(mapping->addr, mapping->range.length);
	free(mapping);
	return 0;
}

/*
 * To map the same dma-buf again would do as well, but then it would have to be kept, as
 * an open file.
 */
int vfio_p2p_iova_restore(struct vfio_p2p_iova_mapping *mapping,
			  struct vfio_p2p_error *error)
{
	int ret;

	if (mapping->way != VFIO_P2P_IOVA_DMABUF)
		return 0;
	ret = iova_unmap_iommufd(mapping, error);
	if (ret)
		return ret;
	ret = iova_map_dmabuf(mapping, error);
	if (ret == IOVA_NOT_HERE)
		return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_EXPORTER,
			    "the kernel, which made the dma-buf, makes none any more; has the module been loaded meanwhile with exporter=own?");
	return ret;
}
