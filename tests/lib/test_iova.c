// SPDX-License-Identifier: GPL-2.0-only
/* BARs in IO address spaces: which way is taken, and which error comes of what */
#include <fcntl.h>

#include <linux/vfio.h>

#include "check.h"
#include "../../src/lib/iommufd.h"

#define BAR	2
#define PAGE	4096
#define MIB	(1024 * 1024ull)
#define IOVA	(3ull << 32)
#define BOTH	(VFIO_P2P_IOVA_READ | VFIO_P2P_IOVA_WRITE)

static const struct vfio_p2p_iova_target iommufd = {
	.iommufd = FAKE_IOMMUFD,
	.ioas_id = FAKE_IOAS,
	.container_fd = -1,
};

static const struct vfio_p2p_iova_target container = {
	.iommufd = -1,
	.container_fd = FAKE_CONTAINER,
};

/* A range of the BAR, at its IOVA */
static const struct vfio_p2p_range part = { 4 * MIB, 2 * MIB };

static struct vfio_p2p_iova_mapping *mapping;
static struct vfio_p2p_error error;

/* What the kernel and the module write */
static const char kernels[] = "pos:\t0\nexp_name:\tvfio_pci_core\n";
static const char modules[] = "pos:\t0\nexp_name:\tvfio_p2p_dmabuf\n";

/* A kernel before 6.19 with the module, which has pages */
static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_load_module();
	fake.bar_size[BAR] = 16 * MIB;
	fake.capabilities |= VFIO_P2P_CAP_FEATURE | VFIO_P2P_CAP_PAGES |
			     VFIO_P2P_CAP_IOMMU_PAGES;
	fake.registered.granule = 2 * MIB;
	fake.registered.offset = 2 * MIB;
	fake.registered.length = 14 * MIB;
	fake.unregistered = true;
	fake.feature_errno = 0;
	fake.fdinfo = modules;
	fake.closes = true;
	memset(&error, 0x5a, sizeof(error));
	mapping = NULL;
	return 0;
}

/* 6.19 and later, where the module makes no dma-bufs */
static void be_native(void)
{
	fake.fdinfo = kernels;
	fake.capabilities = VFIO_P2P_CAP_NATIVE;
}

static int map_to(const struct vfio_p2p_iova_target *target, uint32_t access)
{
	return vfio_p2p_iova_map(target, FAKE_DEVICE, BAR, part.offset,
				 part.length, IOVA, access, &mapping, &error);
}

static int map(void)
{
	return map_to(&iommufd, BOTH);
}

static void expect_success(int ret, int wanted)
{
	if (ret != wanted)
		fail_msg("%d: %s", ret, error.text);
	assert_int_equal(error.text[0], 0x5a);
	assert_int_equal(fake.opened, 0);
	assert_int_equal(fake.made, 0);
}

/* Nothing of a call that failed is left. */
static void expect_failure(int ret, int errnum, enum vfio_p2p_cause cause,
			   const char *words)
{
	expect_error(ret, &error, errnum, cause, words);
	assert_int_equal(fake.made, 0);
	assert_null(mapping);
	assert_int_equal(fake.maps, 0);
	assert_int_equal(fake.mmaps, 0);
}

static void expect_mapped(unsigned long command, uint32_t flags)
{
	assert_int_equal(fake.map_command, command);
	assert_int_equal(fake.map_flags, flags);
	assert_int_equal(fake.iova, IOVA);
	assert_int_equal(fake.mapped, part.length);
	assert_int_equal(fake.maps, 1);
}

static void unmap(void)
{
	expect_success(vfio_p2p_iova_unmap(mapping, &error), 0);
	mapping = NULL;
	assert_int_equal(fake.maps, 0);
	assert_int_equal(fake.mmaps, 0);
}

