// SPDX-License-Identifier: GPL-2.0-only
/* Who is asked for an export, with what, and which error comes of what */
#include <fcntl.h>

#include "check.h"

#define BAR	2
#define PAGE	4096

static struct vfio_p2p_error error;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	memset(&error, 0x5a, sizeof(error));
	return 0;
}

static int export_page(void)
{
	return vfio_p2p_export_slice(FAKE_DEVICE, BAR, PAGE, PAGE, &error);
}

/* An error is not touched by success. */
static void expect_success(int ret)
{
	if (ret != FAKE_DMABUF)
		fail_msg("%d: %s", ret, error.text);
	assert_int_equal(error.text[0], 0x5a);
	assert_int_equal(fake.opened, 0);
}

static void expect_asked(uint64_t offset, uint64_t length)
{
	assert_int_equal(fake.bar, BAR);
	assert_int_equal(fake.open_flags, O_RDWR | O_CLOEXEC);
	assert_int_equal(fake.nr_ranges, 1);
	assert_int_equal(fake.ranges[0].offset, offset);
	assert_int_equal(fake.ranges[0].length, length);
}

static void test_by_feature(void **state)
{
	(void)state;
	fake.feature_errno = 0;
	expect_success(export_page());
	expect_asked(PAGE, PAGE);
	assert_int_equal(fake.exports, 0);
}

/* The feature comes first, also where the module is. */
static void test_feature_first(void **state)
{
	(void)state;
	fake_load_module();
	fake.feature_errno = 0;
	expect_success(export_page());
	assert_int_equal(fake.features, 1);
	assert_int_equal(fake.exports, 0);
}

static void test_by_module(void **state)
{
	(void)state;
	fake_load_module();
	expect_success(export_page());
	expect_asked(PAGE, PAGE);
	assert_int_equal(fake.exports, 1);
	assert_int_equal(fake.flags, 0);
}

static void test_whole_bar(void **state)
{
	(void)state;
	fake.feature_errno = 0;
	expect_success(vfio_p2p_export_bar(FAKE_DEVICE, BAR, &error));
	expect_asked(0, 65536);
}

static void test_slices(void **state)
{
	static const struct vfio_p2p_range ranges[] = {
		{ .offset = 2 * PAGE, .length = PAGE },
		{ .offset = 0, .length = 3 * PAGE },
		{ .offset = 2 * PAGE, .length = PAGE },
	};
	int module;

	(void)state;
	for (module = 0; module < 2; module++) {
		fake_reset();
		if (module)
			fake_load_module();
		else
			fake.feature_errno = 0;
		expect_success(vfio_p2p_export_slices(FAKE_DEVICE, BAR, ranges,
						      3, O_RDONLY,
						      VFIO_P2P_BACKEND_ANY,
						      &error));
		assert_int_equal(fake.nr_ranges, 3);
		assert_memory_equal(fake.ranges, ranges, sizeof(ranges));
		assert_int_equal(fake.open_flags, O_RDONLY | O_CLOEXEC);
	}
}

static int export_by(enum vfio_p2p_backend backend)
{
	const struct vfio_p2p_range range = { .length = PAGE };

	return vfio_p2p_export_slices(FAKE_DEVICE, BAR, &range, 1, O_RDWR,
				      backend, &error);
}

static void test_one_backend_only(void **state)
{
	(void)state;
	fake_load_module();
	fake.feature_errno = 0;
	expect_success(export_by(VFIO_P2P_BACKEND_MODULE));
	assert_int_equal(fake.features, 0);
	expect_success(export_by(VFIO_P2P_BACKEND_FEATURE));
	assert_int_equal(fake.exports, 1);

	fake.feature_errno = ENOTTY;
	expect_error(export_by(VFIO_P2P_BACKEND_FEATURE), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_EXPORTER, "modprobe vfio_p2p_dmabuf");
	assert_int_equal(fake.exports, 1);

	fake_reset();
	expect_error(export_by(VFIO_P2P_BACKEND_MODULE), &error, ENOENT,
		     VFIO_P2P_CAUSE_NO_MODULE, "modprobe vfio_p2p_dmabuf");
	assert_int_equal(fake.features, 0);
}

