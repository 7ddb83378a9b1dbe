// SPDX-License-Identifier: GPL-2.0-only
/* BARs with struct pages, and slices of them. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "bdf.h"
#include "device.h"
#include "diagnose.h"
#include "error.h"
#include "module.h"

/* What all have in common */
static int diagnose(int fd, int device_fd, int errnum, const char *what,
		    struct vfio_p2p_error *error)
{
	int ret;

	if (errnum == ENOTTY || errnum == EOPNOTSUPP) {
		ret = diagnose_capability(fd, VFIO_P2P_CAP_PAGES, error);
		if (ret)
			return ret;
	}
	return diagnose_device(device_fd, errnum, what, error);
}

/* How much of the BAR is registered; 0 if that can't be known */
static __u64 registered(int fd, int device_fd, unsigned int bar)
{
	struct vfio_p2p_pool pool;

	return module_pool(fd, device_fd, bar, &pool) ? 0 : pool.size;
}

static int diagnose_part(const struct vfio_p2p_register *args, __u64 size,
			 struct vfio_p2p_error *error)
{
	__u64 length = args->offset || args->length ? args->length : size;
	unsigned int bar = args->region_index;

	if (!length)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			    "the part is empty; length 0 means all of the BAR, from offset 0 on");
	if (args->offset > size || length > size - args->offset)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			    "0x%llx bytes from 0x%llx on are not within BAR %u, which has 0x%llx bytes",
			    length, args->offset, bar, size);
	if (size < args->granule)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			    "BAR %u has %llu KiB; this kernel makes pages in units of %llu KiB",
			    bar, size >> 10, args->granule >> 10);
	if (args->offset % args->granule || length % args->granule)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			    "0x%llx bytes from 0x%llx on: this kernel makes pages in units of %llu KiB, of which both have to be multiples",
			    length, args->offset, args->granule >> 10);
	return fail(error, EINVAL, VFIO_P2P_CAUSE_NO_BAR,
		    "BAR %u can't have pages; is it an I/O BAR?  Only memory BARs that vfio can map can",
		    bar);
}

/* Without a granule the module has not come to look at the BAR. */
static int diagnose_range(const struct vfio_p2p_register *args,
			  struct vfio_p2p_error *error)
{
	__u64 size;
	int ret;

	if (!args->granule)
		return diagnose_device(args->device_fd, EINVAL,
				       "registration of the BAR", error);
	ret = device_bar_size(args->device_fd, args->region_index, &size,
			      error);
	return ret ? ret : diagnose_part(args, size, error);
}

static int diagnose_route(const struct vfio_p2p_register *args,
			  struct vfio_p2p_error *error)
{
	char bridge[VFIO_P2P_BDF_SIZE];

	bdf_format(&args->bridge, bridge);
	switch (args->reason) {
	case VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN:
		return fail(error, EHOSTUNREACH, VFIO_P2P_CAUSE_NO_ROUTE,
			    "not every device reaches the BAR: host bridge %s is not known to route between its ports; if you know that it does, load the module with host_bridges=",
			    bridge);
	case VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY:
		return fail(error, EHOSTUNREACH, VFIO_P2P_CAUSE_NO_ROUTE,
			    "not every device reaches the BAR: host bridge %s routes between its own ports only, and there are others; if you know that they do, too, load the module with host_bridges=",
			    bridge);
	default:
		return fail(error, EHOSTUNREACH, VFIO_P2P_CAUSE_NO_ROUTE,
			    "not every device reaches the BAR (rule %u at %s)",
			    args->reason, bridge);
	}
}

/* What is registered is neither exported nor mapped. */
static int diagnose_use(int fd, const struct vfio_p2p_register *args,
			struct vfio_p2p_error *error)
{
	unsigned int bar = args->region_index;

	if (registered(fd, args->device_fd, bar))
		return fail(error, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
			    "this part of BAR %u, or a part of it, is registered already",
			    bar);
	return fail(error, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
		    "BAR %u is exported as a dma-buf, mapped through the device's fd, or has pages for an IOMMU; end that first; if there is nothing, try again, and see the kernel log",
		    bar);
}