static void test_pages(void **state)
{
	(void)state;
	expect_success(map(), VFIO_P2P_IOVA_PAGES);
	expect_mapped(IOMMU_IOAS_MAP, IOMMU_IOAS_MAP_FIXED_IOVA |
				      IOMMU_IOAS_MAP_READABLE |
				      IOMMU_IOAS_MAP_WRITEABLE);
	assert_int_equal(fake.registers, 1);
	assert_int_equal(fake.bar, BAR);
	assert_int_equal(fake.flags, VFIO_P2P_ALLOC_IOMMU);
	assert_int_equal(fake.open_flags, O_RDWR | O_CLOEXEC);
	assert_int_equal(fake.pages.offset, part.offset);
	assert_int_equal(fake.pages.length, part.length);
	/* Who joins the address space later needs it. */
	assert_int_equal(fake.mmaps, 1);
	unmap();
}

/* By another mapping, before or at the same time: that is as good. */
static void test_registered_before(void **state)
{
	(void)state;
	fake.register_errno = EBUSY;
	expect_success(map(), VFIO_P2P_IOVA_PAGES);
	unmap();
	/* It takes no more rights then, either. */
	fake.registers = 0;
	fake.register_errno = EPERM;
	expect_success(map(), VFIO_P2P_IOVA_PAGES);
	assert_int_equal(fake.registers, 0);
	unmap();
}

/* Not even those of a module that is too old for the feature */
static void test_no_feature(void **state)
{
	(void)state;
	fake.feature_errno = ENOTTY;
	expect_success(map(), VFIO_P2P_IOVA_PAGES);
	unmap();
}

static void test_dmabuf(void **state)
{
	(void)state;
	be_native();
	expect_success(map(), VFIO_P2P_IOVA_DMABUF);
	expect_mapped(IOMMU_IOAS_MAP_FILE, IOMMU_IOAS_MAP_FIXED_IOVA |
					   IOMMU_IOAS_MAP_READABLE |
					   IOMMU_IOAS_MAP_WRITEABLE);
	assert_int_equal(fake.nr_ranges, 1);
	assert_memory_equal(&fake.ranges[0], &part, sizeof(part));
	assert_int_equal(fake.registers, 0);
	assert_int_equal(fake.mmaps, 0);
	unmap();
}

/* A kernel that makes dma-bufs, but whose iommufd does not import them */
static void test_no_import(void **state)
{
	(void)state;
	be_native();
	fake.map_errno = EOPNOTSUPP;
	fake.register_errno = EOPNOTSUPP;
	fake.registered.granule = 0;
	expect_failure(map(), EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES,
		       "exporter=own");
}

static void test_type1(void **state)
{
	(void)state;
	expect_success(map_to(&container, BOTH), VFIO_P2P_IOVA_TYPE1);
	expect_mapped(VFIO_IOMMU_MAP_DMA, VFIO_DMA_MAP_FLAG_READ |
					  VFIO_DMA_MAP_FLAG_WRITE);
	assert_int_equal(fake.pages.offset, ((uint64_t)BAR << 40) + part.offset);
	assert_int_equal(fake.pages.length, part.length);
	assert_int_equal(fake.features, 0);
	assert_int_equal(fake.registers, 0);
	unmap();
}

static void test_access(void **state)
{
	(void)state;
	expect_success(map_to(&iommufd, VFIO_P2P_IOVA_READ),
		       VFIO_P2P_IOVA_PAGES);
	expect_mapped(IOMMU_IOAS_MAP, IOMMU_IOAS_MAP_FIXED_IOVA |
				      IOMMU_IOAS_MAP_READABLE);
	unmap();
	expect_success(map_to(&container, VFIO_P2P_IOVA_WRITE),
		       VFIO_P2P_IOVA_TYPE1);
	expect_mapped(VFIO_IOMMU_MAP_DMA, VFIO_DMA_MAP_FLAG_WRITE);
	unmap();
	expect_failure(map_to(&iommufd, 0), EINVAL,
		       VFIO_P2P_CAUSE_BAD_ARGUMENT, "access 0x0");
	setup(NULL);
	expect_failure(map_to(&iommufd, 4), EINVAL,
		       VFIO_P2P_CAUSE_BAD_ARGUMENT, "access 0x4");
}