static void test_nobody_there(void **state)
{
	(void)state;
	expect_error(export_page(), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_EXPORTER,
		     "this kernel does not export BARs itself, and the module vfio_p2p_dmabuf is not loaded; load it: modprobe vfio_p2p_dmabuf");
	expect_error(vfio_p2p_probe(FAKE_DEVICE, &error), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_EXPORTER, "modprobe");
	/* A container that has sysfs and not the node */
	fake.sysfs = true;
	expect_error(export_page(), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_EXPORTER, "container");
}

static void test_node_refused(void **state)
{
	static const struct {
		int errnum;
		enum vfio_p2p_cause cause;
		const char *words;
	} cases[] = {
		{ EACCES, VFIO_P2P_CAUSE_NO_ACCESS, "permission" },
		{ EPERM, VFIO_P2P_CAUSE_NO_ACCESS, "permission" },
		{ EMFILE, VFIO_P2P_CAUSE_NO_FDS, "ulimit -n" },
		{ ENFILE, VFIO_P2P_CAUSE_NO_FDS, "file-max" },
		{ ELOOP, VFIO_P2P_CAUSE_OTHER, "symbolic links" },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fake.open_errno = cases[i].errnum;
		expect_error(export_page(), &error, cases[i].errnum,
			     cases[i].cause, cases[i].words);
		expect_error(vfio_p2p_module_abi(NULL, &error), &error,
			     cases[i].errnum, cases[i].cause, cases[i].words);
		expect_error(vfio_p2p_probe(FAKE_DEVICE, &error), &error,
			     cases[i].errnum, cases[i].cause, cases[i].words);
	}
}

static void test_not_served(void **state)
{
	(void)state;
	/* The module leaves this device alone. */
	fake_load_module();
	fake.export_errno = ENOTTY;
	fake.route_errno = ENOTTY;
	expect_error(export_page(), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NOT_SERVED, "bind the device to vfio-pci");
	expect_error(vfio_p2p_probe(FAKE_DEVICE, &error), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NOT_SERVED, "vfio-pci");
	/* Its driver says so; then the module would say no other. */
	fake.feature_errno = EOPNOTSUPP;
	fake.exports = 0;
	expect_error(export_page(), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NOT_SERVED, "vfio-pci");
	assert_int_equal(fake.exports, 0);
	expect_error(vfio_p2p_probe(FAKE_DEVICE, &error), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NOT_SERVED, "vfio-pci");
}

static void expect_no_device(int fd, int errnum, const char *words)
{
	expect_error(vfio_p2p_export_slice(fd, BAR, 0, PAGE, &error), &error,
		     errnum, VFIO_P2P_CAUSE_NO_DEVICE, words);
	expect_error(vfio_p2p_export_bar(fd, BAR, &error), &error, errnum,
		     VFIO_P2P_CAUSE_NO_DEVICE, words);
	expect_error(vfio_p2p_probe(fd, &error), &error, errnum,
		     VFIO_P2P_CAUSE_NO_DEVICE, words);
}

static void test_no_device(void **state)
{
	(void)state;
	expect_no_device(FAKE_FOREIGN, EINVAL, "fd 1001 is not a vfio device");
	expect_no_device(FAKE_CLOSED, EBADF, "fd 1005 is not open");
	expect_no_device(-1, EBADF, "fd -1 is not open");
	/* A cdev before it is bound */
	fake.feature_errno = EINVAL;
	fake.info_errno = EINVAL;
	expect_no_device(FAKE_DEVICE, EINVAL, "VFIO_DEVICE_BIND_IOMMUFD");
	fake.info_errno = 0;
	fake.info_flags = VFIO_DEVICE_FLAGS_PLATFORM;
	expect_no_device(FAKE_DEVICE, EINVAL, "not a PCI device");
}

static void test_asleep(void **state)
{
	(void)state;
	fake.feature_errno = EIO;
	expect_error(export_page(), &error, EIO, VFIO_P2P_CAUSE_ASLEEP,
		     "woken up");
	fake.info_errno = EIO;
	expect_error(vfio_p2p_export_bar(FAKE_DEVICE, BAR, &error), &error, EIO,
		     VFIO_P2P_CAUSE_ASLEEP, "woken up");
}

