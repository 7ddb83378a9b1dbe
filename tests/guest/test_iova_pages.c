// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a BAR for an IOMMU's mappings only: iommufd gets them, and with them other
 * devices, and nobody else does.
 *
 * An ioctl() of the test importer is who pins for long, as not all kernels have iommufd.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bar.h"
#include "crew.h"
#include "importer.h"
#include "ioas.h"
#include "iova_scene.h"
#include "kmod.h"
#include "kmsg.h"
#include "p2p.h"
#include "pages.h"
#include "scene.h"
#include "served.h"
#include "tap.h"
#include "touch.h"
#include "uring.h"
#include "vfio_feature.h"
#include "vfio_region.h"

#define PAGE	4096ul
#define BAR	SCENE_BAR
#define GRANULE	(2ul << 20)

#define EDU	"IMPORTER_EDU0"

static struct iova_scene scene = IOVA_SCENE_CLOSED;
static struct vfio_dev dev = { .fd = -1 };
static struct importer pinner = { .fd = -1 };
static struct uring ring = { .fd = -1 };
static int control = -1, kmsg = -1;

static int teardown(void **state)
{
	if (ring.fd >= 0)
		uring_close(&ring);
	ring.fd = -1;
	importer_close(&pinner);
	vfio_dev_close(&dev);
	if (control >= 0)
		close(control);
	if (kmsg >= 0)
		close(kmsg);
	control = -1;
	kmsg = -1;
	iova_scene_close(&scene);
	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload_soon(MODULE_UNDER_TEST) : 0;
}

/* By its group, without iommufd */
static void begin(const char *exporter)
{
	served_open(&dev, exporter);
	control = assert_ok(p2p_open());
	pages_iommu_skip(control);
	kmsg = assert_ok(kmsg_open());
}

static void open_pinner(void)
{
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(importer_open_nonpci(&pinner));
}

static int pin_for_long(char *addr)
{
	return importer_pin_as_iommufd(&pinner, addr, PAGE);
}

static void unpin(void)
{
	assert_ok(importer_unpin(&pinner));
}

static char *begin_mapped(const char *exporter, __u64 offset, size_t size)
{
	begin(exporter);
	assert_ok(pages_iommu_register(control, dev.fd, BAR, 0));
	return pages_iommu_map(control, dev.fd, BAR, offset, size);
}

static void expect_no_access(char *addr)
{
	__u32 value;
	int fds[2];

	assert_errno(touch_read(addr, &value), EFAULT);
	assert_errno(touch_write(addr, 0), EFAULT);
	assert_ok(pipe(fds));
	assert_int_equal(write(fds[1], addr, 4), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(write(fds[1], &value, 4), 4);
	assert_int_equal(read(fds[0], addr, 4), -1);
	assert_int_equal(errno, EFAULT);
	close(fds[0]);
	close(fds[1]);
}

static void test_no_access(void **state)
{
	char *addr = begin_mapped(*state, 0, 2 * PAGE);
	struct pin pin;

	expect_no_access(addr);
	expect_no_access(addr + PAGE);
	/* For a moment, as O_DIRECT does */
	assert_errno(pin_page(&pin, addr), EFAULT);
	munmap(addr, 2 * PAGE);
}

/* For long, as iommufd does, but somebody else */
static void test_others_for_long(void **state)
{
	char *addr = begin_mapped(*state, 0, 2 * PAGE);

	assert_ok(uring_open(&ring));
	assert_errno(uring_register_buffer(&ring, addr, PAGE), EFAULT);
	open_pinner();
	assert_errno(importer_pin(&pinner, addr, PAGE), EFAULT);
	assert_ok(pin_for_long(addr));
	unpin();
	munmap(addr, 2 * PAGE);
}

/* While it is pinned, and in the moment in which the page table has it */
static void test_no_access_when_pinned(void **state)
{
	char *addr = begin_mapped(*state, 0, GRANULE);
	unsigned int i;

	open_pinner();
	for (i = 0; i < 20; i++) {
		__u32 value;

		assert_ok(pin_for_long(addr));
		if (i & 1)
			assert_errno(touch_read(addr, &value), EFAULT);
		else
			assert_errno(touch_write(addr, 0), EFAULT);
		expect_no_access(addr);
		/* What was in the page table beside it */
		expect_no_access(addr + PAGE);
		unpin();
	}
	munmap(addr, GRANULE);
}

static int open_pages(int flags, __u64 offset, size_t size)
{
	struct vfio_p2p_alloc arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_P2P_ALLOC_IOMMU,
		.device_fd = dev.fd,
		.region_index = BAR,
		.open_flags = flags,
		.length = size,
		.offset = offset,
	};
	int fd = ioctl(control, VFIO_P2P_ALLOC, &arg);

	return fd < 0 ? -errno : fd;
}

