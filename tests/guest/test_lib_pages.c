// SPDX-License-Identifier: GPL-2.0-only
/* libvfio-p2p and BARs with pages: what comes and goes, and what excludes what. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "env.h"
#include "kmod.h"
#include "library.h"
#include "pattern.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"

#define BAR	2
#define PAGE	4096
#define MIB	(1024 * 1024ull)

static struct vfio_dev dev = { .fd = -1 };
static bool has_pages;

static int setup(void **state)
{
	uint64_t capabilities = 0;

	served_open(&dev, "EXPORTER_NVME");
	assert_in_range(vfio_p2p_module_abi(&capabilities, NULL), 1, 1000);
	has_pages = capabilities & VFIO_P2P_CAP_PAGES;
	return 0;
}

static int teardown(void **state)
{
	vfio_dev_close(&dev);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static void need_pages(void)
{
	if (!has_pages)
		skip();
}

static int register_part(uint64_t offset, uint64_t length)
{
	return vfio_p2p_register(dev.fd, BAR, offset, length, &said);
}

static int unregister(uint64_t offset)
{
	return vfio_p2p_unregister(dev.fd, BAR, offset, &said);
}

static int alloc(uint64_t length)
{
	return vfio_p2p_alloc(dev.fd, BAR, length, O_RDWR, NULL, &said);
}

static void expect_pool(uint64_t size, uint64_t free, uint32_t pools,
			uint32_t slices)
{
	struct vfio_p2p_pool_state pool;

	assert_done(vfio_p2p_pool(dev.fd, BAR, &pool, &said));
	assert_int_equal(pool.size, size);
	assert_int_equal(pool.free, free);
	assert_int_equal(pool.pools, pools);
	assert_int_equal(pool.slices, slices);
	assert_in_range(pool.longest, 0, free);
}

static char *map(int fd, size_t size)
{
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (addr == MAP_FAILED)
		fail_msg("mmap: %s", strerror(errno));
	return addr;
}

static void test_life(void **state)
{
	uint64_t offset = 0;
	__u32 value;
	char *addr;
	int slice;

	need_pages();
	expect_pool(0, 0, 0, 0);
	assert_done(register_part(2 * MIB, 4 * MIB));
	assert_done(register_part(8 * MIB, 2 * MIB));
	expect_pool(6 * MIB, 6 * MIB, 2, 0);
	slice = assert_done(vfio_p2p_alloc(dev.fd, BAR, 4 * PAGE, O_RDWR,
					   &offset, &said));
	assert_int_equal(offset, 2 * MIB);
	assert_int_equal(fcntl(slice, F_GETFD), FD_CLOEXEC);
	expect_pool(6 * MIB, 6 * MIB - 4 * PAGE, 2, 1);
	addr = map(slice, 4 * PAGE);
	close(slice);
	pattern_fill_io(addr, 4 * PAGE, 7, 0);
	assert_int_equal(pattern_check_io(addr, 4 * PAGE, 7, 0), 4 * PAGE);

	assert_done(unregister(2 * MIB));
	assert_errno(touch_read(addr, &value), EFAULT);
	expect_pool(2 * MIB, 2 * MIB, 1, 0);
	munmap(addr, 4 * PAGE);
	assert_done(unregister(8 * MIB));
	expect_pool(0, 0, 0, 0);
}

static void test_refusals(void **state)
{
	int slice;

	need_pages();
	expect_cause(alloc(PAGE), ENOENT, VFIO_P2P_CAUSE_NOT_REGISTERED);
	expect_cause(unregister(0), ENOENT, VFIO_P2P_CAUSE_NOT_REGISTERED);
	expect_cause(register_part(MIB, 2 * MIB), EINVAL,
		     VFIO_P2P_CAUSE_BAD_RANGE);
	expect_cause(register_part(16 * MIB, 2 * MIB), EINVAL,
		     VFIO_P2P_CAUSE_BAD_RANGE);
	expect_cause(vfio_p2p_register(dev.fd, 4, 0, 0, &said), ENODEV,
		     VFIO_P2P_CAUSE_NO_BAR);
	expect_cause(vfio_p2p_register(-1, BAR, 0, 0, &said), EBADF,
		     VFIO_P2P_CAUSE_NO_DEVICE);
	assert_done(register_part(0, 2 * MIB));
	expect_cause(register_part(0, 4 * MIB), EBUSY,
		     VFIO_P2P_CAUSE_BAR_IN_USE);
	slice = assert_done(alloc(MIB));
	expect_cause(alloc(MIB + PAGE), ENOSPC, VFIO_P2P_CAUSE_NO_ROOM);
	/* More pages than 32 bits can count */
	expect_cause(alloc(1ull << 44), ENOSPC, VFIO_P2P_CAUSE_NO_ROOM);
	expect_cause(alloc((1ull << 44) + PAGE), ENOSPC, VFIO_P2P_CAUSE_NO_ROOM);
	close(slice);
	assert_done(unregister(0));
}

/* What is exported is not registered, and the other way round. */
static void test_exclusion(void **state)
{
	const struct vfio_p2p_range range = { .length = MIB };
	int dmabuf;

	need_pages();
	dmabuf = assert_done(vfio_p2p_export_bar(dev.fd, BAR, &said));
	expect_cause(register_part(0, 0), EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE);
	close(dmabuf);
	assert_done(register_part(0, 0));
	expect_cause(vfio_p2p_export_bar(dev.fd, BAR, &said), EBUSY,
		     VFIO_P2P_CAUSE_BAR_IN_USE);

	dmabuf = assert_done(vfio_p2p_export_with_flags(dev.fd, BAR, &range, 1,
							O_RDWR,
							VFIO_P2P_EXPORT_PAGES,
							&said));
	expect_pool(16 * MIB, 15 * MIB, 1, 1);
	expect_cause(vfio_p2p_export_with_flags(dev.fd, BAR, &range, 1, O_RDWR,
						VFIO_P2P_EXPORT_PAGES, &said),
		     EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE);
	close(dmabuf);
	assert_done(unregister(0));
	expect_cause(vfio_p2p_export_with_flags(dev.fd, BAR, &range, 1, O_RDWR,
						VFIO_P2P_EXPORT_PAGES, &said),
		     ENOENT, VFIO_P2P_CAUSE_NOT_REGISTERED);
}

/* Who pins has it in his hand. */
static void test_pinned(void **state)
{
	struct iovec iov = { .iov_len = PAGE };
	char *addr;
	int fds[2], slice;

	need_pages();
	assert_done(register_part(0, 2 * MIB));
	slice = assert_done(alloc(PAGE));
	addr = map(slice, PAGE);
	iov.iov_base = addr;
	assert_ok(pipe2(fds, O_CLOEXEC));
	assert_int_equal(vmsplice(fds[1], &iov, 1, 0), PAGE);
	expect_cause(unregister(0), EBUSY, VFIO_P2P_CAUSE_PINNED);
	close(fds[0]);
	close(fds[1]);
	assert_done(unregister(0));
	munmap(addr, PAGE);
	close(slice);
}

static void test_not_here(void **state)
{
	if (has_pages)
		skip();
	expect_cause(register_part(0, 0), EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES);
	expect_cause(alloc(PAGE), EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_exclusion),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_not_here),
	};

	return tap_run(tests, setup, teardown);
}
