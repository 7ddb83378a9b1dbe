// SPDX-License-Identifier: GPL-2.0-only
/* BARs with pages: what the module is asked, and which error comes of what */
#include <fcntl.h>

#include "check.h"

#define BAR	2
#define PAGE	4096
#define MIB	(1024 * 1024ull)

static struct vfio_p2p_error error;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_load_module();
	fake.bar_size[BAR] = 16 * MIB;
	fake.capabilities |= VFIO_P2P_CAP_FEATURE | VFIO_P2P_CAP_PAGES;
	fake.registered.granule = 2 * MIB;
	memset(&error, 0x5a, sizeof(error));
	return 0;
}

static int register_part(uint64_t offset, uint64_t length)
{
	return vfio_p2p_register(FAKE_DEVICE, BAR, offset, length, &error);
}

static int unregister(void)
{
	return vfio_p2p_unregister(FAKE_DEVICE, BAR, 4 * MIB, &error);
}

static int alloc(void)
{
	return vfio_p2p_alloc(FAKE_DEVICE, BAR, 2 * PAGE, O_RDWR, NULL, &error);
}

static int pool(void)
{
	struct vfio_p2p_pool_state state;

	return vfio_p2p_pool(FAKE_DEVICE, BAR, &state, &error);
}

/* An error is not touched by success. */
static void expect_success(int ret, int wanted)
{
	if (ret != wanted)
		fail_msg("%d: %s", ret, error.text);
	assert_int_equal(error.text[0], 0x5a);
	assert_int_equal(fake.opened, 0);
	assert_int_equal(fake.bar, BAR);
}

static void test_register(void **state)
{
	(void)state;
	expect_success(register_part(0, 0), 0);
	assert_int_equal(fake.pages.length, 0);
	expect_success(register_part(4 * MIB, 2 * MIB), 0);
	assert_int_equal(fake.pages.offset, 4 * MIB);
	assert_int_equal(fake.pages.length, 2 * MIB);
	assert_int_equal(vfio_p2p_register(FAKE_DEVICE, BAR, 0, 0, NULL), 0);
}

static void test_unregister(void **state)
{
	(void)state;
	expect_success(unregister(), 0);
	assert_int_equal(fake.pages.offset, 4 * MIB);
}

static void test_alloc(void **state)
{
	uint64_t offset = 0;

	(void)state;
	expect_success(alloc(), FAKE_SLICE);
	assert_int_equal(fake.pages.length, 2 * PAGE);
	assert_int_equal(fake.open_flags, O_RDWR | O_CLOEXEC);
	expect_success(vfio_p2p_alloc(FAKE_DEVICE, BAR, PAGE, O_RDONLY, &offset,
				      &error), FAKE_SLICE);
	assert_int_equal(fake.open_flags, O_RDONLY | O_CLOEXEC);
	assert_int_equal(offset, 0x3000);
}

static void test_pool(void **state)
{
	struct vfio_p2p_pool_state answer;

	(void)state;
	fake.pool = (struct vfio_p2p_pool) {
		.size = 16 * MIB,
		.free = 12 * MIB,
		.longest = 8 * MIB,
		.pools = 2,
		.slices = 3,
	};
	memset(&answer, 0x5a, sizeof(answer));
	expect_success(vfio_p2p_pool(FAKE_DEVICE, BAR, &answer, &error), 0);
	assert_int_equal(answer.size, 16 * MIB);
	assert_int_equal(answer.free, 12 * MIB);
	assert_int_equal(answer.longest, 8 * MIB);
	assert_int_equal(answer.pools, 2);
	assert_int_equal(answer.slices, 3);
}

static void expect_bad_part(uint64_t offset, uint64_t length,
			    const char *words)
{
	fake.register_errno = EINVAL;
	expect_error(register_part(offset, length), &error, EINVAL,
		     VFIO_P2P_CAUSE_BAD_RANGE, words);
}