static int map_errno(int fd, size_t size, int prot, int flags, off_t offset)
{
	void *addr = mmap(NULL, size, prot, flags, fd, offset);

	if (addr == MAP_FAILED)
		return -errno;
	munmap(addr, size);
	return 0;
}

/* What it was made with it keeps. */
static void test_protection(void **state)
{
	char *addr = begin_mapped(*state, 0, 2 * PAGE), *other;
	int fd = assert_ok(open_pages(O_RDWR, 0, 2 * PAGE));

	assert_int_equal(mprotect(addr, PAGE, PROT_NONE), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(mprotect(addr, 2 * PAGE, PROT_READ), -1);
	assert_int_equal(errno, EACCES);
	assert_ok(map_errno(fd, PAGE, PROT_READ, MAP_SHARED, PAGE));
	assert_errno(map_errno(fd, PAGE, PROT_READ, MAP_PRIVATE, 0), EINVAL);
	assert_errno(map_errno(fd, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, 0),
		     EPERM);
	assert_errno(map_errno(fd, PAGE, PROT_READ, MAP_SHARED, 2 * PAGE),
		     EINVAL);
	close(fd);

	/* Nobody writes who may only read. */
	fd = assert_ok(open_pages(O_RDONLY, 0, PAGE));
	assert_errno(map_errno(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0),
		     EACCES);
	other = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(other, MAP_FAILED);
	close(fd);
	open_pinner();
	assert_errno(pin_for_long(other), EFAULT);
	assert_ok(pin_for_long(addr));
	unpin();
	munmap(other, PAGE);
	munmap(addr, 2 * PAGE);
}

/* Another process by its means: neither that, nor by what is in the page table */
static void test_type1(void **state)
{
	char *addr = begin_mapped(*state, 0, GRANULE);

	assert_errno(vfio_container_map(dev.container, addr, IOVA_BAR, PAGE),
		     EFAULT);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	munmap(addr, GRANULE);
}

static void test_unregister(void **state)
{
	char *addr = begin_mapped(*state, 0, GRANULE);
	struct timespec begin, end;

	open_pinner();
	assert_ok(pin_for_long(addr + PAGE));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
	clock_gettime(CLOCK_MONOTONIC, &end);
	/* Not the five seconds of others */
	assert_in_range(end.tv_sec - begin.tv_sec, 0, 3);
	munmap(addr, GRANULE);
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
	unpin();

	/* It is as it was. */
	addr = pages_iommu_map(control, dev.fd, BAR, 0, GRANULE);
	assert_ok(pin_for_long(addr));
	unpin();
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	assert_errno(pin_for_long(addr), EFAULT);
	expect_no_access(addr);
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, 0, PAGE), ENOENT);
	munmap(addr, GRANULE);
}

