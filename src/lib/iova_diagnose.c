// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong if an address space does not take a BAR */
#include <errno.h>

#include "error.h"
#include "iova.h"

static int diagnose_target(const struct vfio_p2p_iova_mapping *map, int errnum,
			   struct vfio_p2p_error *error)
{
	if (map->way == VFIO_P2P_IOVA_TYPE1)
		return fail(error, errnum, VFIO_P2P_CAUSE_BAD_ARGUMENT,
			    "fd %d is not a container with an IOMMU of type 1",
			    map->target.container_fd);
	return fail(error, errnum, VFIO_P2P_CAUSE_BAD_ARGUMENT,
		    "fd %d is not an iommufd that has the IOAS %u",
		    map->target.iommufd, map->target.ioas_id);
}

/*
 * What takes the IOVA is not looked at in the same order everywhere, so ENODEV may come
 * from the dma-buf, EFAULT from the pages.
 */
int iova_diagnose(const struct vfio_p2p_iova_mapping *map, int errnum,
		  const char *what, struct vfio_p2p_error *error)
{
	unsigned long long iova = map->iova, length = map->range.length;

	switch (errnum) {
	case EBADF:
	case ENOTTY:
	case ENOENT:
		return diagnose_target(map, errnum, error);
	case EEXIST:
		return fail(error, EEXIST, VFIO_P2P_CAUSE_IOVA_TAKEN,
			    "something is mapped at IOVA 0x%llx, or in the 0x%llx bytes behind it; unmap that first",
			    iova, length);
	case EINVAL:
	case EOVERFLOW:
	case EPERM:
		return fail(error, errnum, VFIO_P2P_CAUSE_BAD_IOVA,
			    "0x%llx bytes from IOVA 0x%llx on can't be mapped: the IOMMU does not translate all of them, or they are reserved",
			    length, iova);
	case EFAULT:
	case ENODEV:
		return fail(error, ENODEV, VFIO_P2P_CAUSE_MEMORY_OFF,
			    "BAR %u can't be reached: memory decode of the device is off, it sleeps, or it is being reset; try again when that is over",
			    map->bar);
	case ENOMEM:
		return fail(error, ENOMEM, VFIO_P2P_CAUSE_NO_MEMORY,
			    "%s: there is no memory, or RLIMIT_MEMLOCK has no room for 0x%llx bytes more",
			    what, length);
	default:
		return fail_errno(error, errnum, what);
	}
}
