// SPDX-License-Identifier: GPL-2.0-only
/*
 * libvfio-p2p and BARs in IO address spaces: an edu that user space drives reaches the BAR
 * of another device, whichever way this kernel has.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "env.h"
#include "ioas.h"
#include "iova_scene.h"
#include "kmod.h"
#include "library.h"
#include "native.h"
#include "pages.h"
#include "pattern.h"
#include "scene.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define BAR	SCENE_BAR
#define MIB	(1024 * 1024ull)
#define BOTH	(VFIO_P2P_IOVA_READ | VFIO_P2P_IOVA_WRITE)
#define EDU	"IMPORTER_EDU0"

/* Where no mapping is to be, and where none can be: messages of interrupts go there */
#define OTHER_IOVA	0x80000000ull
#define MSI_IOVA	0xfee00000ull

static struct iova_scene scene = IOVA_SCENE_CLOSED;
static struct vfio_container container = { .fd = -1 };
static struct vfio_p2p_iova_mapping *first, *second;

static struct vfio_p2p_iova_target target(void)
{
	return (struct vfio_p2p_iova_target) {
		.iommufd = scene.iommufd,
		.ioas_id = (uint32_t)scene.ioas,
		.container_fd = container.fd,
	};
}

static int map(uint64_t offset, uint64_t length, uint64_t iova,
	       struct vfio_p2p_iova_mapping **mapping)
{
	const struct vfio_p2p_iova_target to = target();

	return vfio_p2p_iova_map(&to, scene.dev.fd, BAR, offset, length, iova,
				 BOTH, mapping, &said);
}

static int map_first(void)
{
	return map(0, IOVA_SIZE, IOVA_BAR, &first);
}

/* The way of this kernel; the test is skipped if iommufd has none. */
static int expected_way(void)
{
	if (native_used())
		return VFIO_P2P_IOVA_DMABUF;
	pages_iommu_skip(scene.control);
	return VFIO_P2P_IOVA_PAGES;
}

static int prepare(void)
{
	return vfio_p2p_iova_prepare(scene.dev.fd, BAR, &said);
}

/* As a VMM does it, which has the BAR mmapped before it is mapped.  Returns the way. */
static int open_prepared(void **state)
{
	int way;

	iova_scene_open_any(&scene, *state, EDU);
	way = expected_way();
	assert_done(prepare());
	iova_scene_map_bar(&scene);
	return way;
}

static void unmap(struct vfio_p2p_iova_mapping **mapping)
{
	assert_done(vfio_p2p_iova_unmap(*mapping, &said));
	*mapping = NULL;
}

static int teardown(void **state)
{
	vfio_p2p_iova_unmap(first, NULL);
	vfio_p2p_iova_unmap(second, NULL);
	first = NULL;
	second = NULL;
	if (container.fd >= 0) {
		edu_user_close(&scene.edu);
		iova_scene_munmap_bar(&scene);
		vfio_dev_close(&scene.peer);
		vfio_dev_close(&scene.dev);
		vfio_container_close(&container);
		container.fd = -1;
	}
	iova_scene_close(&scene);
	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload_soon(MODULE_UNDER_TEST) : 0;
}

/* DMA to that IOVA leaves what the process has there of the BAR. */
static void expect_no_dma(__u64 iova)
{
	const size_t size = EDU_USER_CHUNK;

	pattern_fill_io(scene.bar, size, 77, 0);
	pattern_fill(scene.ram, size, 78, 0);
	assert_ok(edu_user_copy(&scene.edu, IOVA_RAM, iova, size));
	assert_int_equal(pattern_check_io(scene.bar, size, 77, 0), size);
}

static void test_iommufd(void **state)
{
	const int way = open_prepared(state);

	expect_no_dma(IOVA_BAR);
	assert_int_equal(assert_done(map_first()), way);
	print_message("%s\n", vfio_p2p_iova_way_name((unsigned int)way));
	iova_scene_check_dma(&scene, 1);
	unmap(&first);
	expect_no_dma(IOVA_BAR);
	/* Nothing is left that would be in the way. */
	assert_int_equal(assert_done(map_first()), way);
	iova_scene_check_dma(&scene, 2);
	unmap(&first);
}

/* A part of the BAR elsewhere: who ends does not take the other one along. */
static void test_two(void **state)
{
	open_prepared(state);
	assert_done(map_first());
	assert_done(map(4096, 3 * 4096, OTHER_IOVA, &second));
	unmap(&second);
	expect_no_dma(OTHER_IOVA);
	iova_scene_check_dma(&scene, 3);
	unmap(&first);
}

