// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory regions of an RDMA device over the BAR of another device, with the
 * kernel's own uverbs and ib_umem_dmabuf: what the device writes arrives, a reset
 * takes the region's mapping away, the next use maps it again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/udmabuf.h>
#include <rdma/ib_user_ioctl_verbs.h>

#include "array.h"
#include "crew.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "pattern.h"
#include "rdma.h"
#include "scene.h"
#include "stock.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define PAGE	4096

/* The dma-buf, and what of the BAR the tests look at around it */
#define START	(4 * PAGE)
#define LENGTH	(4 * PAGE)
#define AREA	(12 * PAGE)

/* Seeds: what the owner filled the area with, what the RDMA device writes */
#define OWNER	100
#define DEVICE	200

#define READ_ONLY	IB_UVERBS_ACCESS_REMOTE_READ
#define READ_WRITE	(IB_UVERBS_ACCESS_LOCAL_WRITE |		\
			 IB_UVERBS_ACCESS_REMOTE_WRITE |	\
			 IB_UVERBS_ACCESS_REMOTE_READ)

#define RACE_ROUNDS	5

static const char nic_name[] = "IMPORTER_EDU1";
static struct scene scene;
static struct rdma nic;
static struct rdma_mr mr;
static int dmabuf;
static struct crew crew = CREW_INIT;

static int setup(void **state)
{
	scene = (struct scene) { .dev.fd = -1, .imp.fd = -1, .control = -1 };
	nic = (struct rdma) { .fd = -1, .work = -1 };
	dmabuf = -1;

	return 0;
}

static int teardown(void **state)
{
	crew_stop(&crew);
	rdma_close(&nic);
	if (dmabuf >= 0)
		close(dmabuf);
	scene_close(&scene);

	return 0;
}

/* What each test begins with; a setup could not skip it. */
static void open_all(void **state)
{
	rdma_load_or_skip();
	scene_open(&scene, *state ?: "EXPORTER_IVSHMEM", "IMPORTER_EDU0");
	assert_ok(rdma_open(&nic, env_bdf_or_skip(nic_name)));
	pattern_fill_io(scene.bar, AREA, OWNER, 0);
	dmabuf = scene_export(&scene, START, LENGTH);
}

static void reg(void)
{
	assert_ok(rdma_reg_dmabuf(&nic, dmabuf, 0, LENGTH, READ_WRITE, &mr));
}

static void close_dmabuf(void)
{
	assert_int_equal(close(dmabuf), 0);
	dmabuf = -1;
}

static int write_pattern(__u64 offset, size_t size, __u32 seed, __u32 flags)
{
	char data[2 * PAGE];

	assert_true(size <= sizeof(data));
	pattern_fill(data, size, seed, 0);

	return rdma_write(&nic, &mr, offset, data, size, flags);
}

/* A write to the region arrives at the same offset of the dma-buf. */
static void expect_write(__u64 offset, size_t size, __u32 seed)
{
	assert_ok(write_pattern(offset, size, seed, 0));
	assert_int_equal(pattern_check_io(scene.bar + START + offset, size,
					  seed, 0), size);
}

/* Only [FROM, TO) of the area is not as the owner left it. */
static void expect_untouched_but(size_t from, size_t to)
{
	assert_int_equal(pattern_check_io(scene.bar, from, OWNER, 0), from);
	assert_int_equal(pattern_check_io(scene.bar + to, AREA - to, OWNER, to),
			 AREA - to);
}

