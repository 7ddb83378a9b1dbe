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
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"

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
	assert_true(fd == FAKE_MODULE || fd == FAKE_FDINFO);
	fake.opened--;
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
	return answer(fake.feature_errno, FAKE_DMABUF);
}

static int region_info(struct vfio_region_info *info)
{
	assert_int_equal(info->argsz, sizeof(*info));
	if (info->index >= 9)
		return answer(EINVAL, 0);
	info->size = info->index < 6 ? fake.bar_size[info->index] : 0;
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
	return answer(fake.export_errno, FAKE_DMABUF);
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
	assert_int_equal(args->flags, 0);
	assert_int_equal(args->reserved, 0);
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.bar = args->region_index;
	fake.pages.offset = args->offset;
	fake.pages.length = args->length;
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
	assert_int_equal(args->flags, 0);
	assert_int_equal(args->reserved, 0);
	assert_int_equal(args->device_fd, FAKE_DEVICE);
	fake.bar = args->region_index;
	fake.open_flags = args->open_flags;
	fake.pages.length = args->length;
	args->offset = 0x3000;
	return answer(fake.alloc_errno, FAKE_SLICE);
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
	case FAKE_FOREIGN:
		return answer(ENOTTY, 0);
	default:
		return answer(EBADF, 0);
	}
}