/* One kind at a time, and neither gives what is the other's. */
static void test_exclusive(void **state)
{
	struct vfio_p2p_range range = { .length = PAGE };
	struct vfio_p2p_pool pool;
	void *bar;

	begin(*state);
	assert_ok(pages_iommu_register(control, dev.fd, BAR, 0));
	assert_errno(pages_iommu_register(control, dev.fd, BAR, 0), EBUSY);
	assert_errno(pages_register(control, dev.fd, BAR, 0, 0), EBUSY);
	assert_errno(pages_alloc(control, dev.fd, BAR, PAGE, NULL), ENOENT);
	assert_errno(pages_export(control, dev.fd, BAR, VFIO_P2P_EXPORT_PAGES,
				  &range, 1), ENOENT);
	assert_ok(pages_pool(control, dev.fd, BAR, &pool));
	assert_int_equal(pool.pools, 0);
	assert_int_equal(pool.size, 0);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));

	assert_ok(pages_register(control, dev.fd, BAR, 0, GRANULE));
	assert_errno(pages_iommu_register(control, dev.fd, BAR, 0), EBUSY);
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, 0, PAGE), ENOENT);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));

	assert_ok(vfio_region_mmap(&dev, BAR, 0, PAGE, &bar));
	assert_errno(pages_register(control, dev.fd, BAR, 0, 0), EBUSY);
	assert_errno(pages_iommu_register(control, dev.fd, BAR, 0), EBUSY);
	munmap(bar, PAGE);
}

/* They neither come nor go while vfio's mmap shows them. */
static void test_mmapped(void **state)
{
	void *bar;

	begin(*state);
	assert_ok(vfio_region_mmap(&dev, BAR, GRANULE, PAGE, &bar));
	assert_errno(pages_iommu_register(control, dev.fd, BAR, 0), EBUSY);
	assert_true(kmsg_find(kmsg, "register it first, then mmap"));
	munmap(bar, PAGE);
	assert_ok(pages_iommu_register(control, dev.fd, BAR, 0));

	assert_ok(vfio_region_mmap(&dev, BAR, GRANULE, PAGE, &bar));
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
	assert_true(kmsg_find(kmsg, "still registered: it is mmapped"));
	munmap(bar, PAGE);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	assert_ok(pages_iommu_register(control, dev.fd, BAR, 0));
	assert_false(kmsg_find(kmsg, "BAR 2:"));
}

/* Another process counts, too. */
static void test_mmapped_by_child(void **state)
{
	void *bar;
	pid_t pid;

	begin(*state);
	assert_ok(vfio_region_mmap(&dev, BAR, 0, PAGE, &bar));
	pid = assert_ok(fork());
	if (!pid) {
		pause();
		_exit(1);
	}
	munmap(bar, PAGE);
	assert_errno(pages_iommu_register(control, dev.fd, BAR, 0), EBUSY);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_ok(pages_iommu_register(control, dev.fd, BAR, 0));
}

/* How often; both have to happen, or it was no race. */
static atomic_ulong made, not_made, mmapped, not_mmapped;

static void make_and_unmake(struct crew *crew, void *context)
{
	int ret = pages_iommu_register(control, dev.fd, BAR, 0);

	if (ret && ret != -EBUSY)
		crew_fail(crew, "register: %d", ret);
	if (ret) {
		not_made++;
		return;
	}
	made++;
	do {
		ret = pages_unregister(control, dev.fd, BAR, 0);
	} while (ret == -EBUSY && !crew_failed(crew));
	if (ret)
		crew_fail(crew, "unregister: %d", ret);
	/* Or hardly anybody else ever has it. */
	usleep(1000);
}

/* While they are made or unmade, for which others are waited for, it is refused. */
static void mmap_and_munmap(struct crew *crew, void *context)
{
	void *bar;
	int ret = vfio_region_mmap(&dev, BAR, 0, PAGE, &bar);

	if (ret && ret != -EBUSY)
		crew_fail(crew, "mmap: %d", ret);
	if (ret) {
		not_mmapped++;
		return;
	}
	mmapped++;
	usleep(1000);
	munmap(bar, PAGE);
	usleep(1000);
}

#define MMAP_RACES	20

