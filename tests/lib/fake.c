// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls of the library, answered by a kernel of our own.  The linker
 * puts __wrap_open() where the library says open(); anything that the library
 * should not do fails the test.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "../../src/lib/iommufd.h"

struct fake fake;

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.feature_errno = ENOTTY;
	fake.open_errno = ENOENT;
	fake.info_flags = VFIO_DEVICE_FLAGS_PCI;
	fake.bar_size[0] = 256;
	fake.bar_size[2] = 65536;
	fake.capabilities = VFIO_P2P_CAP_EXPORT | VFIO_P2P_CAP_ROUTE;
}

void fake_load_module(void)
{
	fake.open_errno = 0;
	fake.sysfs = true;
}

static int answer(int errnum, int value)
{
	if (!errnum)
		return value;
	errno = errnum;
	return -1;
}

int __wrap_open(const char *path, int flags, ...)
{
	int ret;

	assert_true(flags & O_CLOEXEC);
	if (!strcmp(path, "/dev/vfio-p2p-dmabuf")) {
		assert_int_equal(flags & O_ACCMODE, O_RDWR);
		ret = answer(fake.open_errno, FAKE_MODULE);
	} else {
		assert_string_equal(path, "/proc/thread-self/fdinfo/1004");
		ret = answer(fake.fdinfo ? 0 : fake.read_errno ?: ENOENT,
			     FAKE_FDINFO);
	}
	fake.opened += ret >= 0;
	return ret;
}

int __wrap_close(int fd)
{
	if (fd == FAKE_MODULE || fd == FAKE_FDINFO) {
		fake.opened--;
	} else {
		assert_true(fake.closes && (fd == FAKE_DMABUF ||
					    fd == FAKE_SLICE));
		fake.made--;
	}
	/* What happened before counts, not what close() leaves behind. */
	errno = EINTR;
	return 0;
}

int __wrap_access(const char *path, int mode)
{
	assert_int_equal(mode, F_OK);
	assert_string_equal(path, "/sys/module/vfio_p2p_dmabuf");
	return answer(fake.sysfs ? 0 : ENOENT, 0);
}

ssize_t __wrap_read(int fd, void *buf, size_t size)
{
	size_t length = strlen(fake.fdinfo);

	assert_int_equal(fd, FAKE_FDINFO);
	if (fake.read_errno)
		return answer(fake.read_errno, 0);
	if (length > size)
		length = size;
	memcpy(buf, fake.fdinfo, length);
	return (ssize_t)length;
}

/* cmocka itself needs memory, but not while the library runs. */
void *__wrap_malloc(size_t size)
{
	if (fake.no_memory) {
		errno = ENOMEM;
		return NULL;
	}
	return __real_malloc(size);
}

static void note_export(uint32_t bar, uint32_t open_flags, uint32_t nr_ranges,
			const struct vfio_p2p_range *ranges)
{
	fake.bar = bar;
	fake.open_flags = open_flags;
	fake.nr_ranges = nr_ranges;
	if (nr_ranges > FAKE_MAX_RANGES)
		nr_ranges = FAKE_MAX_RANGES;
	memcpy(fake.ranges, ranges, nr_ranges * sizeof(*ranges));
}

static int make(int errnum, int fd)
{
	fake.made += !errnum;
	return answer(errnum, fd);
}

static int feature(struct vfio_device_feature *head)
{
	struct vfio_device_feature_dma_buf *get = (void *)head->data;

	fake.features++;
	if (head->flags == (VFIO_DEVICE_FEATURE_PROBE |
			    VFIO_DEVICE_FEATURE_GET |
			    VFIO_DEVICE_FEATURE_DMA_BUF)) {
		assert_int_equal(head->argsz, sizeof(*head));
		return answer(fake.feature_errno, 0);
	}

	assert_int_equal(head->flags, VFIO_DEVICE_FEATURE_GET |
				      VFIO_DEVICE_FEATURE_DMA_BUF);
	assert_int_equal(head->argsz, sizeof(*head) + sizeof(*get) +
			 (uint64_t)get->nr_ranges * sizeof(*get->dma_ranges));
	assert_int_equal(get->flags, 0);
	if (!fake.feature_errno)
		note_export(get->region_index, get->open_flags, get->nr_ranges,
			    (const void *)get->dma_ranges);
	return make(fake.feature_errno, FAKE_DMABUF);
}

static int region_info(struct vfio_region_info *info)
{
	assert_int_equal(info->argsz, sizeof(*info));
	if (info->index >= 9)
		return answer(EINVAL, 0);
	info->size = info->index < 6 ? fake.bar_size[info->index] : 0;
	info->offset = (uint64_t)info->index << 40;
	return 0;
}

