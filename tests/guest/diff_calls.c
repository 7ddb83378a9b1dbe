// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of VFIO_DEVICE_FEATURE_DMA_BUF and what comes of them, a line each; the
 * lines of two exporters are compared by tests/vm/differential.  What is right
 * is not known here: each check is met from both sides.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "answer.h"
#include "array.h"
#include "bar.h"
#include "feature_image.h"
#include "importer.h"
#include "kmod.h"
#include "served.h"
#include "sysfs.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define GET	VFIO_DEVICE_FEATURE_GET
#define SET	VFIO_DEVICE_FEATURE_SET
#define PROBE	VFIO_DEVICE_FEATURE_PROBE

#define PAGE	4096ULL
#define LAST	0xfffffffffffff000ULL	/* the last page of all addresses */
#define BIT63	(1ULL << 63)
#define MAX	VFIO_P2P_MAX_RANGES

#define BAR	2	/* of the NVMe device: memory */
#define SIZE	(16ULL << 20)

enum device { NVME, IVSHMEM, TESTDEV, NR_DEVICES };

static const char * const names[NR_DEVICES] = {
	"EXPORTER_NVME", "EXPORTER_IVSHMEM", "ERRNO_TESTDEV",
};

static struct vfio_dev devices[NR_DEVICES];

/**
 * struct call - one call
 * @what: what is special about it
 * @device: whose fd
 * @argsz: as in struct vfio_device_feature
 * @flags: likewise
 * @region: as in struct vfio_device_feature_dma_buf
 * @open_flags: likewise
 * @get_flags: its flags
 * @nr: its nr_ranges
 * @ranges: those that are there
 * @readable: how much of all of it is in memory that can be read
 */
struct call {
	const char *what;
	enum device device;
	__u32 argsz;
	__u32 flags;
	__u32 region;
	__u32 open_flags;
	__u32 get_flags;
	__u32 nr;
	struct vfio_region_dma_range ranges[3];
	size_t readable;
};

static struct feature_image image_of(const struct call *call)
{
	return (struct feature_image) {
		.argsz = call->argsz,
		.flags = call->flags,
		.region = call->region,
		.open_flags = call->open_flags,
		.get_flags = call->get_flags,
		.nr = call->nr,
		.ranges = {
			call->ranges[0], call->ranges[1], call->ranges[2],
		},
	};
}

static int make_call(const struct call *call)
{
	const struct feature_image image = image_of(call);

	return feature_image_call(devices[call->device].fd, &image,
				  call->readable);
}

static const char *access_mode(int flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return "O_RDONLY";
	case O_WRONLY:
		return "O_WRONLY";
	case O_RDWR:
		return "O_RDWR";
	default:
		return "O_ACCMODE";
	}
}

/* All but what open() adds by itself */
static int other_flags(int flags)
{
	return flags & ~(O_ACCMODE | O_NONBLOCK | O_LARGEFILE);
}

/* Tell of a new fd and close it. */
static void answer_fd(const char *what, int fd)
{
	const int flags = fcntl(fd, F_GETFL);

	answer(what, "fd of %lld bytes, %s%s%s, others 0x%x",
	       (long long)lseek(fd, 0, SEEK_END), access_mode(flags),
	       flags & O_NONBLOCK ? ", O_NONBLOCK" : "",
	       fcntl(fd, F_GETFD) & FD_CLOEXEC ? ", O_CLOEXEC" : "",
	       other_flags(flags));
	close(fd);
}

/* The lowest fds are in use: a small number that is no error is no fd. */
static void answer_ret(const char *what, int ret)
{
	if (ret > 2)
		answer_fd(what, ret);
	else
		answer(what, "%s", answer_code(ret));
}

static void make_calls(const struct call *calls, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		answer_ret(calls[i].what, make_call(&calls[i]));
}

/* A call with which nothing is wrong; what follows overrides its members. */
#define CALL(text, ...)							\
	{								\
		.what = text, .argsz = RANGES(1),			\
		.flags = GET | VFIO_DEVICE_FEATURE_DMA_BUF,		\
		.open_flags = O_RDWR, .region = BAR, .nr = 1,		\
		.ranges = { { 0, PAGE } }, .readable = RANGES(1),	\
		__VA_ARGS__						\
	}

