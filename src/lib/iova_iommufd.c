// SPDX-License-Identifier: GPL-2.0-only
/* BARs in an iommufd: as the kernel's dma-bufs, or by the module's pages */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "diagnose.h"
#include "error.h"
#include "feature.h"
#include "iommufd.h"
#include "iova.h"

static __u32 map_flags(const struct vfio_p2p_iova_mapping *map)
{
	__u32 flags = IOMMU_IOAS_MAP_FIXED_IOVA;

	if (map->access & VFIO_P2P_IOVA_READ)
		flags |= IOMMU_IOAS_MAP_READABLE;
	if (map->access & VFIO_P2P_IOVA_WRITE)
		flags |= IOMMU_IOAS_MAP_WRITEABLE;
	return flags;
}

static int map_file(const struct vfio_p2p_iova_mapping *map, int dmabuf_fd)
{
	struct iommu_ioas_map_file args = {
		.size = sizeof(args),
		.flags = map_flags(map),
		.ioas_id = map->target.ioas_id,
		.fd = dmabuf_fd,
		.length = map->range.length,
		.iova = map->iova,
	};

	return ioctl(map->target.iommufd, IOMMU_IOAS_MAP_FILE, &args) ?
	       -errno : 0;
}

/*
 * iommufd imports what the kernel itself has made, and nothing else.  Some before 6.19
 * say so only when a device joins the address space, so don't ask them.
 */
int iova_export_dmabuf(const struct vfio_p2p_iova_mapping *map, int *dmabuf_fd,
		       struct vfio_p2p_error *error)
{
	const struct request req = {
		.device_fd = map->device_fd,
		.bar = map->bar,
		.open_flags = O_RDWR | O_CLOEXEC,
		.ranges = &map->range,
		.nr_ranges = 1,
	};
	int fd, ret;

	fd = feature_export(&req);
	if (fd == -ENOTTY)
		return IOVA_NOT_HERE;
	if (fd < 0)
		return diagnose_export(&req, -fd, error);

	ret = vfio_p2p_made_by(fd, error);
	if (ret == VFIO_P2P_MAKER_KERNEL) {
		*dmabuf_fd = fd;
		return 0;
	}
	close(fd);
	return ret < 0 ? ret : IOVA_NOT_HERE;
}

static int import_dmabuf(const struct vfio_p2p_iova_mapping *map, int dmabuf_fd,
			 struct vfio_p2p_error *error)
{
	int ret = map_file(map, dmabuf_fd);

	switch (ret) {
	case 0:
		return 0;
	case -ENOTTY:
	case -EOPNOTSUPP:
		return IOVA_NOT_HERE;
	default:
		return iova_diagnose(map, -ret, "IOMMU_IOAS_MAP_FILE", error);
	}
}

int iova_map_dmabuf(const struct vfio_p2p_iova_mapping *map,
		    struct vfio_p2p_error *error)
{
	int fd, ret;

	ret = iova_export_dmabuf(map, &fd, error);
	if (ret)
		return ret;

	ret = import_dmabuf(map, fd, error);
	close(fd);
	return ret;
}

static int map_memory(const struct vfio_p2p_iova_mapping *map,
		      struct vfio_p2p_error *error)
{
	struct iommu_ioas_map args = {
		.size = sizeof(args),
		.flags = map_flags(map),
		.ioas_id = map->target.ioas_id,
		.user_va = (uintptr_t)map->addr,
		.length = map->range.length,
		.iova = map->iova,
	};

	if (!ioctl(map->target.iommufd, IOMMU_IOAS_MAP, &args))
		return 0;
	return iova_diagnose(map, errno, "IOMMU_IOAS_MAP", error);
}

static int map_slice(struct vfio_p2p_iova_mapping *map, int slice,
		     struct vfio_p2p_error *error)
{
	int ret;

	map->addr = mmap(NULL, map->range.length, PROT_READ | PROT_WRITE,
			 MAP_SHARED, slice, 0);
	if (map->addr == MAP_FAILED)
		return fail_errno(error, errno, "mmap of the BAR's pages");

	ret = map_memory(map, error);
	if (ret)
		munmap(map->addr, map->range.length);
	return ret;
}

int iova_map_pages(struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error)
{
	int slice, ret;

	slice = iova_get_slice(map, error);
	if (slice < 0)
		return slice;

	ret = map_slice(map, slice, error);
	close(slice);
	return ret;
}

int iova_unmap_iommufd(const struct vfio_p2p_iova_mapping *map,
		       struct vfio_p2p_error *error)
{
	struct iommu_ioas_unmap args = {
		.size = sizeof(args),
		.ioas_id = map->target.ioas_id,
		.iova = map->iova,
		.length = map->range.length,
	};

	if (!ioctl(map->target.iommufd, IOMMU_IOAS_UNMAP, &args) ||
	    errno == ENOENT)
		return 0;
	return fail_errno(error, errno, "IOMMU_IOAS_UNMAP");
}
