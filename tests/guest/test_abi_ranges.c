// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which regions and ranges can be exported, and the errno of those that can't:
 * the same by the feature of the device fd and by VFIO_P2P_EXPORT.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "array.h"
#include "bar.h"
#include "p2p.h"
#include "served.h"
#include "tap.h"
#include "vfio_feature.h"
#include "vfio_region.h"

#define PAGE	4096ULL
#define LAST	0xfffffffffffff000ULL	/* the last page of all addresses */
#define BIT63	(1ULL << 63)

#define BAR	2	/* of the NVMe device */
#define SIZE	(16ULL << 20)

enum device { NVME, IVSHMEM, TESTDEV, NR_DEVICES };

static const char * const names[NR_DEVICES] = {
	"EXPORTER_NVME", "EXPORTER_IVSHMEM", "ERRNO_TESTDEV",
};

static struct vfio_dev devices[NR_DEVICES];
static int control;

/**
 * struct rule - one export and what must come of it
 * @what: for the message when something else does
 * @device: whose fd
 * @region: region index
 * @nr: how many ranges
 * @ranges: the ranges
 * @err: the errno, or 0
 */
struct rule {
	const char *what;
	enum device device;
	__u32 region;
	__u32 nr;
	struct vfio_p2p_range ranges[3];
	int err;
};

static int by_feature(const struct rule *rule)
{
	struct vfio_region_dma_range ranges[3];
	int i;

	for (i = 0; i < 3; i++) {
		ranges[i].offset = rule->ranges[i].offset;
		ranges[i].length = rule->ranges[i].length;
	}

	return vfio_feature_dma_buf(devices[rule->device].fd, rule->region,
				    O_RDWR | O_CLOEXEC, ranges, rule->nr);
}

static int by_control(const struct rule *rule)
{
	return p2p_export(control, devices[rule->device].fd, rule->region,
			  O_RDWR | O_CLOEXEC, rule->ranges, rule->nr);
}

/* The dma-buf must have the size of all its ranges together. */
static void check_result(const struct rule *rule, const char *door, int ret)
{
	long long size = 0;
	__u32 i;

	if (rule->err) {
		if (ret != -rule->err)
			fail_msg("%s, %s: %d instead of %d", rule->what, door,
				 ret, -rule->err);
		return;
	}
	if (ret < 0)
		fail_msg("%s, %s: %d instead of an fd", rule->what, door, ret);

	for (i = 0; i < rule->nr; i++)
		size += rule->ranges[i].length;
	if (lseek(ret, 0, SEEK_END) != size)
		fail_msg("%s, %s: %lld bytes instead of %lld", rule->what, door,
			 (long long)lseek(ret, 0, SEEK_END), size);
	close(ret);
}

static void check_rule(const struct rule *rule)
{
	check_result(rule, "by feature", by_feature(rule));
	check_result(rule, "by EXPORT", by_control(rule));
}

static void check_rules(const struct rule *rules, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		check_rule(&rules[i]);
}

#define ONE(text, device, region, err, offset, length) \
	{ text, device, region, 1, { { offset, length } }, err }
#define TWO(text, device, region, err, o1, l1, o2, l2) \
	{ text, device, region, 2, { { o1, l1 }, { o2, l2 } }, err }

static void test_regions(void **state)
{
	static const struct rule rules[] = {
		ONE("registers of NVMe", NVME, 0, 0, 0, PAGE),
		ONE("memory BAR", NVME, BAR, 0, 0, PAGE),
		ONE("memory BAR of ivshmem", IVSHMEM, 2, 0, 0, SIZE),
		ONE("BAR of one page", TESTDEV, 0, 0, 0, PAGE),
		ONE("small memory BAR", TESTDEV, 2, 0, 0, 16 * PAGE),
		ONE("upper half of BAR 0", NVME, 1, ENODEV, 0, PAGE),
		ONE("upper half of BAR 2", NVME, 3, ENODEV, 0, PAGE),
		ONE("empty BAR 4", NVME, 4, ENODEV, 0, PAGE),
		ONE("empty BAR 5", NVME, 5, ENODEV, 0, PAGE),
		ONE("empty BAR of ivshmem", IVSHMEM, 1, ENODEV, 0, PAGE),
		ONE("empty BAR of testdev", TESTDEV, 5, ENODEV, 0, PAGE),
		ONE("ROM", NVME, 6, ENODEV, 0, PAGE),
		ONE("config space", NVME, 7, ENODEV, 0, PAGE),
		ONE("VGA", NVME, 8, ENODEV, 0, PAGE),
		ONE("first device specific region", NVME, 9, ENODEV, 0, PAGE),
		ONE("region 999", NVME, 999, ENODEV, 0, PAGE),
		ONE("region -1", NVME, ~0u, ENODEV, 0, PAGE),
		ONE("I/O BAR", TESTDEV, 1, EINVAL, 0, PAGE),
		ONE("page of a smaller BAR", IVSHMEM, 0, EINVAL, 0, PAGE),
		ONE("all of a smaller BAR", IVSHMEM, 0, EINVAL, 0, 256),
	};

	check_rules(rules, ARRAY_SIZE(rules));
}

