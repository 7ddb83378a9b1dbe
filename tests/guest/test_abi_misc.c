// SPDX-License-Identifier: GPL-2.0-only
/* The misc device: what its ioctls take and refuse, apart from the ranges. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "array.h"
#include "env.h"
#include "guard.h"
#include "native.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "tap.h"
#include "vfio_feature.h"

#define PAGE	4096
#define BAR	2

static struct vfio_dev dev;
static int control;

/* To be taken back, again and again */
static int dmabuf;

static const struct vfio_p2p_range one_page = { 0, PAGE };

static int call(unsigned long cmd, void *arg)
{
	int ret = ioctl(control, cmd, arg);

	return ret < 0 ? -errno : ret;
}

/*
 * The structs begin alike; a call with which nothing is wrong, of SIZE bytes.
 */
struct good_call {
	const char *name;
	unsigned long cmd;
	size_t size;
	union {
		struct {
			__u32 argsz;
			__u32 flags;
		} head;
		struct vfio_p2p_info info;
		struct vfio_p2p_export export;
		struct vfio_p2p_route route;
		struct vfio_p2p_revoke revoke;
		struct vfio_p2p_pool pool;
	} arg;
};

#define MAX_CALLS	5

/* It needs an option of the kernel, and dma-bufs of the module's. */
static bool have_pages(void)
{
	struct vfio_p2p_pool pool;
	int ret = pages_pool(control, dev.fd, BAR, &pool);

	if (ret == -EOPNOTSUPP)
		return false;
	assert_ok(ret);
	return true;
}

/* It needs more of the kernel: only what is unknown is EINVAL. */
static bool have_iommu_pages(void)
{
	int ret = pages_iommu_alloc(control, dev.fd, BAR, 0, PAGE);

	if (ret == -EOPNOTSUPP)
		return false;
	assert_errno(ret, ENOENT);
	return true;
}

/* How many there are: what the kernel makes can't be taken back. */
static int good_calls(struct good_call *calls)
{
	memset(calls, 0, MAX_CALLS * sizeof(*calls));
	calls[0].name = "INFO";
	calls[0].cmd = VFIO_P2P_INFO;
	calls[0].size = sizeof(struct vfio_p2p_info);

	calls[1].name = "EXPORT";
	calls[1].cmd = VFIO_P2P_EXPORT;
	calls[1].size = sizeof(struct vfio_p2p_export);
	calls[1].arg.export.device_fd = dev.fd;
	calls[1].arg.export.region_index = BAR;
	calls[1].arg.export.open_flags = O_RDWR | O_CLOEXEC;
	calls[1].arg.export.nr_ranges = 1;
	calls[1].arg.export.ranges = (uintptr_t)&one_page;

	calls[2].name = "ROUTE";
	calls[2].cmd = VFIO_P2P_ROUTE;
	calls[2].size = sizeof(struct vfio_p2p_route);
	calls[2].arg.route.device_fd = dev.fd;
	assert_ok(p2p_bdf_parse(env_bdf_or_skip("IMPORTER_EDU0"),
				&calls[2].arg.route.peer));
	if (native_used())
		return 3;

	calls[3].name = "REVOKE";
	calls[3].cmd = VFIO_P2P_REVOKE;
	calls[3].size = sizeof(struct vfio_p2p_revoke);
	calls[3].arg.revoke.device_fd = dev.fd;
	calls[3].arg.revoke.dmabuf_fd = dmabuf;

	if (!have_pages())
		return 4;
	calls[4].name = "POOL";
	calls[4].cmd = VFIO_P2P_POOL;
	calls[4].size = sizeof(struct vfio_p2p_pool);
	calls[4].arg.pool.device_fd = dev.fd;
	calls[4].arg.pool.region_index = BAR;
	return 5;
}

/* Run it in memory that ends behind ROOM bytes; SIZE, ARGSZ, TAIL as said. */
static int run_call(const struct good_call *good, __u32 argsz, size_t room,
		    ssize_t tail)
{
	char *image = calloc(1, room + sizeof(good->arg));
	char *arg;
	int ret;

	memcpy(image, &good->arg, good->size);
	memcpy(image, &argsz, sizeof(argsz));
	if (tail >= 0)
		image[tail] = 1;
	arg = guard_copy(image, room);
	ret = call(good->cmd, arg);
	guard_free(arg, room);
	free(image);

	return ret;
}

