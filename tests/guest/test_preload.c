// SPDX-License-Identifier: GPL-2.0-only
/*
 * libvfio-p2p-iommufd.so, loaded into this program: what iommufd refuses of a BAR it maps,
 * and nothing else is any different.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"
#include "ioas.h"
#include "iova_scene.h"
#include "kmod.h"
#include "native.h"
#include "pages.h"
#include "pattern.h"
#include "scene.h"
#include "tap.h"
#include "touch.h"
#include "vfio_reset.h"
#include "vfio_region.h"

#define PRELOAD	"/lib/libvfio-p2p-iommufd.so"
#define LOG	"VFIO_P2P_IOMMUFD_LOG"
#define PAGE	4096ul
#define EDU	"IMPORTER_EDU0"

/* The first of the object's fds */
#define ITS_FDS	100

#define THREADS	4
#define ROUNDS	50

static struct iova_scene scene = IOVA_SCENE_CLOSED;

static int teardown(void **state)
{
	iova_scene_close(&scene);
	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload_soon(MODULE_UNDER_TEST) : 0;
}

/* With what vfio has mapped of the BAR in the place of the pages */
static void open_scene(void **state)
{
	iova_scene_open_any(&scene, *state, EDU);
	iova_scene_map_bar(&scene);
	if (!native_used())
		pages_iommu_skip(scene.control);
}

static int map_bar(__u64 offset, __u64 iova, size_t size)
{
	return ioas_map(scene.iommufd, (__u32)scene.ioas, scene.bar + offset,
			iova, size);
}

static unsigned int count_its_fds(void)
{
	struct dirent *entry;
	unsigned int count = 0;
	DIR *dir;

	dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += atoi(entry->d_name) >= ITS_FDS;
	closedir(dir);
	return count;
}

static void test_map(void **state)
{
	__u32 value;

	open_scene(state);
	errno = EDOM;
	assert_ok(map_bar(0, IOVA_BAR, IOVA_SIZE));
	assert_int_equal(errno, EDOM);
	iova_scene_check_dma(&scene, 1);
	/* The program's own mapping is what it was. */
	assert_ok(touch_read(scene.bar, &value));
	iova_scene_unmap(&scene);
	assert_ok(map_bar(0, IOVA_BAR, IOVA_SIZE));
	iova_scene_check_dma(&scene, 2);
	iova_scene_unmap(&scene);
}

/* A page from the middle, for DMA to its first half */
static void test_part(void **state)
{
	const size_t size = EDU_USER_CHUNK;

	open_scene(state);
	assert_ok(map_bar(3 * PAGE, IOVA_BAR, PAGE));
	pattern_fill_io(scene.bar, 8 * PAGE, 7, 0);
	pattern_fill(scene.ram, size, 8, 0);
	assert_ok(edu_user_copy(&scene.edu, IOVA_RAM, IOVA_BAR, size));
	assert_int_equal(pattern_check_io(scene.bar + 3 * PAGE, size, 8, 0),
			 size);
	assert_int_equal(pattern_check_io(scene.bar, 3 * PAGE, 7, 0), 3 * PAGE);
	assert_ok(ioas_unmap(scene.iommufd, (__u32)scene.ioas, IOVA_BAR, PAGE));
}

/* Memory is mapped as ever, and what is none is refused as ever. */
static void test_others(void **state)
{
	char *memory;

	open_scene(state);
	memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_ok(ioas_map(scene.iommufd, (__u32)scene.ioas, memory, IOVA_BAR,
			   PAGE));
	assert_ok(ioas_unmap(scene.iommufd, (__u32)scene.ioas, IOVA_BAR, PAGE));
	munmap(memory, PAGE);
	assert_errno(ioas_map(scene.iommufd, (__u32)scene.ioas, memory,
			      IOVA_BAR, PAGE), EFAULT);
	/* More than there is of the BAR's mapping */
	assert_errno(map_bar(PAGE, IOVA_BAR, IOVA_SIZE), EFAULT);
	assert_errno(ioas_map(scene.iommufd, 0x7777, scene.bar, IOVA_BAR,
			      IOVA_SIZE), ENOENT);
}