static void test_bad_parts(void **state)
{
	(void)state;
	expect_bad_part(2 * MIB, 0, "the part is empty");
	expect_bad_part(16 * MIB, 2 * MIB, "not within BAR 2, which has 0x1000000");
	expect_bad_part(14 * MIB, 4 * MIB, "not within");
	expect_bad_part(2 * MIB, -2 * MIB, "not within");
	expect_bad_part(MIB, 2 * MIB, "units of 2048 KiB, of which both");
	expect_bad_part(2 * MIB, PAGE, "units of 2048 KiB, of which both");
	fake.bar_size[BAR] = 65536;
	expect_bad_part(0, 0, "BAR 2 has 64 KiB; this kernel makes pages in units of 2048 KiB");
}

static void test_bars(void **state)
{
	(void)state;
	fake.register_errno = EINVAL;
	expect_error(register_part(0, 0), &error, EINVAL,
		     VFIO_P2P_CAUSE_NO_BAR, "I/O BAR");
	fake.register_errno = ENODEV;
	expect_error(register_part(0, 0), &error, ENODEV,
		     VFIO_P2P_CAUSE_BAR_BUSY, "BAR 2 can't be had");
	expect_error(vfio_p2p_register(FAKE_DEVICE, 1, 0, 0, &error), &error,
		     ENODEV, VFIO_P2P_CAUSE_NO_BAR, "the device has no BAR 1");
	expect_error(vfio_p2p_register(FAKE_DEVICE, 6, 0, 0, &error), &error,
		     ENODEV, VFIO_P2P_CAUSE_NO_BAR, "no BAR 6");
}

/* What of the BAR is there already excludes it. */
static void test_in_use(void **state)
{
	(void)state;
	fake.register_errno = EBUSY;
	expect_error(register_part(0, 0), &error, EBUSY,
		     VFIO_P2P_CAUSE_BAR_IN_USE, "exported as a dma-buf");
	assert_non_null(strstr(error.text, "see the kernel log"));
	fake.pool.size = 2 * MIB;
	expect_error(register_part(0, 0), &error, EBUSY,
		     VFIO_P2P_CAUSE_BAR_IN_USE, "registered already");
	fake.pool_errno = EIO;
	expect_error(register_part(0, 0), &error, EBUSY,
		     VFIO_P2P_CAUSE_BAR_IN_USE, "exported as a dma-buf");
}

static void test_routes(void **state)
{
	static const struct {
		uint32_t reason;
		const char *words;
	} cases[] = {
		{ VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN,
		  "host bridge 0000:80:00.0 is not known to route" },
		{ VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY,
		  "0000:80:00.0 routes between its own ports only" },
		{ 99, "rule 99" },
	};
	unsigned int i;

	(void)state;
	fake.register_errno = EHOSTUNREACH;
	fake.registered.bridge.bus = 0x80;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fake.registered.reason = cases[i].reason;
		expect_error(register_part(0, 0), &error, EHOSTUNREACH,
			     VFIO_P2P_CAUSE_NO_ROUTE, cases[i].words);
	}
}

static void test_platform(void **state)
{
	(void)state;
	fake.register_errno = EOPNOTSUPP;
	expect_error(register_part(0, 0), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_PAGES, "encrypted");
	fake.register_errno = ERANGE;
	expect_error(register_part(0, 0), &error, ERANGE,
		     VFIO_P2P_CAUSE_NO_PAGES, "nokaslr");
	fake.register_errno = EEXIST;
	expect_error(register_part(0, 0), &error, EEXIST,
		     VFIO_P2P_CAUSE_NO_PAGES, "already");
	fake.register_errno = ENOMEM;
	expect_error(register_part(0, 0), &error, ENOMEM,
		     VFIO_P2P_CAUSE_NO_MEMORY, "twice as much");
	fake.register_errno = EPERM;
	expect_error(register_part(0, 0), &error, EPERM,
		     VFIO_P2P_CAUSE_NO_ACCESS, "init_on_alloc=1");
	fake.register_errno = ENOSPC;
	expect_error(register_part(0, 0), &error, ENOSPC,
		     VFIO_P2P_CAUSE_NO_ROOM, "64 at most");
}

/* Each of the four: what the module answers, and what the library makes of it */
static void expect_from_each(int answer, int errnum, enum vfio_p2p_cause cause,
			     const char *words)
{
	fake.register_errno = answer;
	fake.unregister_errno = answer;
	fake.alloc_errno = answer;
	fake.pool_errno = answer;
	fake.registered.granule = 0;
	expect_error(register_part(0, 0), &error, errnum, cause, words);
	expect_error(unregister(), &error, errnum, cause, words);
	expect_error(alloc(), &error, errnum, cause, words);
	expect_error(pool(), &error, errnum, cause, words);
}