static void expect(const struct good_call *good, const char *what, int ret,
		   int err)
{
	if (err ? ret != -err : ret < 0)
		fail_msg("%s, %s: %d instead of %d", good->name, what, ret,
			 -err);
	if (!err && good->cmd == VFIO_P2P_EXPORT)
		close(ret);
}

static void check_argsz(const struct good_call *good)
{
	const size_t size = good->size;

	expect(good, "exact", run_call(good, size, size, -1), 0);
	expect(good, "4 more", run_call(good, size + 4, size + 4, -1), 0);
	expect(good, "one more", run_call(good, size + 1, size + 1, -1), 0);
	expect(good, "a page", run_call(good, PAGE, PAGE, -1), 0);
	expect(good, "what is behind argsz does not count",
	       run_call(good, size, size + 8, size), 0);

	expect(good, "0", run_call(good, 0, size, -1), EINVAL);
	expect(good, "head only", run_call(good, 8, size, -1), EINVAL);
	expect(good, "one less", run_call(good, size - 1, size, -1), EINVAL);
	expect(good, "short, and nothing behind argsz",
	       run_call(good, 4, 4, -1), EINVAL);

	expect(good, "first byte of the tail",
	       run_call(good, size + 8, size + 8, size), E2BIG);
	expect(good, "last byte of the tail",
	       run_call(good, size + 8, size + 8, size + 7), E2BIG);
	expect(good, "last byte of a page",
	       run_call(good, PAGE, PAGE, PAGE - 1), E2BIG);
	expect(good, "4 GiB", run_call(good, ~0u, size, -1), E2BIG);
}

static void check_memory(const struct good_call *good)
{
	const size_t size = good->size;

	expect(good, "nothing", run_call(good, size, 0, -1), EFAULT);
	expect(good, "half of argsz", run_call(good, size, 2, -1), EFAULT);
	expect(good, "only argsz", run_call(good, size, 4, -1), EFAULT);
	expect(good, "one byte is missing",
	       run_call(good, size, size - 1, -1), EFAULT);
	expect(good, "tail is missing",
	       run_call(good, size + 8, size, -1), EFAULT);
	expect(good, "NULL", call(good->cmd, NULL), EFAULT);
	expect(good, "an address of the kernel",
	       call(good->cmd, (void *)0xffffffff81000000), EFAULT);
}

static void check_flags(const struct good_call *good)
{
	struct good_call bad = *good;
	int bit;

	/* The first two of EXPORT are known. */
	for (bit = good->cmd == VFIO_P2P_EXPORT ? 2 : 0; bit < 32; bit++) {
		bad.arg.head.flags = 1u << bit;
		expect(good, "unknown flag",
		       run_call(&bad, bad.size, bad.size, -1), EINVAL);
		expect(good, "unknown flag of a larger struct",
		       run_call(&bad, bad.size + 8, bad.size + 8, -1), EINVAL);
	}
}

static void with_all_calls(void (*fn)(const struct good_call *good))
{
	struct good_call calls[MAX_CALLS];
	const int nr = good_calls(calls);
	int i;

	for (i = 0; i < nr; i++)
		fn(&calls[i]);
}

static void test_argsz(void **state)
{
	with_all_calls(check_argsz);
}

static void test_memory(void **state)
{
	with_all_calls(check_memory);
}

static void test_flags(void **state)
{
	with_all_calls(check_flags);
}

