// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE_DMA_BUF on the device fd: envelope, header and memory that
 * can't be read; which error wins when there are two.  The rules for regions and
 * ranges are in test_abi_ranges.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "array.h"
#include "feature_image.h"
#include "served.h"
#include "tap.h"
#include "vfio_feature.h"

#define GET	VFIO_DEVICE_FEATURE_GET
#define SET	VFIO_DEVICE_FEATURE_SET
#define PROBE	VFIO_DEVICE_FEATURE_PROBE

#define PAGE	4096
#define BAR	2	/* of the NVMe device: memory, 16 MiB */
#define NO_BAR	6	/* the ROM: not exported */

enum device { NVME, TESTDEV, NR_DEVICES };

static struct vfio_dev devices[NR_DEVICES];

/**
 * struct call - one call and what it must return
 * @what: for the message when it does not
 * @device: whose fd
 * @argsz: as in struct vfio_device_feature
 * @flags: likewise, without the feature number
 * @region: as in struct vfio_device_feature_dma_buf
 * @get_flags: its flags
 * @nr: its nr_ranges
 * @ranges: those that are there
 * @readable: how much of all of it is in memory that can be read
 * @err: the errno, or 0
 */
struct call {
	const char *what;
	enum device device;
	__u32 argsz;
	__u32 flags;
	__u32 region;
	__u32 get_flags;
	__u32 nr;
	struct vfio_region_dma_range ranges[2];
	size_t readable;
	int err;
};

/* Is 0, the new fd, or a negative errno */
static int make_call(const struct call *call)
{
	const struct feature_image image = {
		.argsz = call->argsz,
		.flags = call->flags | VFIO_DEVICE_FEATURE_DMA_BUF,
		.region = call->region,
		.get_flags = call->get_flags,
		.nr = call->nr,
		.ranges = { call->ranges[0], call->ranges[1] },
	};

	return feature_image_call(devices[call->device].fd, &image,
				  call->readable);
}

/* PROBE says 0, GET a new fd. */
static void check_call(const struct call *call)
{
	int ret = make_call(call);

	if (call->err) {
		if (ret != -call->err)
			fail_msg("%s: %d instead of %d", call->what, ret,
				 -call->err);
	} else if (call->flags & PROBE) {
		if (ret)
			fail_msg("%s: %d instead of 0", call->what, ret);
	} else {
		if (ret <= 2)
			fail_msg("%s: %d instead of an fd", call->what, ret);
		close(ret);
	}
}

static void check_calls(const struct call *calls, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		check_call(&calls[i]);
}

/* A call with which nothing is wrong; what follows overrides its members. */
#define CALL(text, ...)							\
	{								\
		.what = text, .argsz = RANGES(1), .flags = GET,		\
		.region = BAR, .nr = 1, .ranges = { { 0, PAGE } },	\
		.readable = RANGES(1), __VA_ARGS__			\
	}

#pragma GCC diagnostic ignored "-Woverride-init"

static void test_get(void **state)
{
	static const struct call calls[] = {
		CALL("GET"),
		CALL("argsz without the ranges", .argsz = HEADER),
		CALL("argsz larger than all", .argsz = 4096),
		CALL("argsz as large as can be", .argsz = ~0u),
		CALL("argsz one less than the header", .argsz = HEADER - 1,
		     .err = EINVAL),
		CALL("GET with argsz of an envelope", .argsz = ENVELOPE,
		     .err = EINVAL),
		CALL("argsz less than an envelope", .argsz = ENVELOPE - 1,
		     .err = EINVAL),
		CALL("argsz 0", .argsz = 0, .err = EINVAL),
	};

	check_calls(calls, ARRAY_SIZE(calls));
}

static void test_probe(void **state)
{
	static const struct call calls[] = {
		CALL("PROBE", .argsz = ENVELOPE, .flags = PROBE,
		     .readable = ENVELOPE),
		CALL("PROBE and GET", .argsz = ENVELOPE, .flags = PROBE | GET,
		     .readable = ENVELOPE),
		CALL("PROBE of another device", .device = TESTDEV,
		     .argsz = ENVELOPE, .flags = PROBE, .readable = ENVELOPE),
		CALL("PROBE with data", .flags = PROBE | GET),
		CALL("PROBE looks at no data", .flags = PROBE | GET,
		     .region = 99, .get_flags = 1, .nr = 0),
		CALL("PROBE and SET", .argsz = ENVELOPE, .flags = PROBE | SET,
		     .err = EINVAL),
		CALL("PROBE, GET and SET", .argsz = ENVELOPE,
		     .flags = PROBE | GET | SET, .err = EINVAL),
		CALL("PROBE with too small an argsz", .argsz = ENVELOPE - 1,
		     .flags = PROBE, .err = EINVAL),
		CALL("PROBE with an unknown flag", .argsz = ENVELOPE,
		     .flags = PROBE | 1u << 19, .err = EINVAL),
	};

	check_calls(calls, ARRAY_SIZE(calls));
}