/* A module that does not know the flags refuses them. */
static int diagnose_flags(int fd, const struct vfio_p2p_register *args,
			  int errnum, struct vfio_p2p_error *error)
{
	if (!(args->flags & VFIO_P2P_REGISTER_IOMMU) || args->granule ||
	    (errnum != EINVAL && errnum != EOPNOTSUPP))
		return 0;
	return diagnose_capability(fd, VFIO_P2P_CAP_IOMMU_PAGES, error);
}

/* As no capability is missing, it is the platform. */
static int diagnose_platform(int fd, const struct vfio_p2p_register *args,
			     int errnum, struct vfio_p2p_error *error)
{
	if (!args->granule)
		return diagnose(fd, args->device_fd, errnum,
				"registration of the BAR", error);
	return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES,
		    "BAR %u can't have pages: memory is encrypted, there is no PAT, or the BAR has another address on the bus; the kernel log says which",
		    args->region_index);
}

static int diagnose_privilege(const struct vfio_p2p_register *args,
			      struct vfio_p2p_error *error)
{
	if (args->flags & VFIO_P2P_REGISTER_IOMMU)
		return fail(error, EPERM, VFIO_P2P_CAUSE_NO_ACCESS,
			    "BAR %u gets pages only for who has CAP_SYS_RAWIO, as this kernel does not clear the memory it allocates (init_on_alloc=1), or CAP_SYS_ADMIN, as this CPU has L1TF; the kernel log says which",
			    args->region_index);
	return fail(error, EPERM, VFIO_P2P_CAUSE_NO_ACCESS,
		    "this kernel does not clear the memory it allocates, so that only who has CAP_SYS_RAWIO may give a BAR pages; boot it with init_on_alloc=1");
}

/* Where the pages would be, and what memory they take */
static int diagnose_memory(const struct vfio_p2p_register *args, int errnum,
			   struct vfio_p2p_error *error)
{
	switch (errnum) {
	case ERANGE:
		return fail(error, ERANGE, VFIO_P2P_CAUSE_NO_PAGES,
			    "the address of BAR %u is beyond what this kernel maps; the kernel parameter nokaslr may help",
			    args->region_index);
	case EEXIST:
		return fail(error, EEXIST, VFIO_P2P_CAUSE_NO_PAGES,
			    "the kernel has struct pages at the address of BAR %u already, with those of the memory beside it, or from an attempt for which memory did not suffice",
			    args->region_index);
	default:
		return fail(error, ENOMEM, VFIO_P2P_CAUSE_NO_MEMORY,
			    "there is not enough memory: pages take 16 KiB for each MiB of BAR %u, and twice as much has to be available; register a part of it, or free memory",
			    args->region_index);
	}
}

int diagnose_register(int fd, const struct vfio_p2p_register *args, int errnum,
		      struct vfio_p2p_error *error)
{
	int ret = diagnose_flags(fd, args, errnum, error);

	if (ret)
		return ret;

	switch (errnum) {
	case EINVAL:
		return diagnose_range(args, error);
	case ENODEV:
		return diagnose_bar(args->device_fd, args->region_index,
				    error);
	case EBUSY:
		return diagnose_use(fd, args, error);
	case EHOSTUNREACH:
		return diagnose_route(args, error);
	case ERANGE:
	case EEXIST:
	case ENOMEM:
		return diagnose_memory(args, errnum, error);
	case EPERM:
		return diagnose_privilege(args, error);
	case ENOSPC:
		return fail(error, ENOSPC, VFIO_P2P_CAUSE_NO_ROOM,
			    "too many parts of this device's BARs are registered, 64 at most; register fewer that are larger");
	case ENOTTY:
	case EOPNOTSUPP:
		return diagnose_platform(fd, args, errnum, error);
	default:
		return diagnose(fd, args->device_fd, errnum,
				"registration of the BAR", error);
	}
}

int vfio_p2p_register(int device_fd, unsigned int bar, uint64_t offset,
		      uint64_t length, struct vfio_p2p_error *error)
{
	struct vfio_p2p_register args = {
		.argsz = sizeof(args),
		.device_fd = device_fd,
		.region_index = bar,
		.offset = offset,
		.length = length,
	};
	int fd, ret;

	fd = module_open(error);
	if (fd < 0)
		return fd;

	ret = module_register(fd, &args);
	if (ret < 0)
		ret = diagnose_register(fd, &args, -ret, error);
	close(fd);
	return ret;
}