static void expect_bad_range(uint64_t offset, uint64_t length, uint64_t iova,
			     enum vfio_p2p_cause cause, const char *words)
{
	expect_failure(vfio_p2p_iova_map(&iommufd, FAKE_DEVICE, BAR, offset,
					 length, iova, BOTH, &mapping, &error),
		       EINVAL, cause, words);
	assert_int_equal(fake.features, 0);
}

static void test_ranges(void **state)
{
	(void)state;
	expect_bad_range(0, 0, IOVA, VFIO_P2P_CAUSE_BAD_RANGE, "0x0 bytes");
	expect_bad_range(1, PAGE, IOVA, VFIO_P2P_CAUSE_BAD_RANGE, "page size");
	expect_bad_range(0, 1, IOVA, VFIO_P2P_CAUSE_BAD_RANGE, "page size");
	expect_bad_range(16 * MIB, PAGE, IOVA, VFIO_P2P_CAUSE_BAD_RANGE,
			 "not within");
	expect_bad_range(PAGE, 16 * MIB, IOVA, VFIO_P2P_CAUSE_BAD_RANGE,
			 "not within");
	expect_bad_range(0, -(uint64_t)PAGE, IOVA, VFIO_P2P_CAUSE_BAD_RANGE,
			 "not within");
	expect_bad_range(0, PAGE, IOVA + 1, VFIO_P2P_CAUSE_BAD_IOVA,
			 "page size");
	expect_bad_range(0, 2 * PAGE, -(uint64_t)PAGE, VFIO_P2P_CAUSE_BAD_IOVA,
			 "behind it");
}

static void test_target(void **state)
{
	const struct vfio_p2p_iova_target none = { -1, 0, -1 };
	struct vfio_p2p_iova_target other = iommufd;

	(void)state;
	expect_failure(map_to(&none, BOTH), EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
		       "neither");
	other.iommufd = FAKE_FOREIGN;
	expect_failure(map_to(&other, BOTH), ENOTTY,
		       VFIO_P2P_CAUSE_BAD_ARGUMENT, "not an iommufd");
	other.iommufd = -1;
	other.container_fd = FAKE_CLOSED;
	expect_failure(map_to(&other, BOTH), EBADF, VFIO_P2P_CAUSE_BAD_ARGUMENT,
		       "not a container");
	/* The iommufd goes first. */
	setup(NULL);
	other = iommufd;
	other.container_fd = FAKE_CONTAINER;
	expect_success(map_to(&other, BOTH), VFIO_P2P_IOVA_PAGES);
	unmap();
}

static void test_device(void **state)
{
	(void)state;
	expect_failure(vfio_p2p_iova_map(&iommufd, FAKE_FOREIGN, BAR, 0, PAGE,
					 IOVA, BOTH, &mapping, &error),
		       EINVAL, VFIO_P2P_CAUSE_NO_DEVICE, "not a vfio device");
	expect_failure(vfio_p2p_iova_map(&iommufd, FAKE_DEVICE, 1, 0, PAGE,
					 IOVA, BOTH, &mapping, &error),
		       ENODEV, VFIO_P2P_CAUSE_NO_BAR, "no BAR 1");
}