/* Work that must not map the region: ERR, and the BAR is as it was. */
static void expect_refused(int err, __u32 flags)
{
	__u32 before[16], after[16];

	memcpy(before, scene.bar + START, sizeof(before));
	assert_errno(write_pattern(0, sizeof(before), DEVICE + 99, flags), err);
	memcpy(after, scene.bar + START, sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
}

static void expect_stat(unsigned int mapped, __u64 maps, __u64 invalidations)
{
	struct p2p_rdma_stat stat;

	assert_ok(rdma_stat(&nic, &mr, &stat));
	assert_int_equal(stat.mapped, mapped);
	assert_int_equal(stat.maps, maps);
	assert_int_equal(stat.invalidations, invalidations);
}

static void test_write(void **state)
{
	open_all(state);
	reg();
	expect_write(PAGE - 8, PAGE + 16, DEVICE);
	expect_untouched_but(START + PAGE - 8, START + 2 * PAGE + 8);
	expect_write(LENGTH - 4, 4, DEVICE);
	expect_stat(1, 1, 0);
	assert_ok(rdma_dereg(&nic, &mr));
	assert_errno(write_pattern(0, 4, DEVICE, 0), ENOENT);
}

static void test_read(void **state)
{
	char data[64];

	open_all(state);
	reg();
	assert_ok(rdma_read(&nic, &mr, PAGE - 32, data, sizeof(data), 0));
	assert_int_equal(pattern_check(data, sizeof(data), OWNER,
				       START + PAGE - 32), sizeof(data));
	expect_untouched_but(0, 0);
}

/* A region need not begin or end where a page does. */
static void test_part(void **state)
{
	const __u64 offset = PAGE + 256;
	const __u64 length = PAGE + 64;

	open_all(state);
	assert_ok(rdma_reg_dmabuf(&nic, dmabuf, offset, length, READ_WRITE,
				  &mr));
	assert_ok(write_pattern(0, length, DEVICE, 0));
	assert_int_equal(pattern_check_io(scene.bar + START + offset, length,
					  DEVICE, 0), length);
	expect_untouched_but(START + offset, START + offset + length);
	assert_errno(write_pattern(length - 4, 8, DEVICE, 0), ERANGE);
	assert_errno(write_pattern(length, 4, DEVICE, 0), ERANGE);
	expect_untouched_but(START + offset, START + offset + length);
}

static void test_too_long(void **state)
{
	open_all(state);
	assert_errno(rdma_reg_dmabuf(&nic, dmabuf, PAGE, LENGTH, READ_WRITE,
				     &mr), EINVAL);
}

/* Over the border of two ranges that are far from each other in the BAR */
static void test_ranges(void **state)
{
	const struct vfio_region_dma_range ranges[] = {
		{ .offset = 8 * PAGE, .length = PAGE },
		{ .offset = 2 * PAGE, .length = 2 * PAGE },
	};

	open_all(state);
	/* The kernel's own can't map several ranges behind an IOMMU. */
	native_skip();
	close_dmabuf();
	dmabuf = assert_ok(vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR,
						O_RDWR | O_CLOEXEC, ranges,
						ARRAY_SIZE(ranges)));
	assert_ok(rdma_reg_dmabuf(&nic, dmabuf, 64, 2 * PAGE, READ_WRITE, &mr));
	assert_ok(write_pattern(PAGE - 128, 128, DEVICE, 0));
	assert_int_equal(pattern_check_io(scene.bar + 9 * PAGE - 64, 64, DEVICE,
					  0), 64);
	assert_int_equal(pattern_check_io(scene.bar + 2 * PAGE, 64, DEVICE,
					  64), 64);
}

static void test_read_only(void **state)
{
	char data[8];

	open_all(state);
	assert_ok(rdma_reg_dmabuf(&nic, dmabuf, 0, LENGTH, READ_ONLY, &mr));
	assert_ok(rdma_read(&nic, &mr, 0, data, sizeof(data), 0));
	expect_refused(EACCES, 0);
}

/*
 * A reset takes the mapping away.  A device without page faults has lost the
 * region; one with them maps it again.
 */
static void test_reset(void **state)
{
	open_all(state);
	reg();
	expect_write(0, 64, DEVICE);
	assert_ok(vfio_dev_reset(&scene.dev));
	expect_stat(0, 1, 1);
	expect_refused(ESTALE, P2P_RDMA_NO_FAULT);

	expect_write(0, 64, DEVICE + 1);
	expect_stat(1, 2, 1);
	assert_ok(write_pattern(64, 64, DEVICE, P2P_RDMA_NO_FAULT));
	assert_ok(rdma_dereg(&nic, &mr));
}

static void test_memory_off(void **state)
{
	struct rdma_mr other;

	open_all(state);
	reg();
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	expect_stat(0, 1, 1);
	assert_errno(write_pattern(0, 64, DEVICE, 0), ENODEV);
	assert_errno(write_pattern(0, 64, DEVICE, P2P_RDMA_NO_FAULT), ESTALE);
	assert_errno(rdma_reg_dmabuf(&nic, dmabuf, 0, PAGE, READ_WRITE, &other),
		     ENODEV);

	assert_ok(vfio_config_set_memory(&scene.dev, true));
	expect_untouched_but(0, 0);
	expect_write(0, 64, DEVICE);
	expect_stat(1, 2, 1);
}