/* By a module that can do none of it */
static void expect_unable(int answer, enum vfio_p2p_cause cause,
			  const char *words)
{
	expect_from_each(answer, EOPNOTSUPP, cause, words);
}

static void test_not_here(void **state)
{
	(void)state;
	fake.capabilities &= ~VFIO_P2P_CAP_PAGES;
	expect_unable(EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES,
		      "CONFIG_ZONE_DEVICE and CONFIG_FS_DAX");
	/* An older module */
	expect_unable(ENOTTY, VFIO_P2P_CAUSE_NO_PAGES, "CONFIG_FS_DAX");
	fake.capabilities = VFIO_P2P_CAP_EXPORT | VFIO_P2P_CAP_NATIVE;
	expect_unable(EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES, "exporter=own");
	/* It is the device after all. */
	fake.capabilities = VFIO_P2P_CAP_PAGES;
	expect_unable(ENOTTY, VFIO_P2P_CAUSE_NOT_SERVED, "bind the device");
	fake.module_errno = EIO;
	expect_unable(EOPNOTSUPP, VFIO_P2P_CAUSE_NOT_SERVED, "bind the device");
}

static void expect_all(int errnum, enum vfio_p2p_cause cause,
		       const char *words)
{
	expect_from_each(errnum, errnum, cause, words);
}

static void test_any_call(void **state)
{
	(void)state;
	expect_all(ENOMEM, VFIO_P2P_CAUSE_NO_MEMORY, "memory");
	expect_all(EIO, VFIO_P2P_CAUSE_ASLEEP, "woken up");
	expect_all(EINTR, VFIO_P2P_CAUSE_OTHER, "nterrupted");
	fake.info_errno = ENOTTY;
	expect_all(EINVAL, VFIO_P2P_CAUSE_NO_DEVICE, "not a vfio device");
	fake_reset();
	expect_all(ENOENT, VFIO_P2P_CAUSE_NO_MODULE, "modprobe vfio_p2p_dmabuf");
}

static void test_not_registered(void **state)
{
	(void)state;
	fake.unregister_errno = ENOENT;
	expect_error(unregister(), &error, ENOENT,
		     VFIO_P2P_CAUSE_NOT_REGISTERED, "begins at 0x400000");
	fake.alloc_errno = ENOENT;
	expect_error(alloc(), &error, ENOENT, VFIO_P2P_CAUSE_NOT_REGISTERED,
		     "nothing of BAR 2 is registered");
}

static void test_pinned(void **state)
{
	(void)state;
	fake.unregister_errno = EBUSY;
	expect_error(unregister(), &error, EBUSY, VFIO_P2P_CAUSE_PINNED,
		     "pinned");
}

static void test_no_room(void **state)
{
	(void)state;
	fake.alloc_errno = ENOSPC;
	fake.pool.longest = PAGE;
	expect_error(alloc(), &error, ENOSPC, VFIO_P2P_CAUSE_NO_ROOM,
		     "no 0x2000 bytes in one piece that are free; the longest piece has 0x1000");
	fake.pool_errno = EIO;
	expect_error(alloc(), &error, ENOSPC, VFIO_P2P_CAUSE_NO_ROOM,
		     "has 0x0");
	fake.alloc_errno = EMFILE;
	expect_error(alloc(), &error, EMFILE, VFIO_P2P_CAUSE_NO_FDS, "ulimit");
}