/* What may be wrong with the address space, each way */
static void test_map_errors(void **state)
{
	static const struct {
		int errnum;
		int wanted;
		enum vfio_p2p_cause cause;
		const char *words;
	} cases[] = {
		{ EEXIST, EEXIST, VFIO_P2P_CAUSE_IOVA_TAKEN, "unmap that" },
		{ EINVAL, EINVAL, VFIO_P2P_CAUSE_BAD_IOVA, "reserved" },
		{ EOVERFLOW, EOVERFLOW, VFIO_P2P_CAUSE_BAD_IOVA, "reserved" },
		{ EFAULT, ENODEV, VFIO_P2P_CAUSE_MEMORY_OFF, "decode" },
		{ ENODEV, ENODEV, VFIO_P2P_CAUSE_MEMORY_OFF, "decode" },
		{ ENOMEM, ENOMEM, VFIO_P2P_CAUSE_NO_MEMORY, "RLIMIT_MEMLOCK" },
		{ ENOSPC, ENOSPC, VFIO_P2P_CAUSE_OTHER, "MAP" },
	};
	unsigned int i, way;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (way = 0; way < 3; way++) {
			setup(NULL);
			if (way == 1)
				be_native();
			fake.map_errno = cases[i].errnum;
			expect_failure(map_to(way == 2 ? &container : &iommufd,
					      BOTH),
				       cases[i].wanted, cases[i].cause,
				       cases[i].words);
		}
	}
	setup(NULL);
	fake.map_errno = ENOENT;
	expect_failure(map(), ENOENT, VFIO_P2P_CAUSE_BAD_ARGUMENT, "IOAS 7");
}

/* What may be wrong with the pages */
static void test_pages_errors(void **state)
{
	(void)state;
	fake.register_errno = EINVAL;
	fake.bar_size[BAR] = 16 * 1024;
	expect_failure(vfio_p2p_iova_map(&iommufd, FAKE_DEVICE, BAR, 0, PAGE,
					 IOVA, BOTH, &mapping, &error),
		       EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "16 KiB");
	setup(NULL);
	fake.register_errno = EHOSTUNREACH;
	fake.registered.reason = VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN;
	expect_failure(map(), EHOSTUNREACH, VFIO_P2P_CAUSE_NO_ROUTE,
		       "host_bridges=");
	setup(NULL);
	fake.register_errno = EBUSY;
	fake.alloc_errno = ENOENT;
	expect_failure(map(), EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
		       "call vfio_p2p_iova_prepare() before it is mmapped");
	/* What it can't have is not what it did not get. */
	fake.registered.offset = part.offset + PAGE;
	fake.registered.length = part.length;
	expect_failure(map(), EINVAL, VFIO_P2P_CAUSE_NO_PAGES, "kernel log");
	fake.registered.offset = part.offset;
	fake.registered.length = part.length - PAGE;
	expect_failure(map(), EINVAL, VFIO_P2P_CAUSE_NO_PAGES, "kernel log");
	setup(NULL);
	fake.alloc_errno = ENOENT;
	expect_failure(map(), EINVAL, VFIO_P2P_CAUSE_NO_PAGES, "kernel log");
	setup(NULL);
	fake.register_errno = EBUSY;
	fake.alloc_errno = ENOENT;
	fake.pool.size = 2 * MIB;
	expect_failure(map(), EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE, "for files");
	setup(NULL);
	fake.alloc_errno = EMFILE;
	expect_failure(map(), EMFILE, VFIO_P2P_CAUSE_NO_FDS, "open files");
	setup(NULL);
	fake.mmap_errno = ENOMEM;
	expect_failure(map(), ENOMEM, VFIO_P2P_CAUSE_NO_MEMORY, "mmap");
}

static int prepare(void)
{
	return vfio_p2p_iova_prepare(FAKE_DEVICE, BAR, &error);
}

/* All of the BAR, and no slice of it */
static void test_prepare(void **state)
{
	(void)state;
	expect_success(prepare(), 0);
	assert_int_equal(fake.registers, 1);
	assert_int_equal(fake.flags, VFIO_P2P_REGISTER_IOMMU);
	assert_int_equal(fake.bar, BAR);
	assert_int_equal(fake.pages.offset, 0);
	assert_int_equal(fake.pages.length, 0);
	/* A dma-buf would be in the way of who registers it. */
	assert_int_equal(fake.nr_ranges, 0);
	assert_int_equal(vfio_p2p_iova_prepare(FAKE_DEVICE, BAR, NULL), 0);
	setup(NULL);
	fake.feature_errno = ENOTTY;
	expect_success(prepare(), 0);
	assert_int_equal(fake.registers, 1);
}