/* The region keeps the dma-buf, and loses its mapping as if there were an fd. */
static void test_close_dmabuf(void **state)
{
	struct stock before;

	open_all(state);
	stock_take(&before);
	reg();
	close_dmabuf();
	expect_write(0, 64, DEVICE);
	assert_ok(vfio_dev_reset(&scene.dev));
	expect_refused(ESTALE, P2P_RDMA_NO_FAULT);
	expect_write(0, 64, DEVICE + 1);

	assert_ok(rdma_dereg(&nic, &mr));
	dmabuf = scene_export(&scene, START, LENGTH);
	stock_check(&before, "deregistered");
}

/* A mapping of the BAR keeps the device open. */
static void close_device(void)
{
	assert_int_equal(munmap(scene.bar, SCENE_SIZE), 0);
	scene.bar = NULL;
	vfio_dev_close(&scene.dev);
}

static void test_close_device(void **state)
{
	open_all(state);
	reg();
	close_device();
	expect_stat(0, 1, 1);
	assert_errno(write_pattern(0, 64, DEVICE, 0), ENODEV);
	assert_ok(rdma_dereg(&nic, &mr));
}

/* Nobody asks the region, and nobody waits for it. */
static void test_unbind_exporter(void **state)
{
	open_all(state);
	reg();
	close_device();
	assert_ok(pci_unbind(scene.dev.bdf));
	assert_errno(write_pattern(0, 64, DEVICE, 0), ENODEV);
	assert_ok(rdma_dereg(&nic, &mr));
}

/*
 * An RDMA device that goes takes its regions along.  Whoever held them may only
 * give them back.
 */
static void test_unbind_rdma(void **state)
{
	const char *bdf = env_bdf_or_skip(nic_name);
	struct rdma_mr other;
	struct stock before;

	open_all(state);
	stock_take(&before);
	reg();
	close_dmabuf();
	assert_ok(pci_unbind(bdf));
	dmabuf = scene_export(&scene, START, LENGTH);
	stock_check(&before, "the RDMA device is gone");
	assert_errno(write_pattern(0, 64, DEVICE, 0), ENOENT);
	assert_errno(rdma_reg_dmabuf(&nic, dmabuf, 0, PAGE, READ_WRITE, &other),
		     EIO);
	assert_ok(rdma_dereg(&nic, &mr));

	rdma_close(&nic);
	assert_ok(rdma_open(&nic, bdf));
	reg();
	expect_write(0, 64, DEVICE);
}

static void test_unload(void **state)
{
	open_all(state);
	native_skip();
	reg();
	close_dmabuf();
	close(scene.control);
	scene.control = -1;
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	expect_write(0, 64, DEVICE);
	assert_ok(rdma_dereg(&nic, &mr));
	assert_ok(module_unload(MODULE_UNDER_TEST));
}

static int reg_pinned(int fd, struct rdma_mr *result)
{
	int ret;

	assert_ok(rdma_set_pinned(true));
	ret = rdma_reg_dmabuf(&nic, fd, 0, PAGE, READ_WRITE, result);
	assert_ok(rdma_set_pinned(false));

	return ret;
}

/* What pins for good could not be told of a reset.  Others are not disturbed. */
static void test_pinned(void **state)
{
	struct rdma_mr pinned;
	struct stock before;
	int i;

	open_all(state);
	reg();
	stock_take(&before);
	for (i = 0; i < 3; i++)
		assert_errno(reg_pinned(dmabuf, &pinned), EOPNOTSUPP);
	stock_check(&before, "refused");
	expect_stat(1, 1, 0);
	expect_write(0, 64, DEVICE);

	assert_ok(vfio_dev_reset(&scene.dev));
	assert_errno(reg_pinned(dmabuf, &pinned), EOPNOTSUPP);
	expect_write(0, 64, DEVICE + 1);
}