/* No part of a BAR is left out, the MSI-X table neither. */
static void test_msix_table(void **state)
{
	const struct rule rule = {
		"all registers", NVME, 0, 1,
		{ { 0, vfio_region_size(&devices[NVME], 0) } }, 0
	};

	assert_true(rule.ranges[0].length > 2 * PAGE);
	check_rule(&rule);
}

static void test_range(void **state)
{
	static const struct rule rules[] = {
		ONE("all", NVME, BAR, 0, 0, SIZE),
		ONE("second page", NVME, BAR, 0, PAGE, PAGE),
		ONE("last page", NVME, BAR, 0, SIZE - PAGE, PAGE),
		ONE("from the middle to the end", NVME, BAR, 0, SIZE / 2,
		    SIZE / 2),
		ONE("empty", NVME, BAR, EINVAL, 0, 0),
		ONE("empty at the end", NVME, BAR, EINVAL, SIZE, 0),
		ONE("offset 1", NVME, BAR, EINVAL, 1, PAGE),
		ONE("offset of half a page", NVME, BAR, EINVAL, 2048, PAGE),
		ONE("offset of a page and 1", NVME, BAR, EINVAL, PAGE + 1,
		    PAGE),
		ONE("length 1", NVME, BAR, EINVAL, 0, 1),
		ONE("length of a page but 1", NVME, BAR, EINVAL, 0, PAGE - 1),
		ONE("length of a page and 1", NVME, BAR, EINVAL, 0, PAGE + 1),
		ONE("a page past the end", NVME, BAR, EINVAL, SIZE, PAGE),
		ONE("half past the end", NVME, BAR, EINVAL, SIZE - PAGE,
		    2 * PAGE),
		ONE("longer than the BAR", NVME, BAR, EINVAL, 0, SIZE + PAGE),
		ONE("far away", NVME, BAR, EINVAL, 1ULL << 40, PAGE),
		ONE("very long", NVME, BAR, EINVAL, 0, 1ULL << 62),
		ONE("longest without bit 63", NVME, BAR, EINVAL, 0,
		    BIT63 - PAGE),
		ONE("bit 63 of the length", NVME, BAR, EINVAL, 0, BIT63),
		ONE("longest", NVME, BAR, EINVAL, 0, LAST),
	};

	check_rules(rules, ARRAY_SIZE(rules));
}