static bool raced(void)
{
	return made && not_made && mmapped && not_mmapped;
}

static void test_mmap_races(void **state)
{
	struct crew crew = CREW_INIT;
	unsigned int i;

	begin(*state);
	crew_add(&crew, "make", make_and_unmake, NULL);
	crew_add(&crew, "mmap", mmap_and_munmap, NULL);
	for (i = 0; i < MMAP_RACES && !crew_failed(&crew) && !raced(); i++)
		crew_work(&crew, 1000);
	crew_stop(&crew);
	crew_check(&crew);
	print_message("made %lu times, not %lu; mmapped %lu times, not %lu\n",
		      made, not_made, mmapped, not_mmapped);
	assert_true(raced());
}

/*
 * What KVM up to Linux 6.12 may do to a page for a nested guest: it is in use then, and
 * that is all.
 */
static void test_stray_references(void **state)
{
	const int changes[] = { -1, 1 };
	unsigned int i;
	__u64 page;

	begin(*state);
	open_pinner();
	page = pci_bar_start(dev.bdf, BAR) + PAGE;
	assert_errno(importer_page_ref(&pinner, page, -1), ENXIO);
	for (i = 0; i < 2; i++) {
		assert_ok(pages_iommu_register(control, dev.fd, BAR, 0));
		assert_ok(importer_page_ref(&pinner, page, changes[i]));
		assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
		assert_ok(importer_page_ref(&pinner, page, -changes[i]));
		assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	}
	assert_false(kmsg_find(kmsg, "WARNING"));
}

/* vfio's own mmap, once they are made, and dma-bufs of before and after */
static void test_beside(void **state)
{
	char *addr;
	void *bar, *other;
	__u32 value;
	int first, second;

	begin(*state);
	first = assert_ok(p2p_export_range(control, dev.fd, BAR, 0, PAGE));
	/* It could be mmapped, as through vfio. */
	assert_errno(pages_iommu_register(control, dev.fd, BAR, 0), EBUSY);
	assert_true(kmsg_find(kmsg, "there are dma-bufs of it"));
	close(first);
	assert_ok(pages_iommu_register(control, dev.fd, BAR, 0));
	first = assert_ok(p2p_export_range(control, dev.fd, BAR, 0, PAGE));
	addr = pages_iommu_map(control, dev.fd, BAR, 0, PAGE);
	assert_ok(vfio_region_mmap(&dev, BAR, 0, PAGE, &bar));
	assert_ok(vfio_region_mmap(&dev, BAR, 0, PAGE, &other));
	second = assert_ok(p2p_export_range(control, dev.fd, BAR, 0, PAGE));
	assert_ok(touch_write(bar, 0x5eed));
	assert_ok(touch_read(other, &value));
	assert_int_equal(value, 0x5eed);
	open_pinner();
	assert_ok(pin_for_long(addr));
	unpin();
	/* What vfio mapped is no memory for who pins, as before. */
	assert_errno(pin_for_long(bar), EFAULT);
	assert_ok(touch_write(bar, 0));
	close(first);
	munmap(bar, PAGE);
	munmap(other, PAGE);
	munmap(addr, PAGE);
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
	assert_true(kmsg_find(kmsg, "still registered: there are dma-bufs"));
	close(second);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
}

static int call_register(struct vfio_p2p_register *arg, __u32 flags,
			 __u64 offset, __u64 length)
{
	*arg = (struct vfio_p2p_register) {
		.argsz = sizeof(*arg),
		.flags = flags,
		.device_fd = dev.fd,
		.region_index = BAR,
		.offset = offset,
		.length = length,
	};
	return ioctl(control, VFIO_P2P_REGISTER, arg) ? -errno : 0;
}