/* Nobody has asked for pages but the object, before the mmap. */
static void test_prepared(void **state)
{
	if (native_used())
		skip();
	open_scene(state);
	scene.pages = pages_iommu_map(scene.control, scene.dev.fd, SCENE_BAR, 0,
				      IOVA_SIZE);
	assert_ok(iova_scene_map(&scene));
	iova_scene_check_dma(&scene, 12);
	iova_scene_unmap(&scene);
}

/* BAR 0 has 16 KiB, and can have none: that is no matter for mmap(). */
static void test_small_bar(void **state)
{
	void *bar;

	open_scene(state);
	errno = EDOM;
	assert_ok(vfio_region_mmap(&scene.dev, 0, 0, 4 * PAGE, &bar));
	assert_int_equal(errno, EDOM);
	assert_int_equal(count_its_fds(), 3);
	munmap(bar, 4 * PAGE);
	assert_int_equal(count_its_fds(), 2);
}

/* What fails is nobody's mapping. */
static void test_no_mmap(void **state)
{
	void *bar;

	open_scene(state);
	assert_errno(vfio_region_mmap(&scene.dev, SCENE_BAR, 0, 32 * IOVA_SIZE,
				      &bar), EINVAL);
	assert_int_equal(count_its_fds(), 2);
}

/* The scene, its BAR mmapped without the module */
static void open_without_module(void **state)
{
	if (native_there())
		skip();
	iova_scene_open_any(&scene, *state, EDU);
	pages_iommu_skip(scene.control);
	close(scene.control);
	scene.control = -1;
	assert_ok(module_unload_soon(MODULE_UNDER_TEST));
	iova_scene_map_bar(&scene);
}

/* The first error is what counts. */
static void test_no_module(void **state)
{
	open_without_module(state);
	assert_errno(map_bar(0, IOVA_BAR, IOVA_SIZE), EFAULT);
}

/* What is said of a mapping that fails, into TEXT */
static void map_bar_listening(char *text, size_t size)
{
	const int before = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	size_t length;

	assert_non_null(file);
	assert_ok(dup2(fileno(file), STDERR_FILENO));
	setenv(LOG, "1", 1);
	assert_errno(map_bar(0, IOVA_BAR, IOVA_SIZE), EFAULT);
	unsetenv(LOG);
	dup2(before, STDERR_FILENO);
	close(before);
	rewind(file);
	length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	fclose(file);
	print_message("%s", text);
}

/* The module comes too late, and the sentence is the one of when it was to be there. */
static void test_late_module(void **state)
{
	char text[1024];

	open_without_module(state);
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	map_bar_listening(text, sizeof(text));
	assert_non_null(strstr(text, "modprobe vfio_p2p_dmabuf"));
	/* The next mmap is another matter. */
	iova_scene_munmap_bar(&scene);
	iova_scene_map_bar(&scene);
	assert_ok(map_bar(0, IOVA_BAR, IOVA_SIZE));
	iova_scene_check_dma(&scene, 13);
	iova_scene_unmap(&scene);
}

static void test_munmap(void **state)
{
	char *bar;

	open_scene(state);
	assert_int_equal(count_its_fds(), 2);
	assert_ok(map_bar(0, IOVA_BAR, IOVA_SIZE));
	iova_scene_unmap(&scene);
	bar = scene.bar;
	iova_scene_munmap_bar(&scene);
	assert_errno(ioas_map(scene.iommufd, (__u32)scene.ioas, bar, IOVA_BAR,
			      IOVA_SIZE), EFAULT);
	edu_user_close(&scene.edu);
	assert_int_equal(count_its_fds(), 0);
}