static void test_several(void **state)
{
	static const struct rule rules[] = {
		TWO("neighbours", NVME, BAR, 0, 0, PAGE, PAGE, PAGE),
		TWO("a gap", NVME, BAR, 0, 0, PAGE, 2 * PAGE, PAGE),
		TWO("backwards", NVME, BAR, 0, 2 * PAGE, PAGE, 0, PAGE),
		TWO("twice the same", NVME, BAR, 0, PAGE, PAGE, PAGE, PAGE),
		TWO("overlap", NVME, BAR, 0, 0, 2 * PAGE, PAGE, 2 * PAGE),
		TWO("one in the other", NVME, BAR, 0, 0, SIZE, PAGE, PAGE),
		TWO("all twice", NVME, BAR, 0, 0, SIZE, 0, SIZE),
		TWO("second is empty", NVME, BAR, EINVAL, 0, PAGE, PAGE, 0),
		TWO("second has an odd offset", NVME, BAR, EINVAL, 0, PAGE, 512,
		    PAGE),
		TWO("second has an odd length", NVME, BAR, EINVAL, 0, PAGE,
		    PAGE, 512),
		TWO("second is past the end", NVME, BAR, EINVAL, 0, PAGE, SIZE,
		    PAGE),
		TWO("sum overflows to nothing", NVME, BAR, EINVAL, 0, BIT63, 0,
		    BIT63),
		TWO("sum overflows to a page", NVME, BAR, EINVAL, 0, LAST, 0,
		    2 * PAGE),
		{ "three, the last bad", NVME, BAR, 3,
		  { { 0, PAGE }, { PAGE, PAGE }, { 1, PAGE } }, EINVAL },
		{ "three", NVME, BAR, 3,
		  { { 0, PAGE }, { 0, PAGE }, { SIZE - PAGE, PAGE } }, 0 },
	};

	check_rules(rules, ARRAY_SIZE(rules));
}

/* The end of a range is no address. */
static void test_overflow(void **state)
{
	static const struct rule rules[] = {
		ONE("offset", NVME, BAR, EOVERFLOW, LAST, PAGE),
		ONE("offset and a long length", NVME, BAR, EOVERFLOW, LAST,
		    BIT63 - PAGE),
		TWO("second", NVME, BAR, EOVERFLOW, 0, PAGE, LAST, PAGE),
	};

	check_rules(rules, ARRAY_SIZE(rules));
}

/* Where the BAR begins matters. */
static void test_overflow_at_bar(void **state)
{
	const __u64 start = pci_bar_start(devices[NVME].bdf, BAR);
	const struct rule rules[] = {
		ONE("last page of all, length 1 page", NVME, BAR, EOVERFLOW,
		    LAST - start, PAGE),
		ONE("last but one", NVME, BAR, EINVAL, LAST - PAGE - start,
		    PAGE),
		ONE("last but one, two pages", NVME, BAR, EOVERFLOW,
		    LAST - PAGE - start, 2 * PAGE),
		ONE("start is no address", NVME, BAR, EOVERFLOW,
		    LAST + PAGE - start, PAGE),
	};

	check_rules(rules, ARRAY_SIZE(rules));
}

/* Of two errors the one that upstream sees first. */
static void test_order(void **state)
{
	static const struct rule rules[] = {
		ONE("region, before the range", NVME, 6, ENODEV, 1, 0),
		ONE("region, before an overflow", NVME, 7, ENODEV, LAST, PAGE),
		ONE("empty BAR, before the range", NVME, 4, ENODEV, 1, 0),
		ONE("bit 63, before an overflow", NVME, BAR, EINVAL, LAST,
		    BIT63),
		ONE("alignment, before an overflow", NVME, BAR, EINVAL,
		    LAST + 1, PAGE),
		ONE("I/O BAR, before an overflow", TESTDEV, 1, EINVAL, LAST,
		    PAGE),
		TWO("alignment of all, before an overflow of one", NVME, BAR,
		    EINVAL, LAST, PAGE, 0, 1),
		TWO("sum of all, before an overflow of one", NVME, BAR, EINVAL,
		    LAST, PAGE, 0, BIT63),
		TWO("alignment of all, before the end of one", NVME, BAR,
		    EINVAL, SIZE, PAGE, 0, 1),
		TWO("first past the end, second overflows", NVME, BAR, EINVAL,
		    SIZE, PAGE, LAST, PAGE),
		TWO("first overflows, second past the end", NVME, BAR,
		    EOVERFLOW, LAST, PAGE, SIZE, PAGE),
	};

	check_rules(rules, ARRAY_SIZE(rules));
}

static int setup(void **state)
{
	int i;

	for (i = 0; i < NR_DEVICES; i++)
		served_open(&devices[i], names[i]);
	control = assert_ok(p2p_open());

	return 0;
}

static int teardown(void **state)
{
	int i;

	close(control);
	for (i = 0; i < NR_DEVICES; i++)
		vfio_dev_close(&devices[i]);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_msix_table),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_overflow_at_bar),
		cmocka_unit_test(test_order),
	};

	return tap_run(tests, setup, teardown);
}