static void test_arguments(void **state)
{
	const __u32 iommu = VFIO_P2P_REGISTER_IOMMU;
	struct vfio_p2p_register arg;

	begin(*state);
	assert_errno(call_register(&arg, VFIO_P2P_REGISTER_REFUSE_RESET, 0, 0),
		     EINVAL);
	assert_errno(call_register(&arg, 1U << 2 | iommu, 0, 0), EINVAL);
	assert_errno(call_register(&arg, iommu, PAGE, GRANULE), EINVAL);
	assert_errno(call_register(&arg, iommu, 0, PAGE), EINVAL);
	assert_ok(call_register(&arg, iommu, GRANULE, GRANULE));
	assert_int_equal(arg.offset, GRANULE);
	assert_int_equal(arg.length, GRANULE);
	assert_errno(call_register(&arg, iommu, 0, 2 * GRANULE), EBUSY);
	assert_ok(call_register(&arg, iommu, 0, GRANULE));

	/* In one registration, and page by page */
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, 0, 2 * GRANULE),
		     ENOENT);
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, 2 * GRANULE, PAGE),
		     ENOENT);
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, -PAGE, 2 * PAGE),
		     ENOENT);
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, 1, PAGE), EINVAL);
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, 0, 0), EINVAL);
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, 0, 1), EINVAL);
	assert_errno(pages_iommu_alloc(control, dev.fd, 99, 0, PAGE), ENOENT);
	close(assert_ok(pages_iommu_alloc(control, dev.fd, BAR, 0, GRANULE)));
	close(assert_ok(pages_iommu_alloc(control, dev.fd, BAR,
					  2 * GRANULE - PAGE, PAGE)));
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	assert_ok(pages_unregister(control, dev.fd, BAR, GRANULE));

	/* All that can have pages */
	assert_ok(call_register(&arg, iommu, 0, 0));
	assert_int_equal(arg.offset, 0);
	assert_int_equal(arg.length, vfio_region_size(&dev, BAR));
}

/* 64 KiB: no unit of what can have pages */
static void test_small_bar(void **state)
{
	struct vfio_p2p_register arg;

	begin("ERRNO_TESTDEV");
	assert_errno(call_register(&arg, VFIO_P2P_REGISTER_IOMMU, 0, 0),
		     EINVAL);
	assert_int_equal(arg.granule, GRANULE);
	assert_true(kmsg_find(kmsg, "no whole one in its 64 KiB"));
}

/* Kernels that could not let go of who pins do not begin. */
static void test_not_here(void **state)
{
	struct vfio_p2p_register arg;
	struct vfio_p2p_info info;

	served_open(&dev, *state);
	control = assert_ok(p2p_open());
	assert_ok(p2p_info(control, &info));
	if (info.capabilities & VFIO_P2P_CAP_IOMMU_PAGES)
		skip();
	assert_errno(call_register(&arg, VFIO_P2P_REGISTER_IOMMU, 0, 0),
		     EOPNOTSUPP);
	assert_errno(pages_iommu_alloc(control, dev.fd, BAR, 0, PAGE),
		     EOPNOTSUPP);
}

static void test_dma(void **state)
{
	iova_scene_open(&scene, *state, EDU);
	iova_scene_register(&scene, 0);
	/* vfio's own mmap is not what iommufd takes. */
	assert_errno(ioas_map(scene.iommufd, scene.ioas, scene.bar, IOVA_BAR,
			      IOVA_SIZE), EFAULT);
	assert_ok(iova_scene_map(&scene));
	expect_no_access(scene.pages);
	iova_scene_check_dma(&scene, 1);

	/* The mapping of the process is not needed any more. */
	iova_scene_munmap_pages(&scene);
	iova_scene_check_dma(&scene, 2);
	assert_errno(pages_unregister(scene.control, scene.dev.fd, BAR, 0),
		     EBUSY);
	iova_scene_unmap(&scene);
	iova_scene_munmap_bar(&scene);
	assert_ok(pages_unregister(scene.control, scene.dev.fd, BAR, 0));
}