/* Memory of the process in its place, for all or for the last page */
static void replace(size_t offset, size_t size)
{
	void *memory = mmap(scene.bar + offset, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	assert_ptr_equal(memory, scene.bar + offset);
}

static void test_replaced(void **state)
{
	open_scene(state);
	replace(IOVA_SIZE - PAGE, PAGE);
	assert_errno(map_bar(0, IOVA_BAR, IOVA_SIZE), EFAULT);
	replace(0, IOVA_SIZE);
	pattern_fill(scene.bar, IOVA_SIZE, 9, 0);
	assert_ok(map_bar(0, IOVA_BAR, IOVA_SIZE));
	assert_ok(edu_user_copy(&scene.edu, IOVA_BAR, IOVA_RAM,
				EDU_USER_CHUNK));
	assert_int_equal(pattern_check(scene.ram, EDU_USER_CHUNK, 9, 0),
			 EDU_USER_CHUNK);
	iova_scene_unmap(&scene);
}

static void test_moved(void **state)
{
	void *moved;
	char *bar;

	open_scene(state);
	bar = scene.bar;
	moved = mremap(bar, IOVA_SIZE, IOVA_SIZE, MREMAP_MAYMOVE, NULL);
	assert_ptr_not_equal(moved, MAP_FAILED);
	scene.bar = moved;
	assert_errno(ioas_map(scene.iommufd, (__u32)scene.ioas, bar, IOVA_BAR,
			      IOVA_SIZE), EFAULT);
}

/* A reset in between, and devices that join late */
static void test_life(void **state)
{
	open_scene(state);
	assert_ok(vfio_cdev_detach(&scene.peer));
	assert_ok(map_bar(0, IOVA_BAR, IOVA_SIZE));
	assert_ok(vfio_cdev_attach(&scene.peer, (__u32)scene.ioas));
	iova_scene_check_dma(&scene, 10);
	if (!native_used()) {
		assert_ok(vfio_dev_reset(&scene.dev));
		iova_scene_check_dma(&scene, 11);
	}
	iova_scene_unmap(&scene);
}

/* Each has its own mapping of the BAR, and an IOVA of its own. */
static void *map_and_unmap(void *number)
{
	const __u64 iova = IOVA_BAR + (uintptr_t)number * IOVA_SIZE;
	long failed = 0;
	unsigned int i;
	void *bar;

	for (i = 0; i < ROUNDS; i++) {
		if (vfio_region_mmap(&scene.dev, SCENE_BAR, 0, IOVA_SIZE, &bar))
			return (void *)1;
		failed |= ioas_map(scene.iommufd, (__u32)scene.ioas, bar, iova,
				   IOVA_SIZE);
		failed |= ioas_unmap(scene.iommufd, (__u32)scene.ioas, iova,
				     IOVA_SIZE);
		failed |= munmap(bar, IOVA_SIZE);
	}
	return (void *)failed;
}

static void run_threads(void)
{
	pthread_t threads[THREADS];
	void *failed;
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						map_and_unmap, (void *)i), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

static void test_threads(void **state)
{
	open_scene(state);
	run_threads();
	assert_int_equal(count_its_fds(), 2);
}

/* One has the BAR get its pages, while the others are about to map it, too. */
static void test_first_threads(void **state)
{
	iova_scene_open_any(&scene, *state, EDU);
	if (!native_used())
		pages_iommu_skip(scene.control);
	run_threads();
	/* That of the other device */
	assert_int_equal(count_its_fds(), 1);
}

#define TEST(fn, title, exporter) { title, fn, NULL, teardown, exporter }
#define NVME	"EXPORTER_NVME"
#define RAM	"EXPORTER_IVSHMEM"

static int run(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_map, "map", NVME),
		TEST(test_map, "map, no FLR", RAM),
		TEST(test_part, "a part", NVME),
		TEST(test_others, "what is no BAR", NVME),
		TEST(test_prepared, "pages before mmap", NVME),
		TEST(test_small_bar, "small BAR", NVME),
		TEST(test_no_mmap, "failed mmap", NVME),
		TEST(test_no_module, "without module", NVME),
		TEST(test_late_module, "module after mmap", NVME),
		TEST(test_munmap, "munmap", NVME),
		TEST(test_replaced, "replaced", NVME),
		TEST(test_moved, "moved", NVME),
		TEST(test_life, "through a reset", NVME),
		TEST(test_threads, "threads", NVME),
		TEST(test_first_threads, "the first threads", NVME),
	};

	return tap_run(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	if (getenv("LD_PRELOAD"))
		return run();
	setenv("LD_PRELOAD", PRELOAD, 1);
	execv("/proc/self/exe", argv);
	return 99;
}