/* An answer that can't be written is EFAULT, too. */
static void test_read_only(void **state)
{
	struct good_call calls[MAX_CALLS];
	const int nr = good_calls(calls);
	char *page;
	int i;

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	for (i = 0; i < nr; i++) {
		calls[i].arg.head.argsz = calls[i].size;
		assert_int_equal(mprotect(page, PAGE, PROT_READ | PROT_WRITE),
				 0);
		memcpy(page, &calls[i].arg, calls[i].size);
		assert_int_equal(mprotect(page, PAGE, PROT_READ), 0);
		/* Some answer with their return value only. */
		expect(&calls[i], "read-only memory", call(calls[i].cmd, page),
		       calls[i].cmd == VFIO_P2P_EXPORT ||
		       calls[i].cmd == VFIO_P2P_REVOKE ? 0 : EFAULT);
	}
	munmap(page, PAGE);
}

/* What is there to be seen from here; the kernel alone is seen in test_native. */
static __u64 expected_capabilities(void)
{
	__u64 expected = VFIO_P2P_CAP_EXPORT | VFIO_P2P_CAP_ROUTE;
	int fd;

	fd = assert_ok(vfio_feature_dma_buf_range(dev.fd, BAR, 0, PAGE));
	if (!assert_ok(native_made(fd)))
		expected |= VFIO_P2P_CAP_FEATURE | VFIO_P2P_CAP_SYSFS_RESET |
			    VFIO_P2P_CAP_MMAP | VFIO_P2P_CAP_REVOKE |
			    VFIO_P2P_CAP_EXPORT_WC;
	if (have_pages())
		expected |= VFIO_P2P_CAP_PAGES;
	if (have_pages() && have_iommu_pages())
		expected |= VFIO_P2P_CAP_IOMMU_PAGES;
	if (native_there())
		expected |= VFIO_P2P_CAP_NATIVE;
	close(fd);

	return expected;
}

static void test_info(void **state)
{
	struct {
		struct vfio_p2p_info info;
		__u64 tail[2];
	} large = { .info.argsz = sizeof(large) };
	struct vfio_p2p_info info;

	assert_ok(p2p_info(control, &info));
	assert_int_equal(info.argsz, sizeof(info));
	assert_int_equal(info.flags, 0);
	assert_int_equal(info.abi_version, VFIO_P2P_ABI_VERSION);
	assert_int_equal(info.max_ranges, VFIO_P2P_MAX_RANGES);
	assert_int_equal(info.capabilities, expected_capabilities());

	assert_ok(call(VFIO_P2P_INFO, &large));
	assert_int_equal(large.info.argsz, sizeof(large));
	assert_int_equal(large.info.capabilities, info.capabilities);
	assert_int_equal(large.tail[0] | large.tail[1], 0);
}

static void test_export(void **state)
{
	const struct vfio_p2p_range ranges[2] = { { 0, PAGE }, { 0, PAGE } };
	struct vfio_p2p_range *half;

	assert_errno(p2p_export(control, dev.fd, BAR, O_RDWR, ranges, 0),
		     EINVAL);
	/* O_WRONLY | O_RDWR is no access mode. */
	assert_errno(p2p_export(control, dev.fd, BAR, O_ACCMODE, ranges, 1),
		     EINVAL);
	assert_errno(p2p_export(control, dev.fd, BAR, O_RDWR, NULL, 1), EFAULT);
	assert_errno(p2p_export(control, dev.fd, BAR, O_RDWR, (void *)-16, 1),
		     EFAULT);
	assert_errno(p2p_export(control, dev.fd, BAR, O_RDWR,
				(void *)0x8000000000000000, 1), EFAULT);
	assert_errno(p2p_export(control, dev.fd, BAR, O_RDWR, ranges, ~0u),
		     ENOMEM);

	half = guard_copy(ranges, sizeof(ranges[0]));
	assert_errno(p2p_export(control, dev.fd, BAR, O_RDWR, half, 2), EFAULT);
	close(assert_ok(p2p_export(control, dev.fd, BAR, O_RDWR, half, 1)));
	guard_free(half, sizeof(ranges[0]));

	assert_errno(p2p_export_range(control, -1, BAR, 0, PAGE), EBADF);
	assert_errno(p2p_export_range(control, 999, BAR, 0, PAGE), EBADF);
	assert_errno(p2p_export_range(control, control, BAR, 0, PAGE), EINVAL);
}