/* What can have pages has them, which a slice of all that proves. */
static void test_prepared(void **state)
{
	(void)state;
	fake.unregistered = false;
	fake.register_errno = EPERM;
	expect_success(prepare(), 0);
	assert_int_equal(fake.flags, VFIO_P2P_ALLOC_IOMMU);
	assert_int_equal(fake.pages.offset, 0);
	assert_int_equal(fake.pages.length, 16 * MIB);
	/* A part of it, and at the same time */
	setup(NULL);
	fake.register_errno = EBUSY;
	expect_success(prepare(), 0);
	assert_int_equal(fake.flags, VFIO_P2P_ALLOC_IOMMU);
	assert_int_equal(fake.pages.offset, 2 * MIB);
	assert_int_equal(fake.pages.length, 14 * MIB);
}

static void test_prepare_native(void **state)
{
	(void)state;
	be_native();
	fake.register_errno = EOPNOTSUPP;
	expect_success(prepare(), 0);
	assert_int_equal(fake.features, 1);
	assert_int_equal(fake.registers, 0);
	/* Nor is the module asked for. */
	setup(NULL);
	be_native();
	fake.open_errno = ENOENT;
	expect_success(prepare(), 0);
}

static void expect_unprepared(int errnum, enum vfio_p2p_cause cause,
			      const char *words)
{
	expect_failure(prepare(), errnum, cause, words);
	setup(NULL);
}

static void test_prepare_errors(void **state)
{
	(void)state;
	fake.register_errno = EBUSY;
	fake.alloc_errno = ENOENT;
	expect_unprepared(EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
			  "call vfio_p2p_iova_prepare() before it is mmapped");
	fake.register_errno = EBUSY;
	fake.alloc_errno = ENOENT;
	fake.pool.size = 2 * MIB;
	expect_unprepared(EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE, "for files");
	fake.register_errno = EBUSY;
	fake.alloc_errno = EMFILE;
	expect_unprepared(EMFILE, VFIO_P2P_CAUSE_NO_FDS, "open files");
	fake.register_errno = EINVAL;
	fake.bar_size[BAR] = 16 * 1024;
	expect_unprepared(EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "16 KiB");
	fake.register_errno = EPERM;
	expect_unprepared(EPERM, VFIO_P2P_CAUSE_NO_ACCESS, "CAP_SYS_ADMIN");
	fake.register_errno = EOPNOTSUPP;
	fake.registered.granule = 0;
	fake.capabilities &= ~VFIO_P2P_CAP_IOMMU_PAGES;
	expect_unprepared(EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES, "iommu_pages=1");
	fake.feature_errno = ENOTTY;
	fake.open_errno = ENOENT;
	fake.sysfs = false;
	expect_unprepared(EOPNOTSUPP, VFIO_P2P_CAUSE_NO_EXPORTER, "modprobe");
	fake.capabilities &= ~VFIO_P2P_CAP_IOMMU_PAGES;
	fake.feature_errno = EBUSY;
	expect_unprepared(EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE, "registered");
	fake.capabilities &= ~VFIO_P2P_CAP_IOMMU_PAGES;
	fake.feature_errno = EINVAL;
	fake.bar_size[BAR] = 256;
	expect_unprepared(EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "256 bytes");
	fake.capabilities &= ~VFIO_P2P_CAP_IOMMU_PAGES;
	fake.fdinfo = NULL;
	expect_unprepared(EBADF, VFIO_P2P_CAUSE_FOREIGN_DMABUF, "/proc");
	expect_failure(vfio_p2p_iova_prepare(FAKE_FOREIGN, BAR, &error),
		       EINVAL, VFIO_P2P_CAUSE_NO_DEVICE, "not a vfio device");
	expect_failure(vfio_p2p_iova_prepare(FAKE_DEVICE, 1, &error), ENODEV,
		       VFIO_P2P_CAUSE_NO_BAR, "no BAR 1");
}