static void expect_bad_range(uint64_t offset, uint64_t length, int errnum,
			     const char *words)
{
	const struct vfio_p2p_range ranges[] = {
		{ .offset = 0, .length = PAGE },
		{ .offset = offset, .length = length },
	};

	fake.feature_errno = errnum;
	expect_error(vfio_p2p_export_slices(FAKE_DEVICE, BAR, ranges, 2, O_RDWR,
					    VFIO_P2P_BACKEND_ANY, &error),
		     &error, errnum, VFIO_P2P_CAUSE_BAD_RANGE, words);
}

static void test_bad_ranges(void **state)
{
	(void)state;
	expect_bad_range(PAGE, 0, EINVAL, "range 1 is empty");
	expect_bad_range(8, PAGE, EINVAL,
			 "range 1: its offset, 0x8, is not a multiple of the page size, 0x1000");
	expect_bad_range(0, PAGE + 1, EINVAL, "its length, 0x1001,");
	expect_bad_range(65536, PAGE, EINVAL,
			 "0x1000 bytes from 0x10000 on, is not within BAR 2, which has 0x10000 bytes");
	expect_bad_range(65536 - PAGE, 2 * PAGE, EINVAL, "not within");
	expect_bad_range(0xfffffffffffff000, PAGE, EOVERFLOW, "not within");
	expect_bad_range(PAGE, 0xfffffffffffff000, EOVERFLOW, "not within");
}