/* Devices that join later find it there. */
static void test_join_later(void **state)
{
	open_prepared(state);
	assert_ok(vfio_cdev_detach(&scene.peer));
	assert_done(map_first());
	assert_ok(vfio_cdev_attach(&scene.peer, scene.ioas));
	iova_scene_check_dma(&scene, 4);
	assert_ok(vfio_cdev_detach(&scene.peer));
	assert_ok(vfio_cdev_attach(&scene.peer, scene.ioas));
	iova_scene_check_dma(&scene, 5);
	unmap(&first);
}

static void test_reset(void **state)
{
	int way;

	open_prepared(state);
	way = assert_done(map_first());
	iova_scene_check_dma(&scene, 6);
	assert_ok(vfio_dev_reset(&scene.dev));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	if (way == VFIO_P2P_IOVA_DMABUF)
		expect_no_dma(IOVA_BAR);
	else
		iova_scene_check_dma(&scene, 7);
	assert_done(vfio_p2p_iova_restore(first, &said));
	iova_scene_check_dma(&scene, 8);
	unmap(&first);
}

/* As long as it does not decode, nothing is mapped anew. */
static void test_memory_off(void **state)
{
	int way;

	open_prepared(state);
	way = assert_done(map_first());
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	if (way == VFIO_P2P_IOVA_DMABUF)
		expect_cause(vfio_p2p_iova_restore(first, &said), ENODEV,
			     VFIO_P2P_CAUSE_MEMORY_OFF);
	expect_cause(map(0, IOVA_SIZE, OTHER_IOVA, &second), ENODEV,
		     VFIO_P2P_CAUSE_MEMORY_OFF);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_done(vfio_p2p_iova_restore(first, &said));
	iova_scene_check_dma(&scene, 9);
	unmap(&first);
}

static void test_refusals(void **state)
{
	struct vfio_p2p_iova_target other;

	open_prepared(state);
	assert_done(map_first());
	expect_cause(map(IOVA_SIZE, IOVA_SIZE, IOVA_BAR, &second), EEXIST,
		     VFIO_P2P_CAUSE_IOVA_TAKEN);
	expect_cause(map(0, IOVA_SIZE, MSI_IOVA, &second), EINVAL,
		     VFIO_P2P_CAUSE_BAD_IOVA);
	expect_cause(map(15 * MIB, IOVA_SIZE, OTHER_IOVA, &second), EINVAL,
		     VFIO_P2P_CAUSE_BAD_RANGE);
	other = target();
	other.ioas_id = 0x7777;
	expect_cause(vfio_p2p_iova_map(&other, scene.dev.fd, BAR, 0, IOVA_SIZE,
				       OTHER_IOVA, BOTH, &second, &said),
		     ENOENT, VFIO_P2P_CAUSE_BAD_ARGUMENT);
	iova_scene_check_dma(&scene, 10);
	unmap(&first);
}

/* VMMs have BARs mmapped before their guest lets the device decode memory. */
static void test_prepare(void **state)
{
	int way;

	iova_scene_open_any(&scene, *state, EDU);
	way = expected_way();
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_done(prepare());
	iova_scene_map_bar(&scene);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	/* Again, mmapped or not */
	assert_done(prepare());
	iova_scene_munmap_bar(&scene);
	assert_done(prepare());
	iova_scene_map_bar(&scene);
	assert_int_equal(assert_done(map_first()), way);
	assert_done(prepare());
	iova_scene_check_dma(&scene, 14);
	unmap(&first);
}

/* A BAR that nobody has mmapped needs no preparation. */
static void test_unprepared(void **state)
{
	int way;

	iova_scene_open_any(&scene, *state, EDU);
	way = expected_way();
	assert_int_equal(assert_done(map_first()), way);
	iova_scene_map_bar(&scene);
	iova_scene_check_dma(&scene, 15);
	unmap(&first);
}

static void expect_too_late(int ret)
{
	expect_error(ret, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
		     "call vfio_p2p_iova_prepare() before it is mmapped");
}

static void test_too_late(void **state)
{
	iova_scene_open_any(&scene, *state, EDU);
	if (expected_way() != VFIO_P2P_IOVA_PAGES)
		skip();
	iova_scene_map_bar(&scene);
	expect_too_late(prepare());
	expect_too_late(map_first());
	iova_scene_munmap_bar(&scene);
	assert_done(prepare());
	assert_done(map_first());
	unmap(&first);
}

/* BAR 0 has 16 KiB. */
static void test_small_bar(void **state)
{
	int way, ret;

	iova_scene_open_any(&scene, *state, EDU);
	way = expected_way();
	ret = vfio_p2p_iova_prepare(scene.dev.fd, 0, &said);
	if (way == VFIO_P2P_IOVA_DMABUF)
		assert_done(ret);
	else
		expect_error(ret, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE, "16 KiB");
}