static void test_operations(void **state)
{
	static const struct call calls[] = {
		CALL("neither GET nor PROBE", .flags = 0, .err = EINVAL),
		CALL("SET", .flags = SET, .err = EINVAL),
		CALL("GET and SET", .flags = GET | SET, .err = EINVAL),
		CALL("GET with the lowest unknown flag", .flags = GET | 1u << 19,
		     .err = EINVAL),
		CALL("GET with the highest unknown flag",
		     .flags = GET | 1u << 31, .err = EINVAL),
	};

	check_calls(calls, ARRAY_SIZE(calls));
}

static void test_header(void **state)
{
	static const struct call calls[] = {
		CALL("no ranges", .nr = 0, .err = EINVAL),
		CALL("lowest flag", .get_flags = 1, .err = EINVAL),
		CALL("highest flag", .get_flags = 1u << 31, .err = EINVAL),
		CALL("no ranges, before the region", .nr = 0, .region = NO_BAR,
		     .err = EINVAL),
		CALL("flags, before the region", .get_flags = 1,
		     .region = NO_BAR, .err = EINVAL),
		CALL("the region alone", .region = NO_BAR, .err = ENODEV),
	};

	check_calls(calls, ARRAY_SIZE(calls));
}

static void test_unreadable(void **state)
{
	static const struct call calls[] = {
		CALL("no envelope", .readable = 0, .err = EFAULT),
		CALL("half an envelope", .readable = ENVELOPE - 4,
		     .err = EFAULT),
		CALL("half an envelope, before its argsz", .argsz = 0,
		     .readable = ENVELOPE - 4, .err = EFAULT),
		CALL("no header", .readable = ENVELOPE, .err = EFAULT),
		CALL("a part of the header", .readable = HEADER - 1,
		     .err = EFAULT),
		CALL("no range", .readable = HEADER, .err = EFAULT),
		CALL("a part of a range", .readable = RANGES(1) - 1,
		     .err = EFAULT),
		CALL("the second range", .nr = 2, .readable = RANGES(1),
		     .err = EFAULT),
		CALL("a part of the second range", .nr = 2,
		     .readable = RANGES(2) - 1, .err = EFAULT),
		CALL("both ranges there", .nr = 2,
		     .ranges = { { 0, PAGE }, { 0, PAGE } },
		     .readable = RANGES(2)),
	};

	check_calls(calls, ARRAY_SIZE(calls));
	assert_int_equal(ioctl(devices[NVME].fd, VFIO_DEVICE_FEATURE, NULL),
			 -1);
	assert_int_equal(errno, EFAULT);
}

/* Of two errors the one that upstream sees first. */
static void test_order(void **state)
{
	static const struct call calls[] = {
		CALL("operation, before the header", .flags = SET,
		     .readable = ENVELOPE, .err = EINVAL),
		CALL("argsz, before the header", .argsz = HEADER - 1,
		     .readable = ENVELOPE, .err = EINVAL),
		CALL("header flags, before the ranges", .get_flags = 1,
		     .readable = HEADER, .err = EINVAL),
		CALL("region, before unreadable ranges", .region = NO_BAR,
		     .readable = HEADER, .err = ENODEV),
		CALL("empty BAR, before unreadable ranges", .region = 1,
		     .readable = HEADER, .err = ENODEV),
		CALL("region, before too many ranges", .region = NO_BAR,
		     .nr = VFIO_P2P_MAX_RANGES + 1, .err = ENODEV),
		CALL("too many ranges, before unreadable ones",
		     .nr = VFIO_P2P_MAX_RANGES + 1, .readable = HEADER,
		     .err = ENOMEM),
		CALL("as many ranges as can be said", .nr = ~0u,
		     .readable = HEADER, .err = ENOMEM),
		CALL("not too many ranges, but unreadable",
		     .nr = VFIO_P2P_MAX_RANGES, .readable = HEADER,
		     .err = EFAULT),
		CALL("unreadable range, before a bad one", .nr = 2,
		     .ranges = { { 1, 0 } }, .readable = RANGES(1),
		     .err = EFAULT),
		CALL("unreadable range, before an I/O BAR", .device = TESTDEV,
		     .region = 1, .readable = HEADER, .err = EFAULT),
		CALL("I/O BAR", .device = TESTDEV, .region = 1, .err = EINVAL),
	};

	check_calls(calls, ARRAY_SIZE(calls));
}

/* Features that are not ours are answered as vfio-pci does. */
static void test_other_features(void **state)
{
	assert_errno(vfio_feature_probe(devices[NVME].fd, 0xffff, GET), ENOTTY);
	assert_errno(vfio_feature_probe(devices[NVME].fd, 0xffff, 0), ENOTTY);
	assert_ok(vfio_feature_probe(devices[NVME].fd,
				     VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, SET));
	assert_errno(vfio_feature_probe(devices[NVME].fd,
					VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
					GET), EINVAL);
	assert_errno(vfio_feature_probe(devices[NVME].fd,
					VFIO_DEVICE_FEATURE_MIGRATION, GET),
		     ENOTTY);
}

static int setup(void **state)
{
	served_open(&devices[NVME], "EXPORTER_NVME");
	served_open(&devices[TESTDEV], "ERRNO_TESTDEV");

	return 0;
}

static int teardown(void **state)
{
	int i;

	for (i = 0; i < NR_DEVICES; i++)
		vfio_dev_close(&devices[i]);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_other_features),
	};

	return tap_run(tests, setup, teardown);
}