/* A dma-buf of host memory, or skip */
static int ram_dmabuf(void)
{
	struct udmabuf_create create = { .size = PAGE };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int fd;

	if (device < 0) {
		print_message("this kernel has no udmabuf\n");
		skip();
	}
	create.memfd = memfd_create("ram", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(create.memfd, PAGE), 0);
	assert_int_equal(fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	fd = ioctl(device, UDMABUF_CREATE, &create);
	close(create.memfd);
	close(device);

	return assert_ok(fd);
}

/* It is not the RDMA device that fails to pin. */
static void test_pinned_ram(void **state)
{
	int fd;

	open_all(state);
	fd = ram_dmabuf();
	assert_ok(reg_pinned(fd, &mr));
	assert_ok(write_pattern(0, 64, DEVICE, 0));
	assert_ok(rdma_dereg(&nic, &mr));
	close(fd);
}

/* Work requests of the race by what became of them */
static atomic_ulong landed, stale;

/* Odd from the end of a revoke to the next map */
static atomic_uint phase;

/* Each writes a number of its own. */
static void do_work(struct crew *crew, void *context)
{
	const unsigned int before = atomic_load(&phase);
	static __u32 number;
	__u32 data[PAGE / 4];
	unsigned int i;
	int ret;

	number++;
	for (i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = number;
	ret = rdma_write(&nic, &mr, 0, data, sizeof(data), P2P_RDMA_NO_FAULT);
	if (!ret)
		atomic_fetch_add(&landed, 1);
	else if (ret == -ESTALE)
		atomic_fetch_add(&stale, 1);
	else
		crew_fail(crew, "work: %d", ret);
	if (!ret && before % 2 && before == atomic_load(&phase))
		crew_fail(crew, "work begun after the revoke landed");
}

static void wait_for_more(atomic_ulong *count, unsigned long more)
{
	const unsigned long end = atomic_load(count) + more;

	while (atomic_load(count) < end && !crew_failed(&crew))
		crew_work(&crew, 10);
	crew_check(&crew);
}

static void read_bar(__u32 data[PAGE / 4])
{
	const volatile __u32 *bar = (void *)(scene.bar + START);
	unsigned int i;

	for (i = 0; i < PAGE / 4; i++)
		data[i] = bar[i];
}

/* There is work that lands, and is under way. */
static void race_begin(void)
{
	assert_ok(write_pattern(2 * PAGE, 4, DEVICE, 0));
	wait_for_more(&landed, 1);
}

/*
 * Nothing arrives any more, and what has begun before has arrived as a whole; the
 * BAR can be read.
 */
static void race_check(void)
{
	__u32 before[PAGE / 4], after[PAGE / 4];
	unsigned int i;

	read_bar(before);
	/* The first may be of work that began before. */
	wait_for_more(&stale, 2);
	read_bar(after);
	assert_memory_equal(before, after, sizeof(before));
	for (i = 1; i < ARRAY_SIZE(after); i++)
		assert_int_equal(after[i], after[0]);
}

static void reset_round(void)
{
	race_begin();
	assert_ok(vfio_dev_reset(&scene.dev));
	atomic_fetch_add(&phase, 1);
	race_check();
	atomic_fetch_add(&phase, 1);
}

/* The access is away until it is given back, so that this sees the revoke alone. */
static void memory_off_round(void)
{
	race_begin();
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	atomic_fetch_add(&phase, 1);
	wait_for_more(&stale, 2);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	race_check();
	atomic_fetch_add(&phase, 1);
}

/* Work that never ends, and in its midst what takes the access away */
static void race(void (*round)(void))
{
	unsigned int i;

	reg();
	landed = 0;
	stale = 0;
	phase = 0;
	crew_add(&crew, "work", do_work, NULL);
	for (i = 0; i < RACE_ROUNDS; i++)
		round();
	crew_stop(&crew);
	crew_check(&crew);
	expect_stat(0, RACE_ROUNDS, RACE_ROUNDS);
	printf("# %lu work requests landed, %lu were refused\n", landed, stale);
}

static void test_reset_race(void **state)
{
	open_all(state);
	race(reset_round);
}

static void test_memory_off_race(void **state)
{
	open_all(state);
	race(memory_off_round);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define TEST_WITH(fn, title, exporter) \
	{ title, fn, setup, teardown, exporter }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write),
		TEST(test_read),
		TEST(test_part),
		TEST(test_too_long),
		TEST(test_ranges),
		TEST(test_read_only),
		TEST_WITH(test_reset, "reset by FLR", "EXPORTER_NVME"),
		TEST_WITH(test_reset, "reset of the bus", "EXPORTER_IVSHMEM"),
		TEST(test_memory_off),
		TEST(test_close_dmabuf),
		TEST(test_close_device),
		TEST(test_unbind_exporter),
		TEST(test_unbind_rdma),
		TEST(test_unload),
		TEST(test_pinned),
		TEST(test_pinned_ram),
		TEST(test_reset_race),
		TEST(test_memory_off_race),
	};

	return tap_run(tests, NULL, NULL);
}