static int diagnose_unregister(int fd, int device_fd, unsigned int bar,
			       __u64 offset, int errnum,
			       struct vfio_p2p_error *error)
{
	switch (errnum) {
	case ENOENT:
		return fail(error, ENOENT, VFIO_P2P_CAUSE_NOT_REGISTERED,
			    "no part of BAR %u that is registered begins at 0x%llx",
			    bar, offset);
	case EBUSY:
		return fail(error, EBUSY, VFIO_P2P_CAUSE_PINNED,
			    "pages of BAR %u are still pinned, by I/O or an IOMMU's mapping, in a pipe or a socket; or they are for an IOMMU, and the BAR is mmapped or exported; end that first",
			    bar);
	default:
		return diagnose(fd, device_fd, errnum,
				"end of the registration", error);
	}
}

int vfio_p2p_unregister(int device_fd, unsigned int bar, uint64_t offset,
			struct vfio_p2p_error *error)
{
	int fd, ret;

	fd = module_open(error);
	if (fd < 0)
		return fd;

	ret = module_unregister(fd, device_fd, bar, offset);
	if (ret < 0)
		ret = diagnose_unregister(fd, device_fd, bar, offset, -ret,
					  error);
	close(fd);
	return ret;
}

static int diagnose_room(int fd, const struct vfio_p2p_alloc *args,
			 struct vfio_p2p_error *error)
{
	struct vfio_p2p_pool pool;

	if (module_pool(fd, args->device_fd, args->region_index, &pool))
		pool.longest = 0;
	return fail(error, ENOSPC, VFIO_P2P_CAUSE_NO_ROOM,
		    "BAR %u has no 0x%llx bytes in one piece that are free; the longest piece has 0x%llx",
		    args->region_index, args->length, pool.longest);
}

static int diagnose_alloc(int fd, const struct vfio_p2p_alloc *args, int errnum,
			  struct vfio_p2p_error *error)
{
	switch (errnum) {
	case ENOENT:
		return fail(error, ENOENT, VFIO_P2P_CAUSE_NOT_REGISTERED,
			    "nothing of BAR %u is registered; vfio_p2p_register() does that",
			    args->region_index);
	case ENOSPC:
		return diagnose_room(fd, args, error);
	default:
		return diagnose(fd, args->device_fd, errnum,
				"allocation of a slice", error);
	}
}

static int check_arguments(uint64_t length, int open_flags,
			   struct vfio_p2p_error *error)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int mode = open_flags & ~O_CLOEXEC;

	if (mode != O_RDONLY && mode != O_RDWR)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
			    "open flags 0x%x: expected O_RDONLY or O_RDWR; without read access memory can't be mapped",
			    (unsigned int)open_flags);
	if (!length || length % page)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			    "a slice of 0x%llx bytes: expected a multiple of the page size, 0x%llx",
			    (unsigned long long)length,
			    (unsigned long long)page);
	return 0;
}

int vfio_p2p_alloc(int device_fd, unsigned int bar, uint64_t length,
		   int open_flags, uint64_t *offset,
		   struct vfio_p2p_error *error)
{
	struct vfio_p2p_alloc args = {
		.argsz = sizeof(args),
		.device_fd = device_fd,
		.region_index = bar,
		.open_flags = (__u32)open_flags | O_CLOEXEC,
		.length = length,
	};
	int fd, ret;

	ret = check_arguments(length, open_flags, error);
	if (ret)
		return ret;
	fd = module_open(error);
	if (fd < 0)
		return fd;

	ret = module_alloc(fd, &args);
	if (ret < 0)
		ret = diagnose_alloc(fd, &args, -ret, error);
	else if (offset)
		*offset = args.offset;
	close(fd);
	return ret;
}

int vfio_p2p_pool(int device_fd, unsigned int bar,
		  struct vfio_p2p_pool_state *pool,
		  struct vfio_p2p_error *error)
{
	struct vfio_p2p_pool answer;
	int fd, ret;

	fd = module_open(error);
	if (fd < 0)
		return fd;

	ret = module_pool(fd, device_fd, bar, &answer);
	if (ret < 0)
		ret = diagnose(fd, device_fd, -ret, "query of the pool", error);
	else
		*pool = (struct vfio_p2p_pool_state) {
			.size = answer.size,
			.free = answer.free,
			.longest = answer.longest,
			.pools = answer.pools,
			.slices = answer.slices,
		};
	close(fd);
	return ret;
}