static int device_call(unsigned long command, void *arg)
{
	struct vfio_device_info *info = arg;

	switch (command) {
	case VFIO_DEVICE_FEATURE:
		return feature(arg);
	case VFIO_DEVICE_GET_INFO:
		assert_int_equal(info->argsz, sizeof(*info));
		info->flags = fake.info_flags;
		return answer(fake.info_errno, 0);
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(arg);
	default:
		fail_msg("device call %lx", command);
		return -1;
	}
}

static int module_export(const struct vfio_p2p_export *args)
{
	fake.exports++;
	assert_int_equal(args->argsz, sizeof(*args));
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.flags = args->flags;
	if (!fake.export_errno)
		note_export(args->region_index, args->open_flags,
			    args->nr_ranges,
			    (const void *)(uintptr_t)args->ranges);
	return make(fake.export_errno, FAKE_DMABUF);
}

static int module_route(struct vfio_p2p_route *args)
{
	struct vfio_p2p_route asked = *args;

	assert_int_equal(args->argsz, sizeof(*args));
	assert_int_equal(args->flags, 0);
	assert_int_equal(args->reserved, 0);
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.peer = args->peer;
	if (fake.route_errno)
		return answer(fake.route_errno, 0);

	*args = fake.route;
	args->argsz = asked.argsz;
	args->peer = asked.peer;
	return 0;
}

static int module_revoke(const struct vfio_p2p_revoke *args)
{
	assert_int_equal(args->argsz, sizeof(*args));
	assert_int_equal(args->flags, 0);
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.revoked = args->dmabuf_fd;
	return answer(fake.revoke_errno, 0);
}

static int module_info(struct vfio_p2p_info *args)
{
	assert_int_equal(args->argsz, sizeof(*args));
	assert_int_equal(args->flags, 0);
	args->abi_version = 1;
	args->capabilities = fake.capabilities;
	return answer(fake.module_errno, 0);
}

static int module_register(struct vfio_p2p_register *args)
{
	assert_int_equal(args->argsz, sizeof(*args));
	assert_int_equal(args->reserved, 0);
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.registers++;
	fake.flags = args->flags;
	fake.bar = args->region_index;
	fake.pages.offset = args->offset;
	fake.pages.length = args->length;
	if (!fake.register_errno || fake.register_errno == EBUSY) {
		args->offset = fake.registered.offset;
		args->length = fake.registered.length;
		fake.unregistered = false;
	}
	args->granule = fake.registered.granule;
	args->reason = fake.registered.reason;
	args->bridge = fake.registered.bridge;
	return answer(fake.register_errno, 0);
}

static int module_unregister(const struct vfio_p2p_unregister *args)
{
	assert_int_equal(args->argsz, sizeof(*args));
	assert_int_equal(args->flags, 0);
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.bar = args->region_index;
	fake.pages.offset = args->offset;
	return answer(fake.unregister_errno, 0);
}

static int module_alloc(struct vfio_p2p_alloc *args)
{
	assert_int_equal(args->argsz, sizeof(*args));
	assert_int_equal(args->reserved, 0);
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.flags = args->flags;
	fake.bar = args->region_index;
	fake.open_flags = args->open_flags;
	fake.pages.length = args->length;
	if (args->flags & VFIO_P2P_ALLOC_IOMMU)
		fake.pages.offset = args->offset;
	else
		args->offset = 0x3000;
	return make(fake.unregistered ? ENOENT : fake.alloc_errno, FAKE_SLICE);
}

static int module_pool(struct vfio_p2p_pool *args)
{
	assert_int_equal(args->argsz, sizeof(*args));
	assert_int_equal(args->flags, 0);
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.bar = args->region_index;
	args->size = fake.pool.size;
	args->free = fake.pool.free;
	args->longest = fake.pool.longest;
	args->pools = fake.pool.pools;
	args->slices = fake.pool.slices;
	return answer(fake.pool_errno, 0);
}

static int module_call(unsigned long command, void *arg)
{
	switch (command) {
	case VFIO_P2P_INFO:
		return module_info(arg);
	case VFIO_P2P_EXPORT:
		return module_export(arg);
	case VFIO_P2P_ROUTE:
		return module_route(arg);
	case VFIO_P2P_REVOKE:
		return module_revoke(arg);
	case VFIO_P2P_REGISTER:
		return module_register(arg);
	case VFIO_P2P_UNREGISTER:
		return module_unregister(arg);
	case VFIO_P2P_ALLOC:
		return module_alloc(arg);
	case VFIO_P2P_POOL:
		return module_pool(arg);
	default:
		fail_msg("module call %lx", command);
		return -1;
	}
}