static void expect_export_flags(__u32 flags, int err)
{
	const int fd = pages_export(control, dev.fd, BAR, flags, &one_page, 1);

	if (err)
		assert_errno(fd, err);
	else
		close(assert_ok(fd));
}

/* What is not there is not offered; BAR 0 of the nvme is not prefetchable. */
static void test_export_flags(void **state)
{
	const __u32 pages = VFIO_P2P_EXPORT_PAGES, wc = VFIO_P2P_EXPORT_WC;

	expect_export_flags(pages | wc, EINVAL);
	expect_export_flags(pages | 4, EINVAL);
	if (native_used()) {
		expect_export_flags(pages, EOPNOTSUPP);
		expect_export_flags(wc, EOPNOTSUPP);
		return;
	}
	expect_export_flags(pages, have_pages() ? ENOENT : EOPNOTSUPP);
	expect_export_flags(wc, 0);
	assert_errno(pages_export(control, dev.fd, 0, wc, &one_page, 1),
		     EINVAL);
}

static void test_route(void **state)
{
	struct good_call calls[MAX_CALLS], *route = &calls[2];

	good_calls(calls);
	route->arg.route.reserved = 1;
	expect(route, "reserved", run_call(route, route->size, route->size, -1),
	       EINVAL);
	good_calls(calls);
	route->arg.route.peer.reserved = 0x8000;
	expect(route, "reserved of the BDF",
	       run_call(route, route->size, route->size, -1), EINVAL);
	good_calls(calls);
	route->arg.route.peer.domain = 0xffffffff;
	expect(route, "no such domain",
	       run_call(route, route->size, route->size, -1), ENODEV);
	good_calls(calls);
	route->arg.route.device_fd = -1;
	expect(route, "no fd", run_call(route, route->size, route->size, -1),
	       EBADF);
	good_calls(calls);
	route->arg.route.device_fd = control;
	expect(route, "no device",
	       run_call(route, route->size, route->size, -1), EINVAL);
}

static void test_unknown_ioctls(void **state)
{
	struct vfio_p2p_info info = { .argsz = sizeof(info) };
	const unsigned long cmds[] = {
		_IO(VFIO_P2P_IOC_MAGIC, 0x08),
		_IO(VFIO_P2P_IOC_MAGIC, 0x7f),
		_IO(VFIO_P2P_IOC_MAGIC, 0xff),
		_IOWR(VFIO_P2P_IOC_MAGIC, 0x00, struct vfio_p2p_info),
		_IO(VFIO_P2P_IOC_MAGIC - 1, 0x00),
		VFIO_DEVICE_FEATURE, VFIO_DEVICE_GET_INFO, VFIO_GET_API_VERSION,
		0, ~0u,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		assert_errno(call(cmds[i], &info), ENOTTY);
}

/* Like /dev/vfio/vfio it is for all: the device fd is what gives rights. */
static void test_node(void **state)
{
	struct stat node;
	char byte = 0;

	assert_int_equal(stat("/dev/" VFIO_P2P_DEVICE_NAME, &node), 0);
	assert_true(S_ISCHR(node.st_mode));
	assert_int_equal(node.st_mode & 07777, 0666);

	assert_int_equal(read(control, &byte, 1), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(write(control, &byte, 1), -1);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, control, 0),
			 MAP_FAILED);
	assert_int_equal(errno, ENODEV);
}

/* It is not the mode of the control fd that counts. */
static void test_read_only_control(void **state)
{
	int fd = assert_ok(open("/dev/" VFIO_P2P_DEVICE_NAME, O_RDONLY));

	close(assert_ok(p2p_export_range(fd, dev.fd, BAR, 0, PAGE)));
	close(fd);
}

static int setup(void **state)
{
	served_open(&dev, "EXPORTER_NVME");
	control = assert_ok(p2p_open());
	dmabuf = assert_ok(p2p_export_range(control, dev.fd, BAR, 0, PAGE));

	return 0;
}

static int teardown(void **state)
{
	close(dmabuf);
	close(control);
	vfio_dev_close(&dev);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_argsz),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_export_flags),
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_unknown_ioctls),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_read_only_control),
	};

	return tap_run(tests, setup, teardown);
}