/* A module that is older does not know the flag. */
static void test_old_module(void **state)
{
	(void)state;
	fake.capabilities &= ~VFIO_P2P_CAP_IOMMU_PAGES;
	fake.registered.granule = 0;
	fake.register_errno = EINVAL;
	expect_failure(map(), EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES, "older");
	setup(NULL);
	fake.capabilities &= ~VFIO_P2P_CAP_IOMMU_PAGES;
	fake.registered.granule = 0;
	fake.register_errno = EOPNOTSUPP;
	expect_failure(map(), EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES, "x86-64");
}

static void test_no_module(void **state)
{
	(void)state;
	fake.feature_errno = ENOTTY;
	fake.open_errno = ENOENT;
	fake.sysfs = false;
	expect_failure(map(), EOPNOTSUPP, VFIO_P2P_CAUSE_NO_EXPORTER,
		       "modprobe");
}

static void test_dmabuf_errors(void **state)
{
	(void)state;
	be_native();
	fake.feature_errno = EBUSY;
	expect_failure(map(), EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE, "registered");
	setup(NULL);
	fake.capabilities &= ~VFIO_P2P_CAP_IOMMU_PAGES;
	fake.fdinfo = NULL;
	expect_failure(map(), EBADF, VFIO_P2P_CAUSE_FOREIGN_DMABUF, "/proc");
}

static void test_type1_mmap(void **state)
{
	(void)state;
	fake.mmap_errno = EINVAL;
	expect_failure(map_to(&container, BOTH), EINVAL, VFIO_P2P_CAUSE_NO_BAR,
		       "I/O BAR");
	fake.mmap_errno = EBUSY;
	expect_failure(map_to(&container, BOTH), EBUSY,
		       VFIO_P2P_CAUSE_BAR_IN_USE, "claimed");
}

static void test_no_memory(void **state)
{
	int ret;

	(void)state;
	fake.no_memory = true;
	ret = map();
	fake.no_memory = false;
	expect_failure(ret, ENOMEM, VFIO_P2P_CAUSE_NO_MEMORY, "memory");
}

/* The address space may have been destroyed, or all of it unmapped. */
static void test_unmap(void **state)
{
	(void)state;
	expect_success(map(), VFIO_P2P_IOVA_PAGES);
	fake.unmap_errno = ENOENT;
	unmap();
	expect_success(map_to(&container, BOTH), VFIO_P2P_IOVA_TYPE1);
	fake.unmap_errno = EINVAL;
	expect_error(vfio_p2p_iova_unmap(mapping, &error), &error, EINVAL,
		     VFIO_P2P_CAUSE_OTHER, "VFIO_IOMMU_UNMAP_DMA");
	assert_int_equal(fake.mmaps, 1);
	memset(&error, 0x5a, sizeof(error));
	fake.unmap_errno = 0;
	unmap();
	assert_int_equal(vfio_p2p_iova_unmap(NULL, &error), 0);
}

/* It can be tried again. */
static void test_unmap_again(void **state)
{
	(void)state;
	be_native();
	expect_success(map(), VFIO_P2P_IOVA_DMABUF);
	fake.unmap_errno = EBUSY;
	expect_error(vfio_p2p_iova_unmap(mapping, &error), &error, EBUSY,
		     VFIO_P2P_CAUSE_OTHER, "IOMMU_IOAS_UNMAP");
	memset(&error, 0x5a, sizeof(error));
	fake.unmap_errno = 0;
	unmap();
}

