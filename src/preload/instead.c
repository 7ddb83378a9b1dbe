// SPDX-License-Identifier: GPL-2.0-only
/* What iommufd can take, instead of what it is given */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/iommufd.h"
#include "../lib/iova.h"
#include "bars.h"
#include "dmabufs.h"
#include "instead.h"
#include "real.h"

/* If this is in the environment, what is done is told. */
#define LOG	"VFIO_P2P_IOMMUFD_LOG"

static void say(const struct vfio_p2p_iova_mapping *map, const char *what)
{
	if (getenv(LOG))
		fprintf(stderr,
			"libvfio-p2p-iommufd: BAR %u, 0x%llx bytes at IOVA 0x%llx: %s\n",
			map->bar, (unsigned long long)map->range.length,
			(unsigned long long)map->iova, what);
}

/*
 * The pages of the whole mapping, once and for all.  If there are none it is of more use
 * to know why there were none in time than that it is too late by now.
 */
static int get_pages(struct bar *bar, struct vfio_p2p_error *error)
{
	const struct vfio_p2p_iova_mapping whole = {
		.device_fd = bar->device_fd,
		.bar = bar->number,
		.range = { .offset = bar->offset, .length = bar->length },
	};
	void *addr;
	int fd;

	if (bar->pages)
		return 1;
	fd = iova_get_slice(&whole, error);
	if (fd < 0) {
		if (bar->unprepared.errnum)
			*error = bar->unprepared;
		return 0;
	}
	addr = real_mmap(NULL, bar->length, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);
	close(fd);
	if (addr == MAP_FAILED) {
		snprintf(error->text, sizeof(error->text), "mmap: %s",
			 strerror(errno));
		return 0;
	}
	bar->pages = addr;
	return 1;
}

/* MAP's way to the kernel tells what goes where; ARGS has the address of the pages. */
static int map_pages(struct bar *bar, const struct vfio_p2p_iova_mapping *map,
		     struct iommu_ioas_map *args)
{
	struct vfio_p2p_error error;

	if (!get_pages(bar, &error)) {
		say(map, error.text);
		return 0;
	}
	args->user_va = (uintptr_t)bar->pages + map->range.offset - bar->offset;
	if (real_ioctl(map->target.iommufd, IOMMU_IOAS_MAP, args)) {
		say(map, strerror(errno));
		return 0;
	}
	say(map, "by its pages");
	return 1;
}

/* What the library calls such a mapping */
static struct vfio_p2p_iova_mapping describe(int iommufd, const struct bar *bar,
					     uint64_t offset,
					     const struct iommu_ioas_map *args)
{
	struct vfio_p2p_iova_mapping map = {
		.target = { .iommufd = iommufd, .ioas_id = args->ioas_id },
		.device_fd = bar->device_fd,
		.bar = bar->number,
		.range = { .offset = offset, .length = args->length },
		.iova = args->iova,
	};

	if (args->flags & IOMMU_IOAS_MAP_READABLE)
		map.access |= VFIO_P2P_IOVA_READ;
	if (args->flags & IOMMU_IOAS_MAP_WRITEABLE)
		map.access |= VFIO_P2P_IOVA_WRITE;
	return map;
}

/* From 6.19 on, for who does not know dma-bufs */
static int map_dmabuf(const struct vfio_p2p_iova_mapping *map,
		      const struct iommu_ioas_map *args)
{
	struct vfio_p2p_error error;
	int ret;

	if (!(args->flags & IOMMU_IOAS_MAP_FIXED_IOVA))
		return 0;
	ret = iova_map_dmabuf(map, &error);
	if (ret < 0)
		say(map, error.text);
	else if (!ret)
		say(map, "by a dma-buf");
	return !ret;
}

static int map_address(int iommufd, struct bar *bar,
		       struct iommu_ioas_map *args)
{
	const uint64_t delta = args->user_va - bar->addr;
	const struct vfio_p2p_iova_mapping map =
		describe(iommufd, bar, bar->offset + delta, args);
	struct iommu_ioas_map copy = *args;

	if (map_dmabuf(&map, args))
		return 1;
	if (!map_pages(bar, &map, &copy))
		return 0;
	args->iova = copy.iova;
	return 1;
}

int map_instead(int iommufd, struct iommu_ioas_map *args)
{
	struct bar *bar;
	int done = 0;

	if (args->size != sizeof(*args))
		return 0;
	bars_lock();
	bar = bars_find_address(args->user_va, args->length);
	if (bar)
		done = map_address(iommufd, bar, args);
	bars_unlock();
	return done;
}

/* The same, as if it were mapped by the address where the process has that part */
static int map_offset(int iommufd, const struct iommu_ioas_map_file *args,
		      const struct dmabuf *dmabuf)
{
	const uint64_t offset = dmabuf->range.offset + args->start;
	struct iommu_ioas_map copy = {
		.size = sizeof(copy),
		.flags = args->flags,
		.ioas_id = args->ioas_id,
		.length = args->length,
		.iova = args->iova,
	};
	struct vfio_p2p_iova_mapping map;
	struct bar *bar;

	bar = bars_find_offset(dmabuf->device, dmabuf->number, offset,
			       args->length);
	if (!bar)
		return 0;
	map = describe(iommufd, bar, offset, &copy);
	return map_pages(bar, &map, &copy);
}

int map_file_instead(int iommufd, const struct iommu_ioas_map_file *args)
{
	struct dmabuf dmabuf;
	int done = 0;

	if (args->size != sizeof(*args) ||
	    !(args->flags & IOMMU_IOAS_MAP_FIXED_IOVA) ||
	    !dmabufs_find(args->fd, &dmabuf) ||
	    args->start > dmabuf.range.length ||
	    args->length > dmabuf.range.length - args->start)
		return 0;
	bars_lock();
	done = map_offset(iommufd, args, &dmabuf);
	bars_unlock();
	return done;
}