static void test_bad_slices(void **state)
{
	(void)state;
	expect_error(vfio_p2p_alloc(FAKE_DEVICE, BAR, 0, O_RDWR, NULL, &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "page size");
	expect_error(vfio_p2p_alloc(FAKE_DEVICE, BAR, PAGE + 1, O_RDWR, NULL,
				    &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "0x1001 bytes");
	expect_error(vfio_p2p_alloc(FAKE_DEVICE, BAR, PAGE, O_RDWR | O_CREAT,
				    NULL, &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT, "O_RDWR");
	expect_error(vfio_p2p_alloc(FAKE_DEVICE, BAR, PAGE, O_WRONLY, NULL,
				    &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
		     "can't be mapped");
}

static int export_with(uint32_t flags)
{
	const struct vfio_p2p_range range = { .offset = PAGE, .length = PAGE };

	return vfio_p2p_export_with_flags(FAKE_DEVICE, BAR, &range, 1, O_RDWR,
					  flags, &error);
}

/* The device's fd has no such flags, and is not asked. */
static void test_export(void **state)
{
	(void)state;
	fake.feature_errno = 0;
	expect_success(export_with(VFIO_P2P_EXPORT_PAGES), FAKE_DMABUF);
	assert_int_equal(fake.flags, VFIO_P2P_EXPORT_PAGES);
	assert_int_equal(fake.ranges[0].offset, PAGE);
	assert_int_equal(fake.open_flags, O_RDWR | O_CLOEXEC);
	expect_success(export_with(VFIO_P2P_EXPORT_WC), FAKE_DMABUF);
	assert_int_equal(fake.flags, VFIO_P2P_EXPORT_WC);
	expect_success(export_with(0), FAKE_DMABUF);
	assert_int_equal(fake.flags, 0);
	assert_int_equal(fake.features, 0);
	expect_error(export_with(VFIO_P2P_EXPORT_PAGES | VFIO_P2P_EXPORT_WC),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT, "flags 0x3");
	expect_error(export_with(4), &error, EINVAL,
		     VFIO_P2P_CAUSE_BAD_ARGUMENT, "flags 0x4");
}

static void expect_no_export(uint32_t flags, int errnum,
			     enum vfio_p2p_cause cause, const char *words)
{
	fake.export_errno = errnum;
	expect_error(export_with(flags), &error, errnum, cause, words);
}

static void test_export_errors(void **state)
{
	(void)state;
	fake.capabilities |= VFIO_P2P_CAP_EXPORT_WC;
	expect_no_export(VFIO_P2P_EXPORT_PAGES, ENOENT,
			 VFIO_P2P_CAUSE_NOT_REGISTERED, "registered");
	expect_no_export(VFIO_P2P_EXPORT_PAGES, EBUSY,
			 VFIO_P2P_CAUSE_BAR_IN_USE, "part of a slice");
	expect_no_export(VFIO_P2P_EXPORT_WC, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
			 "BAR 2 is registered");
	expect_no_export(VFIO_P2P_EXPORT_WC, EINVAL, VFIO_P2P_CAUSE_NO_WC,
			 "BAR 2 is not prefetchable");
	fake.bar_size[BAR] = PAGE;
	expect_no_export(VFIO_P2P_EXPORT_WC, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			 "not within BAR 2");
}

/* One that knows no flags says EINVAL. */
static void test_export_not_here(void **state)
{
	(void)state;
	fake.capabilities = VFIO_P2P_CAP_EXPORT | VFIO_P2P_CAP_FEATURE;
	fake.export_errno = EINVAL;
	expect_error(export_with(VFIO_P2P_EXPORT_PAGES), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_PAGES, "CONFIG_FS_DAX");
	expect_error(export_with(VFIO_P2P_EXPORT_WC), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_WC, "older");
	fake.capabilities = VFIO_P2P_CAP_EXPORT;
	fake.export_errno = EOPNOTSUPP;
	expect_error(export_with(VFIO_P2P_EXPORT_WC), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_WC, "exporter=own");
	fake_reset();
	expect_error(export_with(VFIO_P2P_EXPORT_PAGES), &error, ENOENT,
		     VFIO_P2P_CAUSE_NO_MODULE, "modprobe");
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_register),
		TEST(test_unregister),
		TEST(test_alloc),
		TEST(test_pool),
		TEST(test_bad_parts),
		TEST(test_bars),
		TEST(test_in_use),
		TEST(test_routes),
		TEST(test_platform),
		TEST(test_not_here),
		TEST(test_any_call),
		TEST(test_not_registered),
		TEST(test_pinned),
		TEST(test_no_room),
		TEST(test_bad_slices),
		TEST(test_export),
		TEST(test_export_errors),
		TEST(test_export_not_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