/* What stays through a reset is not touched. */
static void test_restore_nothing(void **state)
{
	(void)state;
	expect_success(map(), VFIO_P2P_IOVA_PAGES);
	fake.unmap_errno = EIO;
	fake.map_errno = EIO;
	expect_success(vfio_p2p_iova_restore(mapping, &error), 0);
	fake.unmap_errno = 0;
	unmap();
	fake.map_errno = 0;
	expect_success(map_to(&container, BOTH), VFIO_P2P_IOVA_TYPE1);
	fake.unmap_errno = EIO;
	fake.map_errno = EIO;
	expect_success(vfio_p2p_iova_restore(mapping, &error), 0);
	fake.unmap_errno = 0;
	unmap();
}

static void test_restore(void **state)
{
	(void)state;
	be_native();
	expect_success(map(), VFIO_P2P_IOVA_DMABUF);
	expect_success(vfio_p2p_iova_restore(mapping, &error), 0);
	expect_mapped(IOMMU_IOAS_MAP_FILE, IOMMU_IOAS_MAP_FIXED_IOVA |
					   IOMMU_IOAS_MAP_READABLE |
					   IOMMU_IOAS_MAP_WRITEABLE);
	assert_int_equal(fake.exports + fake.features, 2);
	/* As long as the memory is off, and then */
	fake.map_errno = ENODEV;
	expect_error(vfio_p2p_iova_restore(mapping, &error), &error, ENODEV,
		     VFIO_P2P_CAUSE_MEMORY_OFF, "try again");
	assert_int_equal(fake.maps, 0);
	memset(&error, 0x5a, sizeof(error));
	fake.map_errno = 0;
	fake.unmap_errno = ENOENT;
	expect_success(vfio_p2p_iova_restore(mapping, &error), 0);
	assert_int_equal(fake.maps, 1);
	/* The module has been loaded meanwhile. */
	fake.unmap_errno = 0;
	fake.fdinfo = modules;
	expect_error(vfio_p2p_iova_restore(mapping, &error), &error, EOPNOTSUPP,
		     VFIO_P2P_CAUSE_NO_EXPORTER, "exporter=own");
	memset(&error, 0x5a, sizeof(error));
	unmap();
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(vfio_p2p_iova_way_name(VFIO_P2P_IOVA_DMABUF),
			    "dma-buf");
	assert_string_equal(vfio_p2p_iova_way_name(VFIO_P2P_IOVA_PAGES),
			    "pages");
	assert_string_equal(vfio_p2p_iova_way_name(VFIO_P2P_IOVA_TYPE1),
			    "type1");
	assert_string_equal(vfio_p2p_iova_way_name(0), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_pages, setup),
		cmocka_unit_test_setup(test_registered_before, setup),
		cmocka_unit_test_setup(test_no_feature, setup),
		cmocka_unit_test_setup(test_dmabuf, setup),
		cmocka_unit_test_setup(test_no_import, setup),
		cmocka_unit_test_setup(test_type1, setup),
		cmocka_unit_test_setup(test_access, setup),
		cmocka_unit_test_setup(test_ranges, setup),
		cmocka_unit_test_setup(test_target, setup),
		cmocka_unit_test_setup(test_device, setup),
		cmocka_unit_test_setup(test_map_errors, setup),
		cmocka_unit_test_setup(test_pages_errors, setup),
		cmocka_unit_test_setup(test_prepare, setup),
		cmocka_unit_test_setup(test_prepared, setup),
		cmocka_unit_test_setup(test_prepare_native, setup),
		cmocka_unit_test_setup(test_prepare_errors, setup),
		cmocka_unit_test_setup(test_old_module, setup),
		cmocka_unit_test_setup(test_no_module, setup),
		cmocka_unit_test_setup(test_dmabuf_errors, setup),
		cmocka_unit_test_setup(test_type1_mmap, setup),
		cmocka_unit_test_setup(test_no_memory, setup),
		cmocka_unit_test_setup(test_unmap, setup),
		cmocka_unit_test_setup(test_unmap_again, setup),
		cmocka_unit_test_setup(test_restore_nothing, setup),
		cmocka_unit_test_setup(test_restore, setup),
		cmocka_unit_test_setup(test_names, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