/* The same with other ranges */
#define ONE(text, offset, length, ...) \
	CALL(text, .ranges = { { offset, length } }, __VA_ARGS__)
#define TWO(text, o1, l1, o2, l2, ...)					\
	CALL(text, .nr = 2, .readable = RANGES(2),			\
	     .ranges = { { o1, l1 }, { o2, l2 } }, __VA_ARGS__)
#define THREE(text, o1, l1, o2, l2, o3, l3)				\
	CALL(text, .nr = 3, .readable = RANGES(3),			\
	     .ranges = { { o1, l1 }, { o2, l2 }, { o3, l3 } })

#pragma GCC diagnostic ignored "-Woverride-init"

static void ask_sizes(void)
{
	static const struct call calls[] = {
		CALL("GET"),
		CALL("GET, argsz 0", .argsz = 0),
		CALL("GET, argsz 1", .argsz = 1),
		CALL("GET, argsz 7", .argsz = 7),
		CALL("GET, argsz 8", .argsz = 8),
		CALL("GET, argsz 9", .argsz = 9),
		CALL("GET, argsz 23", .argsz = 23),
		CALL("GET, argsz 24, without the range", .argsz = 24),
		CALL("GET, argsz 25", .argsz = 25),
		CALL("GET, argsz 39", .argsz = 39),
		CALL("GET, argsz 40, two ranges", .nr = 2,
		     .ranges = { { 0, PAGE }, { PAGE, PAGE } },
		     .readable = RANGES(2)),
		CALL("GET, argsz 41", .argsz = 41),
		CALL("GET, argsz 4096", .argsz = 4096),
		CALL("GET, argsz 4097", .argsz = 4097),
		CALL("GET, argsz INT_MAX", .argsz = 0x7fffffff),
		CALL("GET, argsz 1 << 31", .argsz = 1u << 31),
		CALL("GET, argsz UINT_MAX", .argsz = ~0u),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

static const char *operation_name(__u32 flags, char *name)
{
	sprintf(name, "%s%s%s%s", flags & GET ? " GET" : "",
		flags & SET ? " SET" : "", flags & PROBE ? " PROBE" : "",
		flags & (GET | SET | PROBE) ? "" : " none");

	return name;
}

/* All of GET, SET and PROBE, with an argument of each size that matters */
static void ask_operations(void)
{
	static const __u32 argszs[] = { 7, 8, 23, 24, 40 };
	char what[64], name[32];
	__u32 bits;
	size_t i;

	for (bits = 0; bits < 8; bits++) {
		for (i = 0; i < ARRAY_SIZE(argszs); i++) {
			const __u32 flags = bits << 16;
			struct call call = CALL(what, .argsz = argszs[i]);

			call.flags = flags | VFIO_DEVICE_FEATURE_DMA_BUF;
			snprintf(what, sizeof(what), "flags%s, argsz %u",
				 operation_name(flags, name), argszs[i]);
			make_calls(&call, 1);
		}
	}
}

static void ask_flags(void)
{
	enum { DMA_BUF = VFIO_DEVICE_FEATURE_DMA_BUF };
	static const struct call calls[] = {
		CALL("unknown flag, bit 19", .flags = GET | DMA_BUF | 1u << 19),
		CALL("unknown flag, bit 24", .flags = GET | DMA_BUF | 1u << 24),
		CALL("unknown flag, bit 31", .flags = GET | DMA_BUF | 1u << 31),
		CALL("all unknown flags", .flags = GET | DMA_BUF | ~0u << 19),
		CALL("PROBE with an unknown flag",
		     .flags = PROBE | GET | DMA_BUF | 1u << 19),
		CALL("PROBE looks at no data", .flags = PROBE | GET | DMA_BUF,
		     .region = 99, .get_flags = 1, .nr = 0),
		CALL("PROBE without any data", .flags = PROBE | GET | DMA_BUF,
		     .readable = ENVELOPE),
		CALL("PROBE of a device without FLR", .device = IVSHMEM,
		     .flags = PROBE | GET | DMA_BUF),
		CALL("PROBE of a device with an I/O BAR", .device = TESTDEV,
		     .flags = PROBE | GET | DMA_BUF),
		CALL("PROBE of a feature nobody has",
		     .flags = PROBE | GET | 0xffff),
		CALL("GET of a feature nobody has", .flags = GET | 0xffff),
		CALL("PROBE of migration", .flags = PROBE | GET |
		     VFIO_DEVICE_FEATURE_MIGRATION),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

static void ask_header(void)
{
	static const struct call calls[] = {
		CALL("no ranges", .nr = 0),
		CALL("header flag, bit 0", .get_flags = 1),
		CALL("header flag, bit 31", .get_flags = 1u << 31),
		CALL("all header flags", .get_flags = ~0u),
		CALL("no ranges, no such region", .nr = 0, .region = 6),
		CALL("header flag, no such region", .get_flags = 1,
		     .region = 6),
		CALL("no ranges, an empty BAR", .nr = 0, .region = 4),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

/* Which errno wins where memory can't be read */
static void ask_unreadable(void)
{
	enum { DMA_BUF = VFIO_DEVICE_FEATURE_DMA_BUF };
	static const struct call calls[] = {
		CALL("nothing readable", .readable = 0),
		CALL("half an envelope", .readable = 4),
		CALL("half an envelope, argsz 0", .readable = 4, .argsz = 0),
		CALL("no header", .readable = ENVELOPE),
		CALL("half a header", .readable = 16),
		CALL("all but the header's last byte", .readable = HEADER - 1),
		CALL("no range", .readable = HEADER),
		CALL("all but the range's last byte",
		     .readable = RANGES(1) - 1),
		CALL("two ranges, one readable", .nr = 2),
		CALL("two ranges but the last byte", .nr = 2,
		     .readable = RANGES(2) - 1),
		CALL("SET, no header", .readable = ENVELOPE,
		     .flags = SET | DMA_BUF),
		CALL("argsz 23, no header", .readable = ENVELOPE, .argsz = 23),
		CALL("header flag, no range", .readable = HEADER,
		     .get_flags = 1),
		CALL("no such region, no range", .readable = HEADER,
		     .region = 6),
		CALL("empty BAR, no range", .readable = HEADER, .region = 1),
		CALL("I/O BAR, no range", .readable = HEADER,
		     .device = TESTDEV, .region = 1),
		CALL("bad range, then an unreadable one", .nr = 2,
		     .ranges = { { 1, 0 } }),
		CALL("too many ranges, no such region", .nr = MAX + 1,
		     .region = 6),
		CALL("too many ranges, unreadable", .nr = MAX + 1),
		CALL("as many ranges as may be, unreadable", .nr = MAX),
		CALL("UINT_MAX ranges, unreadable", .nr = ~0u),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

/* Memory that is there but special */
static void ask_pointers(void)
{
	const struct call good = CALL("");
	const struct feature_image image = image_of(&good);
	char buf[sizeof(image) + 1], *page;
	int fd = devices[NVME].fd;

	answer_ret("argument at NULL", feature_ioctl(fd, NULL));
	answer_ret("argument at the last address",
		   feature_ioctl(fd, (void *)-1));
	answer_ret("argument in the kernel's half",
		   feature_ioctl(fd, (void *)(1ULL << 63)));
	memcpy(buf + 1, &image, sizeof(image));
	answer_ret("argument at an odd address", feature_ioctl(fd, buf + 1));
	answer("argument is not written to", "%s",
	       memcmp(buf + 1, &image, sizeof(image)) ? "no" : "yes");

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	memcpy(page, &image, sizeof(image));
	mprotect(page, PAGE, PROT_READ);
	answer_ret("argument in memory for reading", feature_ioctl(fd, page));
	mprotect(page, PAGE, PROT_NONE);
	answer_ret("argument in memory for nothing", feature_ioctl(fd, page));
	munmap(page, PAGE);
}

static void open_flags_call(const char *what, __u32 open_flags)
{
	const struct call call = CALL(what, .open_flags = open_flags);

	make_calls(&call, 1);
}

static void ask_open_flags(void)
{
	static const __u32 more[] = {
		0, O_CLOEXEC, O_NONBLOCK, O_CLOEXEC | O_NONBLOCK,
	};
	char what[64];
	__u32 mode, bit;
	size_t i;

	for (mode = 0; mode < 4; mode++) {
		for (i = 0; i < ARRAY_SIZE(more); i++) {
			snprintf(what, sizeof(what), "open_flags %s%s%s",
				 access_mode(mode),
				 more[i] & O_NONBLOCK ? ", O_NONBLOCK" : "",
				 more[i] & O_CLOEXEC ? ", O_CLOEXEC" : "");
			open_flags_call(what, mode | more[i]);
		}
	}
	for (bit = 1; bit; bit <<= 1) {
		snprintf(what, sizeof(what), "open_flags O_RDWR, 0x%x", bit);
		open_flags_call(what, O_RDWR | bit);
	}
	open_flags_call("open_flags, all but the mode", ~(__u32)O_ACCMODE);
	open_flags_call("open_flags, all", ~0u);
}

static void ask_regions(void)
{
	static const struct call calls[] = {
		CALL("region 0, registers", .region = 0),
		CALL("region 1, upper half of BAR 0", .region = 1),
		CALL("region 2, memory", .region = 2),
		CALL("region 3, upper half of BAR 2", .region = 3),
		CALL("region 4, empty BAR", .region = 4),
		CALL("region 5, empty BAR", .region = 5),
		CALL("region 6, ROM", .region = VFIO_PCI_ROM_REGION_INDEX),
		CALL("region 7, config space",
		     .region = VFIO_PCI_CONFIG_REGION_INDEX),
		CALL("region 8, VGA", .region = VFIO_PCI_VGA_REGION_INDEX),
		CALL("region 9", .region = VFIO_PCI_NUM_REGIONS),
		CALL("region 255", .region = 255),
		CALL("region 1 << 31", .region = 1u << 31),
		CALL("region UINT_MAX", .region = ~0u),
		CALL("testdev, region 0, one page", .device = TESTDEV,
		     .region = 0),
		CALL("testdev, region 1, I/O BAR", .device = TESTDEV,
		     .region = 1),
		CALL("testdev, region 2", .device = TESTDEV, .region = 2),
		CALL("testdev, region 5, empty BAR", .device = TESTDEV,
		     .region = 5),
		CALL("ivshmem, region 1, empty BAR", .device = IVSHMEM,
		     .region = 1),
		CALL("ivshmem, region 2, memory", .device = IVSHMEM),
		CALL("ivshmem, region 0, a page of 256 bytes",
		     .device = IVSHMEM, .region = 0),
		ONE("ivshmem, region 0, all of 256 bytes", 0, 256,
		    .device = IVSHMEM, .region = 0),
		ONE("region 0 with its MSI-X table", 0, 4 * PAGE, .region = 0),
		ONE("region 0, past its end", 4 * PAGE, PAGE, .region = 0),
		ONE("I/O BAR, all of it", 0, 256, .device = TESTDEV,
		    .region = 1),
		ONE("I/O BAR, past its end", PAGE, PAGE, .device = TESTDEV,
		    .region = 1),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

static void ask_one_range(void)
{
	static const struct call calls[] = {
		ONE("all of the BAR", 0, SIZE),
		ONE("second page", PAGE, PAGE),
		ONE("last page", SIZE - PAGE, PAGE),
		ONE("second half", SIZE / 2, SIZE / 2),
		ONE("all but the first page", PAGE, SIZE - PAGE),
		ONE("length 0", 0, 0),
		ONE("length 0 at the end", SIZE, 0),
		ONE("offset 1", 1, PAGE),
		ONE("offset 2048", 2048, PAGE),
		ONE("offset 4097", PAGE + 1, PAGE),
		ONE("length 1", 0, 1),
		ONE("length 4095", 0, PAGE - 1),
		ONE("length 4097", 0, PAGE + 1),
		ONE("offset and length 2048", 2048, 2048),
		ONE("first page past the end", SIZE, PAGE),
		ONE("half past the end", SIZE - PAGE, 2 * PAGE),
		ONE("a page longer than the BAR", 0, SIZE + PAGE),
		ONE("offset 1 << 40", 1ULL << 40, PAGE),
		ONE("offset 1 << 63", BIT63, PAGE),
		ONE("length 1 << 62", 0, 1ULL << 62),
		ONE("length 1 << 63", 0, BIT63),
		ONE("length a page less than 1 << 63", 0, BIT63 - PAGE),
		ONE("length a page more than 1 << 63", 0, BIT63 + PAGE),
		ONE("length of all but a page", 0, LAST),
		ONE("length UINT64_MAX", 0, ~0ULL),
		ONE("offset UINT64_MAX", ~0ULL, PAGE),
		ONE("offset and length UINT64_MAX", ~0ULL, ~0ULL),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

static void ask_several_ranges(void)
{
	static const struct call calls[] = {
		TWO("two, neighbours", 0, PAGE, PAGE, PAGE),
		TWO("two, a gap between", 0, PAGE, 2 * PAGE, PAGE),
		TWO("two, backwards", PAGE, PAGE, 0, PAGE),
		TWO("two, the same", 0, PAGE, 0, PAGE),
		TWO("two, overlapping", 0, 2 * PAGE, PAGE, 2 * PAGE),
		TWO("two, the BAR twice", 0, SIZE, 0, SIZE),
		TWO("two, first empty", 0, 0, 0, PAGE),
		TWO("two, second empty", 0, PAGE, 0, 0),
		TWO("two, second not aligned", 0, PAGE, 1, PAGE),
		TWO("two, second past the end", 0, PAGE, SIZE, PAGE),
		TWO("two, together 1 << 63", 0, BIT63 - PAGE, 0, PAGE),
		TWO("two, together 0", 0, BIT63, 0, BIT63),
		TWO("two, together a page", 0, LAST, 0, 2 * PAGE),
		TWO("two, together all but a page", 0, BIT63, 0,
		    BIT63 - PAGE),
		TWO("two, in registers", 0, PAGE, PAGE, PAGE, .region = 0),
		THREE("three", 0, PAGE, 8 * PAGE, PAGE, SIZE - PAGE, PAGE),
		THREE("three, last not aligned", 0, PAGE, PAGE, PAGE, 1, PAGE),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

/* Where the end of a range is no address; where the BAR begins matters. */
static void ask_overflow(void)
{
	const __u64 start = pci_bar_start(devices[NVME].bdf, BAR);
	const struct call calls[] = {
		ONE("last page of all offsets", LAST, PAGE),
		ONE("last page of all offsets, long", LAST, BIT63 - PAGE),
		TWO("two, second overflows", 0, PAGE, LAST, PAGE),
		ONE("last page of all addresses", LAST - start, PAGE),
		ONE("last page but one", LAST - PAGE - start, PAGE),
		ONE("last two pages", LAST - PAGE - start, 2 * PAGE),
		ONE("begins where no address is", LAST + PAGE - start, PAGE),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

/* Of two errors the one that is seen first */
static void ask_order(void)
{
	static const struct call calls[] = {
		ONE("no such region, bad range", 1, 0, .region = 6),
		ONE("no such region, overflow", LAST, PAGE, .region = 7),
		ONE("empty BAR, bad range", 1, 0, .region = 4),
		ONE("1 << 63, overflow", LAST, BIT63),
		ONE("not aligned, overflow", LAST + 1, PAGE),
		ONE("I/O BAR, overflow", LAST, PAGE, .device = TESTDEV,
		    .region = 1),
		ONE("I/O BAR, bad range", 1, 0, .device = TESTDEV,
		    .region = 1),
		TWO("two, overflow, then not aligned", LAST, PAGE, 0, 1),
		TWO("two, overflow, then 1 << 63", LAST, PAGE, 0, BIT63),
		TWO("two, past the end, then not aligned", SIZE, PAGE, 0, 1),
		TWO("two, past the end, then overflow", SIZE, PAGE, LAST,
		    PAGE),
		TWO("two, overflow, then past the end", LAST, PAGE, SIZE,
		    PAGE),
	};

	make_calls(calls, ARRAY_SIZE(calls));
}

/* Page I of the BAR and the one behind the next: no two are neighbours. */
static int export_scattered(__u32 nr)
{
	struct vfio_region_dma_range *ranges = calloc(nr, sizeof(*ranges));
	__u32 i;
	int ret;

	assert_non_null(ranges);
	for (i = 0; i < nr; i++) {
		ranges[i].offset = i * 2 % 256 * PAGE;
		ranges[i].length = PAGE;
	}
	ret = vfio_feature_dma_buf(devices[NVME].fd, BAR, O_RDWR, ranges, nr);
	free(ranges);

	return ret;
}

static void ask_many_ranges(void)
{
	answer_ret("1000 ranges", export_scattered(1000));
	answer_ret("65536 ranges", export_scattered(65536));
	answer_ret("too many ranges", export_scattered(MAX + 1));
}

static int export_page_by(int fd)
{
	return vfio_feature_dma_buf_range(fd, BAR, 0, PAGE);
}

static int export_page(void)
{
	return export_page_by(devices[NVME].fd);
}

/* Whatever the device does at that time */
static void ask_states(void)
{
	const struct vfio_dev *dev = &devices[NVME];

	assert_ok(vfio_config_set_memory(dev, false));
	answer_ret("memory decode off", export_page());
	assert_ok(vfio_config_set_memory(dev, true));
	answer_ret("memory decode on again", export_page());
	assert_ok(vfio_config_set_power(dev, 3));
	answer_ret("in D3hot", export_page());
	assert_ok(vfio_config_set_power(dev, 0));
	answer_ret("in D0 again", export_page());
	assert_ok(vfio_dev_reset(dev));
	answer_ret("after a reset", export_page());
	assert_ok(pci_reset(dev->bdf));
	answer_ret("after a reset by sysfs", export_page());
	assert_ok(vfio_feature_low_power_entry(dev->fd));
	answer_ret("in low power", export_page());
	answer("PROBE in low power", "%s",
	       answer_code(vfio_feature_probe(dev->fd,
					      VFIO_DEVICE_FEATURE_DMA_BUF,
					      GET)));
	assert_ok(vfio_feature_low_power_exit(dev->fd));
	answer_ret("after low power", export_page());
}

/* The device sleeps, and can't be woken up. */
static void ask_asleep(void)
{
	const struct vfio_dev *dev = &devices[NVME];
	struct importer imp;

	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(importer_open_nonpci(&imp));
	assert_ok(vfio_feature_low_power_entry(dev->fd));
	assert_ok(pci_wait_suspended(dev->bdf));
	assert_ok(importer_keep_asleep(&imp, dev->bdf));
	answer_ret("asleep for good", export_page());
	answer("PROBE, asleep for good", "%s",
	       answer_code(vfio_feature_probe(dev->fd,
					      VFIO_DEVICE_FEATURE_DMA_BUF,
					      GET)));
	answer("another feature, asleep for good", "%s",
	       answer_code(vfio_feature_low_power_exit(dev->fd)));
	importer_close(&imp);
	answer_ret("it can be woken up again", export_page());
	assert_ok(vfio_feature_low_power_exit(dev->fd));
}

/* No fd is left: the export is undone. */
static void ask_no_fd(void)
{
	struct rlimit limit, none;
	int ret;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ret = export_page();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	answer_ret("no fd left", ret);
	answer_ret("an fd left again", export_page());
}

static void seek(int fd, const char *what, off_t offset, int whence)
{
	const off_t ret = lseek(fd, offset, whence);

	answer(what, "%s", answer_code(ret < 0 ? -errno : ret));
}

static void map(int fd, const char *what, int prot, int flags)
{
	void *addr = mmap(NULL, PAGE, prot, flags, fd, 0);

	answer(what, "%s", answer_code(addr == MAP_FAILED ? -errno : 0));
	if (addr != MAP_FAILED)
		munmap(addr, PAGE);
}

static void result(const char *what, long ret)
{
	answer(what, "%s", answer_code(ret < 0 ? -errno : ret));
}

/* One line of /proc/self/fdinfo, without its name */
static void info(int fd, const char *key)
{
	char path[64], what[64], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	snprintf(what, sizeof(what), "fdinfo, %s", key);
	file = fopen(path, "r");
	assert_non_null(file);
	do {
		assert_non_null(fgets(line, sizeof(line), file));
	} while (strncmp(line, key, strlen(key)));
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	answer(what, "%s", line + strcspn(line, "\t") + 1);
}

/* What can be done with the fd */
static void use_fd(int fd)
{
	struct dma_buf_sync sync = {
		.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW,
	};
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };
	char byte = 0;

	seek(fd, "lseek to the end", 0, SEEK_END);
	seek(fd, "lseek to the start", 0, SEEK_SET);
	seek(fd, "lseek to 1", 1, SEEK_SET);
	seek(fd, "lseek to 1 behind the end", 1, SEEK_END);
	seek(fd, "lseek from here", 0, SEEK_CUR);
	map(fd, "mmap, shared", PROT_READ | PROT_WRITE, MAP_SHARED);
	map(fd, "mmap, shared, for reading", PROT_READ, MAP_SHARED);
	map(fd, "mmap, private", PROT_READ, MAP_PRIVATE);
	result("read", read(fd, &byte, 1));
	result("write", write(fd, &byte, 1));
	result("poll", poll(&pfd, 1, 0));
	answer("poll, events", "0x%x", pfd.revents);
	result("DMA_BUF_IOCTL_SYNC", ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync));
	result("DMA_BUF_SET_NAME", ioctl(fd, DMA_BUF_SET_NAME_B, "name"));
	result("VFIO_DEVICE_FEATURE of the dma-buf",
	       ioctl(fd, VFIO_DEVICE_FEATURE, &sync));
	info(fd, "size");
	info(fd, "count");
	info(fd, "exp_name");
	info(fd, "name");
}

/* Other fds of the same device, and what is left when all are closed */
static void ask_other_fds(void)
{
	struct vfio_dev *dev = &devices[NVME];
	int copy = dup(dev->fd);
	int second = assert_ok(vfio_dev_reopen(dev));
	int shell;

	assert_true(copy >= 0);
	answer_ret("a copy of the device's fd", export_page_by(copy));
	answer_ret("a second fd of the device", export_page_by(second));
	answer_ret("the group's fd", export_page_by(dev->group->fd));
	shell = assert_ok(export_page_by(second));
	close(copy);
	close(dev->fd);
	answer_ret("a closed fd", export_page_by(copy));
	answer_ret("the last fd of the device", export_page_by(second));
	close(second);
	seek(shell, "size after the last close", 0, SEEK_END);
	map(shell, "mmap after the last close", PROT_READ, MAP_SHARED);
	dev->fd = assert_ok(vfio_dev_reopen(dev));
	answer_ret("opened again, as it is", export_page());
	assert_ok(vfio_config_set_memory(dev, true));
	answer_ret("opened again, memory decode on", export_page());
	seek(shell, "size after the next open", 0, SEEK_END);
	answer_fd("the dma-buf from before", shell);
}

int main(void)
{
	int i, fd;

	answer_begin("call");
	for (i = 0; i < NR_DEVICES; i++)
		served_open(&devices[i], names[i]);

	ask_sizes();
	ask_operations();
	ask_flags();
	ask_header();
	ask_unreadable();
	ask_pointers();
	ask_open_flags();
	ask_regions();
	ask_one_range();
	ask_several_ranges();
	ask_overflow();
	ask_order();
	ask_many_ranges();
	ask_states();
	ask_asleep();
	ask_no_fd();
	fd = assert_ok(export_page());
	use_fd(fd);
	close(fd);
	ask_other_fds();

	for (i = 0; i < NR_DEVICES; i++)
		vfio_dev_close(&devices[i]);
	answer_end();

	return 0;
}