/* The process's own mappings are none of ours. */
void *__wrap_mmap(void *addr, size_t length, int prot, int flags, int fd,
		  off_t offset)
{
	if (fd != FAKE_SLICE && fd != FAKE_DEVICE)
		return __real_mmap(addr, length, prot, flags, fd, offset);

	assert_null(addr);
	assert_int_equal(flags, MAP_SHARED);
	assert_true(prot & PROT_READ);
	if (fake.mmap_errno) {
		errno = fake.mmap_errno;
		return MAP_FAILED;
	}
	fake.mmaps++;
	if (fd == FAKE_SLICE) {
		assert_int_equal(offset, 0);
		return FAKE_SLICE_ADDR;
	}
	fake.pages.offset = (uint64_t)offset;
	fake.pages.length = length;
	return FAKE_DEVICE_ADDR;
}

int __wrap_munmap(void *addr, size_t length)
{
	if (addr != FAKE_SLICE_ADDR && addr != FAKE_DEVICE_ADDR)
		return __real_munmap(addr, length);

	assert_int_equal(length, fake.pages.length);
	/* Not before what has it pinned is gone */
	assert_int_equal(fake.maps, 0);
	fake.mmaps--;
	errno = EINTR;
	return 0;
}

static int map_at(unsigned long command, uint32_t flags, uint64_t iova,
		  uint64_t length)
{
	fake.map_command = command;
	fake.map_flags = flags;
	fake.iova = iova;
	fake.mapped = length;
	if (!fake.map_errno)
		fake.maps++;
	return answer(fake.map_errno, 0);
}

static int unmap_at(uint64_t iova, uint64_t length)
{
	assert_int_equal(iova, fake.iova);
	assert_int_equal(length, fake.mapped);
	if (!fake.unmap_errno || fake.unmap_errno == ENOENT)
		fake.maps = 0;
	return answer(fake.unmap_errno, 0);
}

static int iommufd_map(const struct iommu_ioas_map *args)
{
	assert_int_equal(args->size, sizeof(*args));
	assert_int_equal(args->ioas_id, FAKE_IOAS);
	assert_int_equal(args->__reserved, 0);
	assert_int_equal(args->user_va, (uintptr_t)FAKE_SLICE_ADDR);
	return map_at(IOMMU_IOAS_MAP, args->flags, args->iova, args->length);
}

static int iommufd_map_file(const struct iommu_ioas_map_file *args)
{
	assert_int_equal(args->size, sizeof(*args));
	assert_int_equal(args->ioas_id, FAKE_IOAS);
	assert_int_equal(args->fd, FAKE_DMABUF);
	assert_int_equal(args->start, 0);
	return map_at(IOMMU_IOAS_MAP_FILE, args->flags, args->iova,
		      args->length);
}

static int iommufd_call(unsigned long command, void *arg)
{
	const struct iommu_ioas_unmap *unmap = arg;

	switch (command) {
	case IOMMU_IOAS_MAP:
		return iommufd_map(arg);
	case IOMMU_IOAS_MAP_FILE:
		return iommufd_map_file(arg);
	case IOMMU_IOAS_UNMAP:
		assert_int_equal(unmap->size, sizeof(*unmap));
		assert_int_equal(unmap->ioas_id, FAKE_IOAS);
		return unmap_at(unmap->iova, unmap->length);
	default:
		fail_msg("iommufd call %lx", command);
		return -1;
	}
}

static int container_call(unsigned long command, void *arg)
{
	const struct vfio_iommu_type1_dma_unmap *unmap = arg;
	const struct vfio_iommu_type1_dma_map *map = arg;

	switch (command) {
	case VFIO_IOMMU_MAP_DMA:
		assert_int_equal(map->argsz, sizeof(*map));
		assert_int_equal(map->vaddr, (uintptr_t)FAKE_DEVICE_ADDR);
		return map_at(command, map->flags, map->iova, map->size);
	case VFIO_IOMMU_UNMAP_DMA:
		assert_int_equal(unmap->argsz, sizeof(*unmap));
		assert_int_equal(unmap->flags, 0);
		return unmap_at(unmap->iova, unmap->size);
	default:
		fail_msg("container call %lx", command);
		return -1;
	}
}

int __wrap_ioctl(int fd, unsigned long command, ...)
{
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);

	switch (fd) {
	case FAKE_DEVICE:
		return device_call(command, arg);
	case FAKE_MODULE:
		assert_int_equal(fake.opened, 1);
		return module_call(command, arg);
	case FAKE_IOMMUFD:
		return iommufd_call(command, arg);
	case FAKE_CONTAINER:
		return container_call(command, arg);
	case FAKE_FOREIGN:
		return answer(ENOTTY, 0);
	default:
		return answer(EBADF, 0);
	}
}