static void test_no_ranges(void **state)
{
	static const struct vfio_p2p_range range = { .length = PAGE };

	(void)state;
	expect_error(vfio_p2p_export_slices(FAKE_DEVICE, BAR, &range, 0, O_RDWR,
					    VFIO_P2P_BACKEND_ANY, &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "no range");
	expect_error(vfio_p2p_export_slices(FAKE_DEVICE, BAR, NULL, 1, O_RDWR,
					    VFIO_P2P_BACKEND_ANY, &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "no range");
	assert_int_equal(fake.features, 0);
}

/* Numbers that are too large for the call do not come out as small ones. */
static void test_too_many_ranges(void **state)
{
	static const size_t numbers[] = {
		VFIO_P2P_MAX_RANGES + 1, 1u << 28, (1ul << 32) + 1,
		(1ul << 60) + 1,
	};
	static const struct vfio_p2p_range
		ranges[VFIO_P2P_MAX_RANGES + 1] = { { .length = PAGE } };
	unsigned int i;

	(void)state;
	fake_load_module();
	fake.feature_errno = ENOMEM;
	fake.export_errno = ENOMEM;
	for (i = 0; i < 2 * ARRAY_SIZE(numbers); i++)
		expect_error(vfio_p2p_export_slices(FAKE_DEVICE, BAR, ranges,
						    numbers[i / 2], O_RDWR,
						    VFIO_P2P_BACKEND_FEATURE +
						    i % 2, &error),
			     &error, ENOMEM, VFIO_P2P_CAUSE_TOO_MANY_RANGES,
			     "at most 262144");
	assert_int_equal(fake.features, 1);
}

static void test_bad_arguments(void **state)
{
	static const struct vfio_p2p_range range = { .length = PAGE };

	(void)state;
	expect_error(vfio_p2p_export_slices(FAKE_DEVICE, BAR, &range, 1,
					    O_RDWR | O_CREAT,
					    VFIO_P2P_BACKEND_ANY, &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT, "O_RDWR");
	expect_error(vfio_p2p_export_slices(FAKE_DEVICE, BAR, &range, 1, O_RDWR,
					    (enum vfio_p2p_backend)9, &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT, "backend 9");
	assert_int_equal(fake.features, 0);
	fake.feature_errno = EFAULT;
	expect_error(export_page(), &error, EFAULT, VFIO_P2P_CAUSE_BAD_ARGUMENT,
		     "pointer");
}

static void test_bars(void **state)
{
	(void)state;
	fake.feature_errno = ENODEV;
	expect_error(vfio_p2p_export_bar(FAKE_DEVICE, 6, &error), &error, ENODEV,
		     VFIO_P2P_CAUSE_NO_BAR, "no BAR 6; a PCI device has BARs 0 to 5");
	expect_error(vfio_p2p_export_slice(FAKE_DEVICE, 999, 0, PAGE, &error),
		     &error, ENODEV, VFIO_P2P_CAUSE_NO_BAR, "no BAR 999");
	expect_error(vfio_p2p_export_bar(FAKE_DEVICE, 1, &error), &error, ENODEV,
		     VFIO_P2P_CAUSE_NO_BAR, "the device has no BAR 1");
	expect_error(vfio_p2p_export_slice(FAKE_DEVICE, 1, 0, PAGE, &error),
		     &error, ENODEV, VFIO_P2P_CAUSE_NO_BAR, "no BAR 1");
	expect_error(export_page(), &error, ENODEV, VFIO_P2P_CAUSE_BAR_BUSY,
		     "BAR 2 can't be had");
	fake.feature_errno = EINVAL;
	expect_error(vfio_p2p_export_bar(FAKE_DEVICE, 0, &error), &error, EINVAL,
		     VFIO_P2P_CAUSE_BAD_RANGE,
		     "BAR 0 has 256 bytes; less than a page");
	expect_error(export_page(), &error, EINVAL, VFIO_P2P_CAUSE_NO_BAR,
		     "I/O BAR");
}

static void test_registered(void **state)
{
	(void)state;
	fake.feature_errno = EBUSY;
	expect_error(export_page(), &error, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
		     "BAR 2 is registered");
}

static void test_out_of_resources(void **state)
{
	int ret;

	(void)state;
	fake.feature_errno = ENOMEM;
	expect_error(export_page(), &error, ENOMEM, VFIO_P2P_CAUSE_NO_MEMORY,
		     "memory");
	fake.feature_errno = EMFILE;
	expect_error(export_page(), &error, EMFILE, VFIO_P2P_CAUSE_NO_FDS,
		     "ulimit -n");
	fake.feature_errno = 0;
	fake.no_memory = true;
	ret = export_page();
	fake.no_memory = false;
	expect_error(ret, &error, ENOMEM, VFIO_P2P_CAUSE_NO_MEMORY, "memory");
	assert_int_equal(fake.features, 2);
}

static void test_probe(void **state)
{
	(void)state;
	fake_load_module();
	fake.route_errno = ENODEV;
	assert_int_equal(vfio_p2p_probe(FAKE_DEVICE, &error),
			 VFIO_P2P_BACKEND_MODULE);
	fake.feature_errno = 0;
	assert_int_equal(vfio_p2p_probe(FAKE_DEVICE, &error),
			 VFIO_P2P_BACKEND_FEATURE);
	assert_int_equal(fake.exports, 0);
	assert_int_equal(fake.opened, 0);
}

/* Whoever wants no sentence gets the same numbers. */
static void test_without_error(void **state)
{
	(void)state;
	assert_int_equal(vfio_p2p_export_slice(FAKE_DEVICE, BAR, 0, PAGE, NULL),
			 -EOPNOTSUPP);
	assert_int_equal(vfio_p2p_export_bar(FAKE_FOREIGN, BAR, NULL), -EINVAL);
	assert_int_equal(vfio_p2p_probe(FAKE_CLOSED, NULL), -EBADF);
	assert_int_equal(vfio_p2p_module_abi(NULL, NULL), -ENOENT);
	assert_int_equal(vfio_p2p_made_by(FAKE_DMABUF, NULL), -EBADF);
	fake.feature_errno = 0;
	assert_int_equal(vfio_p2p_export_bar(FAKE_DEVICE, BAR, NULL),
			 FAKE_DMABUF);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_feature),
		TEST(test_feature_first),
		TEST(test_by_module),
		TEST(test_whole_bar),
		TEST(test_slices),
		TEST(test_one_backend_only),
		TEST(test_nobody_there),
		TEST(test_node_refused),
		TEST(test_not_served),
		TEST(test_no_device),
		TEST(test_asleep),
		TEST(test_bad_ranges),
		TEST(test_no_ranges),
		TEST(test_too_many_ranges),
		TEST(test_bad_arguments),
		TEST(test_bars),
		TEST(test_registered),
		TEST(test_out_of_resources),
		TEST(test_probe),
		TEST(test_without_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