/* Registered for files, a BAR has no pages for an IOMMU, and the other way round. */
static void test_kinds(void **state)
{
	iova_scene_open_any(&scene, *state, EDU);
	if (expected_way() != VFIO_P2P_IOVA_PAGES)
		skip();
	assert_done(vfio_p2p_register(scene.dev.fd, BAR, 0, 0, &said));
	expect_cause(map_first(), EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE);
	expect_cause(prepare(), EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE);
	assert_done(vfio_p2p_unregister(scene.dev.fd, BAR, 0, &said));
	assert_done(map_first());
	expect_cause(vfio_p2p_register(scene.dev.fd, BAR, 0, 0, &said), EBUSY,
		     VFIO_P2P_CAUSE_BAR_IN_USE);
	expect_cause(vfio_p2p_unregister(scene.dev.fd, BAR, 0, &said), EBUSY,
		     VFIO_P2P_CAUSE_PINNED);
	iova_scene_map_bar(&scene);
	iova_scene_check_dma(&scene, 11);
	unmap(&first);
	expect_error(vfio_p2p_unregister(scene.dev.fd, BAR, 0, &said), EBUSY,
		     VFIO_P2P_CAUSE_PINNED, "the BAR is mmapped");
	iova_scene_munmap_bar(&scene);
	assert_done(vfio_p2p_unregister(scene.dev.fd, BAR, 0, &said));
}

/* Somebody without privileges, who may lock half of it; a dma-buf does not count. */
static int map_unprivileged(int way)
{
	const struct rlimit limit = { MIB, MIB };
	int ret;

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setuid(65534))
		return 1;
	ret = map_first();
	if (way == VFIO_P2P_IOVA_DMABUF)
		return ret != way;
	print_message("%s\n", ret < 0 ? said.text : "mapped");
	return ret != -ENOMEM || said.cause != VFIO_P2P_CAUSE_NO_MEMORY;
}

static void test_memlock(void **state)
{
	int way, status;
	pid_t child;

	way = open_prepared(state);
	child = assert_ok(fork());
	if (!child)
		_exit(map_unprivileged(way));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Two devices of groups in a container, on any kernel */
static void open_container(const char *exporter)
{
	void *addr;

	served_open(&scene.dev, exporter);
	vfio_dev_close(&scene.dev);
	assert_ok(vfio_container_open(&container));
	assert_ok(vfio_dev_open_in(&scene.dev, &container, env_bdf(exporter)));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(vfio_region_mmap(&scene.dev, BAR, 0, IOVA_SIZE, &addr));
	scene.bar = addr;
	assert_ok(pci_bind(env_bdf(EDU), "vfio-pci"));
	assert_ok(vfio_dev_open_in(&scene.peer, &container, env_bdf(EDU)));
	assert_ok(edu_user_open(&scene.edu, &scene.peer));
	addr = mmap(NULL, IOVA_RAM_SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(addr, MAP_FAILED);
	scene.ram = addr;
	assert_ok(vfio_container_map(&container, addr, IOVA_RAM,
				     IOVA_RAM_SIZE));
}

static void test_type1(void **state)
{
	env_bdf_or_skip(EDU);
	open_container(*state);
	expect_no_dma(IOVA_BAR);
	assert_int_equal(assert_done(map_first()), VFIO_P2P_IOVA_TYPE1);
	iova_scene_check_dma(&scene, 12);
	assert_ok(vfio_dev_reset(&scene.dev));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_done(vfio_p2p_iova_restore(first, &said));
	iova_scene_check_dma(&scene, 13);
	expect_cause(map(0, IOVA_SIZE, IOVA_BAR, &second), EEXIST,
		     VFIO_P2P_CAUSE_IOVA_TAKEN);
	expect_cause(map(0, IOVA_SIZE, MSI_IOVA, &second), EINVAL,
		     VFIO_P2P_CAUSE_BAD_IOVA);
	unmap(&first);
	expect_no_dma(IOVA_BAR);
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	expect_cause(map_first(), ENODEV, VFIO_P2P_CAUSE_MEMORY_OFF);
}

#define TEST(fn, title, exporter) { title, fn, NULL, teardown, exporter }
#define NVME	"EXPORTER_NVME"
#define RAM	"EXPORTER_IVSHMEM"

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_iommufd, "iommufd", NVME),
		TEST(test_iommufd, "iommufd, no FLR", RAM),
		TEST(test_two, "two mappings", NVME),
		TEST(test_join_later, "devices that join later", NVME),
		TEST(test_reset, "reset", NVME),
		TEST(test_memory_off, "memory off", NVME),
		TEST(test_refusals, "refusals", NVME),
		TEST(test_prepare, "prepared before mmap", NVME),
		TEST(test_unprepared, "mapped before mmap", NVME),
		TEST(test_too_late, "mmapped before", NVME),
		TEST(test_small_bar, "small BAR", NVME),
		TEST(test_kinds, "kinds of pages", NVME),
		TEST(test_memlock, "RLIMIT_MEMLOCK", NVME),
		TEST(test_type1, "container", NVME),
	};

	return tap_run(tests, NULL, NULL);
}
