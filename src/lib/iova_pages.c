// SPDX-License-Identifier: GPL-2.0-only
/* The module's pages of a BAR, for an IOMMU: how they come, and why they don't */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "diagnose.h"
#include "error.h"
#include "iova.h"
#include "module.h"

/*
 * As much of the BAR as can have pages; the answer is in ARGS.
 *
 * That it is refused as busy is no failure here: somebody else may have done it at the
 * same time.  The slice tells.
 */
static int register_bar(int fd, const struct vfio_p2p_iova_mapping *map,
			struct vfio_p2p_register *args,
			struct vfio_p2p_error *error)
{
	int ret;

	*args = (struct vfio_p2p_register) {
		.argsz = sizeof(*args),
		.flags = VFIO_P2P_REGISTER_IOMMU,
		.device_fd = map->device_fd,
		.region_index = map->bar,
	};
	ret = module_register(fd, args);
	if (!ret || ret == -EBUSY)
		return ret;
	return diagnose_register(fd, args, -ret, error);
}

/* Is all of RANGE in what the BAR could have? */
static int could_have(const struct vfio_p2p_register *args,
		      const struct vfio_p2p_range *range)
{
	return range->offset >= args->offset &&
	       range->length <= args->length &&
	       range->offset - args->offset <= args->length - range->length;
}

/* BUSY: it was refused, and is not registered all the same. */
static int diagnose_slice(int fd, const struct vfio_p2p_iova_mapping *map,
			  const struct vfio_p2p_register *args, int busy,
			  int errnum, struct vfio_p2p_error *error)
{
	struct vfio_p2p_pool pool;

	if (errnum != ENOENT)
		return diagnose_device(map->device_fd, errnum,
				       "allocation of the pages", error);
	if (!module_pool(fd, map->device_fd, map->bar, &pool) && pool.size)
		return fail(error, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
			    "BAR %u has pages for files already (vfio_p2p_register()), which excludes those for an IOMMU; end that registration first",
			    map->bar);
	if (busy && could_have(args, &map->range))
		return fail(error, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
			    "BAR %u can't get pages for an IOMMU any more: it is mmapped through vfio already, or exported, or registered in part (see the kernel log); call vfio_p2p_iova_prepare() before it is mmapped",
			    map->bar);
	return fail(error, EINVAL, VFIO_P2P_CAUSE_NO_PAGES,
		    "0x%llx bytes from 0x%llx on of BAR %u: not all of that can have pages, or is in one part; the kernel log says which part can",
		    map->range.length, map->range.offset, map->bar);
}

static int alloc_slice(int fd, const struct vfio_p2p_iova_mapping *map)
{
	struct vfio_p2p_alloc args = {
		.argsz = sizeof(args),
		.flags = VFIO_P2P_ALLOC_IOMMU,
		.device_fd = map->device_fd,
		.region_index = map->bar,
		.open_flags = O_RDWR | O_CLOEXEC,
		.length = map->range.length,
		.offset = map->range.offset,
	};

	return module_alloc(fd, &args);
}

/* What is there takes none of the rights that it takes to make it. */
static int get_slice(int fd, const struct vfio_p2p_iova_mapping *map,
		     struct vfio_p2p_error *error)
{
	struct vfio_p2p_register args;
	int busy, ret;

	ret = alloc_slice(fd, map);
	if (ret >= 0)
		return ret;

	busy = register_bar(fd, map, &args, error);
	if (busy && busy != -EBUSY)
		return busy;
	ret = alloc_slice(fd, map);
	return ret < 0 ? diagnose_slice(fd, map, &args, busy, -ret, error) :
			 ret;
}

/* The module's fd; if there is none nobody gives the BAR to an iommufd. */
static int open_module(int device_fd, struct vfio_p2p_error *error)
{
	struct vfio_p2p_error opening;
	int fd = module_open(&opening);

	return fd < 0 ? diagnose_no_exporter(device_fd, &opening, error) : fd;
}

int iova_has_pages(int device_fd)
{
	struct vfio_p2p_info info;
	struct vfio_p2p_error opening;
	int fd = module_open(&opening);
	int ret;

	if (fd < 0)
		return 0;
	ret = !module_info(fd, &info) &&
	      (info.capabilities & VFIO_P2P_CAP_IOMMU_PAGES) &&
	      !module_probe(fd, device_fd);
	close(fd);
	return ret;
}

int iova_get_slice(const struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error)
{
	int fd, ret;

	fd = open_module(map->device_fd, error);
	if (fd < 0)
		return fd;

	ret = get_slice(fd, map, error);
	close(fd);
	return ret;
}

static int look_for_slice(int fd, const struct vfio_p2p_iova_mapping *map)
{
	int slice = alloc_slice(fd, map);

	if (slice < 0)
		return slice;
	close(slice);
	return 0;
}

/* Some BARs can have pages for a part only: which, the answer to a registration tells. */
static int prepare(int fd, struct vfio_p2p_iova_mapping *map,
		   struct vfio_p2p_error *error)
{
	struct vfio_p2p_register args;
	int busy, ret;

	if (!look_for_slice(fd, map))
		return 0;

	busy = register_bar(fd, map, &args, error);
	if (busy != -EBUSY)
		return busy;
	map->range.offset = args.offset;
	map->range.length = args.length;
	ret = look_for_slice(fd, map);
	return ret ? diagnose_slice(fd, map, &args, busy, -ret, error) : 0;
}

int iova_prepare_pages(struct vfio_p2p_iova_mapping *map,
		       struct vfio_p2p_error *error)
{
	int fd, ret;

	fd = open_module(map->device_fd, error);
	if (fd < 0)
		return fd;

	ret = prepare(fd, map, error);
	close(fd);
	return ret;
}