/* Twice the same pages, by one mmap and by another, one right after the other */
static void test_two_address_spaces(void **state)
{
	char *other;
	int ioas;

	iova_scene_start(&scene, *state, EDU, 0);
	iova_scene_munmap_bar(&scene);
	ioas = assert_ok(iommufd_ioas_alloc(scene.iommufd));
	assert_ok(vfio_cdev_attach(&scene.dev, ioas));
	other = pages_iommu_map(scene.control, scene.dev.fd, BAR, 0, IOVA_SIZE);
	assert_ok(ioas_map(scene.iommufd, ioas, scene.pages, 0, IOVA_SIZE));
	assert_ok(ioas_map(scene.iommufd, ioas, other, IOVA_BAR, IOVA_SIZE));
	munmap(other, IOVA_SIZE);
	iova_scene_unmap(&scene);
	assert_errno(pages_unregister(scene.control, scene.dev.fd, BAR, 0),
		     EBUSY);
	assert_ok(ioas_unmap(scene.iommufd, ioas, 0, IOVA_SIZE));
	assert_errno(pages_unregister(scene.control, scene.dev.fd, BAR, 0),
		     EBUSY);
	assert_ok(ioas_unmap(scene.iommufd, ioas, IOVA_BAR, IOVA_SIZE));
	assert_ok(pages_unregister(scene.control, scene.dev.fd, BAR, 0));
}

/* Without a device there is no IOMMU yet, and nothing pinned. */
static void test_attach_later(void **state)
{
	iova_scene_open(&scene, *state, EDU);
	iova_scene_register(&scene, 0);
	assert_ok(vfio_cdev_detach(&scene.peer));
	assert_ok(iova_scene_map(&scene));
	assert_ok(vfio_cdev_attach(&scene.peer, scene.ioas));
	iova_scene_check_dma(&scene, 3);
	assert_ok(vfio_cdev_detach(&scene.peer));
	iova_scene_munmap_bar(&scene);
	assert_ok(pages_unregister(scene.control, scene.dev.fd, BAR, 0));
	/* And then there is nothing to be had. */
	assert_errno(vfio_cdev_attach(&scene.peer, scene.ioas), EFAULT);
}

#define TEST_WITH(fn, title, exporter) { title, fn, NULL, teardown, exporter }
#define NVME	"EXPORTER_NVME"
#define RAM	"EXPORTER_IVSHMEM"

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_no_access, "no access", NVME),
		TEST_WITH(test_no_access, "no access, no FLR", RAM),
		TEST_WITH(test_others_for_long, "others for long", NVME),
		TEST_WITH(test_others_for_long, "others for long, no FLR", RAM),
		TEST_WITH(test_no_access_when_pinned, "no access when pinned",
			  NVME),
		TEST_WITH(test_protection, "protection", NVME),
		TEST_WITH(test_type1, "type 1", NVME),
		TEST_WITH(test_unregister, "unregister", NVME),
		TEST_WITH(test_unregister, "unregister, no FLR", RAM),
		TEST_WITH(test_exclusive, "exclusive", NVME),
		TEST_WITH(test_mmapped, "mmapped", NVME),
		TEST_WITH(test_mmapped, "mmapped, no FLR", RAM),
		TEST_WITH(test_mmapped_by_child, "mmapped by a child", NVME),
		TEST_WITH(test_mmap_races, "races with mmap", NVME),
		TEST_WITH(test_stray_references, "stray references", NVME),
		TEST_WITH(test_beside, "beside mmap and export", RAM),
		TEST_WITH(test_arguments, "arguments", NVME),
		TEST_WITH(test_small_bar, "small BAR", NULL),
		TEST_WITH(test_not_here, "not here", NVME),
		TEST_WITH(test_dma, "DMA", NVME),
		TEST_WITH(test_dma, "DMA, no FLR", RAM),
		TEST_WITH(test_two_address_spaces, "two address spaces", NVME),
		TEST_WITH(test_attach_later, "attach later", NVME),
	};

	return tap_run(tests, NULL, NULL);
}
