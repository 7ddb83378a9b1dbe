// SPDX-License-Identifier: GPL-2.0-only
/* mmap of a dma-buf: who sees what, and when it is taken away. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "bar.h"
#include "env.h"
#include "job.h"
#include "kmod.h"
#include "native.h"
#include "pattern.h"
#include "peer.h"
#include "pending.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define PAGE	4096ul
#define HUGE	(2ul << 20)

static struct scene scene;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);
	/* Neither dma-buf nor mapping is left. */
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static int export(const struct vfio_p2p_range *ranges, __u32 nr, __u32 flags)
{
	native_skip();
	return assert_ok(p2p_export(scene.control, scene.dev.fd, SCENE_BAR,
				    flags | O_CLOEXEC, ranges, nr));
}

static int export_pages(unsigned long pages)
{
	const struct vfio_p2p_range range = { 0, pages * PAGE };

	return export(&range, 1, O_RDWR);
}

static char *map(int fd, unsigned long pages)
{
	void *addr = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	assert_ptr_not_equal(addr, MAP_FAILED);
	return addr;
}

/* The dma-buf lives on by its mapping. */
static char *map_pages(unsigned long pages)
{
	int fd = export_pages(pages);
	char *addr = map(fd, pages);

	close(fd);
	return addr;
}

static void expect_there(const char *addr)
{
	__u32 value;

	assert_ok(touch_write((void *)addr, 0x5eed));
	assert_ok(touch_read(addr, &value));
	assert_int_equal(value, 0x5eed);
}

static void expect_taken(const char *addr)
{
	__u32 value;

	assert_errno(touch_read(addr, &value), EFAULT);
	assert_errno(touch_write((void *)addr, 0), EFAULT);
}

/* Three ranges, not in the BAR's order, one of them twice */
static void test_order(void **state)
{
	static const struct vfio_p2p_range ranges[] = {
		{ 6 * PAGE, PAGE }, { PAGE, 2 * PAGE }, { 6 * PAGE, PAGE },
	};
	static const unsigned long pages[] = { 6, 1, 2, 6 };
	int fd = export(ranges, ARRAY_SIZE(ranges), O_RDWR);
	char *addr = map(fd, ARRAY_SIZE(pages));
	unsigned int i;

	for (i = 0; i < 8; i++)
		pattern_fill_io(scene.bar + i * PAGE, PAGE, i, 0);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		assert_int_equal(pattern_check_io(addr + i * PAGE, PAGE,
						  pages[i], 0), PAGE);
	for (i = 0; i < 3; i++)
		pattern_fill_io(addr + i * PAGE, PAGE, 100 + i, 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(pattern_check_io(scene.bar + pages[i] * PAGE,
						  PAGE, 100 + i, 0), PAGE);
	assert_int_equal(pattern_check_io(scene.bar, PAGE, 0, 0), PAGE);
	assert_int_equal(pattern_check_io(scene.bar + 3 * PAGE, PAGE, 3, 0),
			 PAGE);
	munmap(addr, ARRAY_SIZE(pages) * PAGE);
	close(fd);
}

/* As many ranges as make a search of them worth it, from the last to the first */
static void test_many_ranges(void **state)
{
	struct vfio_p2p_range ranges[100];
	const unsigned long nr = ARRAY_SIZE(ranges);
	unsigned long i;
	char *addr;
	int fd;

	for (i = 0; i < nr; i++)
		ranges[i] = (struct vfio_p2p_range) {
			(nr - 1 - i) * 2 * PAGE, PAGE
		};
	fd = export(ranges, nr, O_RDWR);
	addr = map(fd, nr);
	for (i = 0; i < nr; i++)
		pattern_fill_io(addr + i * PAGE, 64, i, 0);
	for (i = 0; i < nr; i++)
		assert_int_equal(pattern_check_io(scene.bar + ranges[i].offset,
						  64, i, 0), 64);
	munmap(addr, nr * PAGE);
	close(fd);
}

static void expect_no_map(int fd, size_t size, int prot, int flags,
			  unsigned long page, int err)
{
	assert_ptr_equal(mmap(NULL, size, prot, flags, fd, page * PAGE),
			 MAP_FAILED);
	assert_int_equal(errno, err);
}

static void test_slices(void **state)
{
	int fd = export_pages(4);
	char *addr;

	pattern_fill_io(scene.bar + 2 * PAGE, PAGE, 7, 0);
	addr = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 2 * PAGE);
	assert_ptr_not_equal(addr, MAP_FAILED);
	assert_int_equal(pattern_check_io(addr, PAGE, 7, 0), PAGE);
	munmap(addr, PAGE);

	expect_no_map(fd, 5 * PAGE, PROT_READ, MAP_SHARED, 0, EINVAL);
	expect_no_map(fd, 2 * PAGE, PROT_READ, MAP_SHARED, 3, EINVAL);
	expect_no_map(fd, PAGE, PROT_READ, MAP_SHARED, 4, EINVAL);
	expect_no_map(fd, PAGE, PROT_READ, MAP_PRIVATE, 0, EINVAL);
	expect_no_map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, EINVAL);
	close(fd);
}

/* What the open flags allow */
static void test_modes(void **state)
{
	static const struct vfio_p2p_range page = { 0, PAGE };
	int readable = export(&page, 1, O_RDONLY);
	int writable = export(&page, 1, O_WRONLY);
	__u32 value;
	char *addr;

	expect_no_map(readable, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0,
		      EACCES);
	expect_no_map(writable, PAGE, PROT_READ, MAP_SHARED, 0, EACCES);
	expect_no_map(writable, PAGE, PROT_WRITE, MAP_SHARED, 0, EACCES);
	expect_no_map(readable, PAGE, PROT_READ, MAP_PRIVATE, 0, EINVAL);

	addr = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, readable, 0);
	assert_ptr_not_equal(addr, MAP_FAILED);
	pattern_fill_io(scene.bar, 4, 3, 0);
	assert_ok(touch_read(addr, &value));
	assert_int_equal(pattern_check(&value, 4, 3, 0), 4);
	assert_int_equal(mprotect(addr, PAGE, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	munmap(addr, PAGE);
	close(readable);
	close(writable);
}

static void test_memory_decode(void **state)
{
	char *addr = map_pages(2);

	expect_there(addr);
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	expect_taken(addr);
	/* Never touched while it was there */
	expect_taken(addr + PAGE);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	expect_there(addr);
	expect_there(addr + PAGE);
	munmap(addr, 2 * PAGE);
}

/* A revoked dma-buf can be mapped, for later. */
static void test_mapped_while_revoked(void **state)
{
	int fd = export_pages(1);
	char *addr;

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	addr = map(fd, 1);
	expect_taken(addr);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	expect_there(addr);
	munmap(addr, PAGE);
	close(fd);
}

static int reset_by_owner(void *arg)
{
	return vfio_dev_reset(arg);
}

/* A reset waits for an importer; meanwhile it is gone, after it there again. */
static void test_reset(void **state)
{
	int fd = export_pages(1);
	char *addr = map(fd, 1);
	struct job job;
	int handle;

	expect_there(addr);
	handle = assert_ok(importer_attach(&scene.imp, fd,
					   P2P_TEST_IGNORE_NOTIFY));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	importer_clear_events(&scene.imp);
	job_start(&job, reset_by_owner, &scene.dev);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	/* Told first, then taken: wait for that with the lock that both need. */
	assert_errno(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC), ENODEV);
	expect_taken(addr);
	assert_false(job_done(&job));

	assert_ok(importer_unmap(&scene.imp, handle));
	assert_ok(job_join(&job));
	expect_there(addr);
	assert_ok(importer_detach(&scene.imp, handle));
	munmap(addr, PAGE);
	close(fd);
}

static void map_bar(void)
{
	void *bar;

	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(vfio_region_mmap(&scene.dev, SCENE_BAR, 0, SCENE_SIZE, &bar));
	scene.bar = bar;
}

static void last_close(void)
{
	munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
	close(scene.dev.fd);
	scene.dev.fd = -1;
}

/* The mapping keeps the dma-buf, but not the device. */
static void test_last_close(void **state)
{
	char *addr = map_pages(1);

	expect_there(addr);
	last_close();
	expect_taken(addr);
	scene.dev.fd = assert_ok(vfio_dev_reopen(&scene.dev));
	map_bar();
	expect_taken(addr);
	munmap(addr, PAGE);
}

static void test_unbind(void **state)
{
	char *addr = map_pages(1);
	struct pending call = {};
	char bdf[16];

	snprintf(bdf, sizeof(bdf), "%s", scene.dev.bdf);
	expect_there(addr);
	pending_start_unbind(&call, pci_unbind, &scene.dev);
	expect_taken(addr);
	munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
	vfio_dev_close(&scene.dev);
	pending_finish(&call);
	assert_ok(call.ret);
	expect_taken(addr);

	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open(&scene.dev, bdf));
	map_bar();
	expect_taken(addr);
	munmap(addr, PAGE);
}

static void test_holds_module(void **state)
{
	const int before = module_refcount(MODULE_UNDER_TEST);
	char *addr = map_pages(1);

	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before + 1);
	munmap(addr, PAGE);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);
}

/* In the child: 0, or the number of what was not as it should be */
static void child_end(int bad)
{
	_exit(bad);
}

static void expect_child(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* What is taken is taken from a child too, though it has its own page tables. */
static void test_fork(void **state)
{
	char *addr = map_pages(1);
	int to_child[2], to_parent[2];
	__u32 value;
	pid_t child;
	char byte;

	expect_there(addr);
	assert_int_equal(pipe(to_child), 0);
	assert_int_equal(pipe(to_parent), 0);
	child = assert_ok(fork());
	if (!child) {
		if (touch_read(addr, &value) || value != 0x5eed)
			child_end(1);
		if (write(to_parent[1], "", 1) != 1 ||
		    read(to_child[0], &byte, 1) != 1)
			child_end(2);
		if (touch_read(addr, &value) != -EFAULT)
			child_end(3);
		child_end(0);
	}
	assert_int_equal(read(to_parent[0], &byte, 1), 1);
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_int_equal(write(to_child[1], "", 1), 1);
	expect_child(child);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	expect_there(addr);
	munmap(addr, PAGE);
	close(to_child[0]);
	close(to_child[1]);
	close(to_parent[0]);
	close(to_parent[1]);
}

static void test_mremap_and_munmap(void **state)
{
	char *addr = map_pages(4), *other;

	assert_ptr_equal(mremap(addr, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE),
			 MAP_FAILED);
	expect_there(addr + 3 * PAGE);

	assert_int_equal(munmap(addr + PAGE, PAGE), 0);
	pattern_fill_io(scene.bar + 2 * PAGE, 64, 9, 0);
	other = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	assert_ptr_not_equal(other, MAP_FAILED);
	other = mremap(addr + 2 * PAGE, 2 * PAGE, 2 * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, other);
	assert_ptr_not_equal(other, MAP_FAILED);
	assert_int_equal(pattern_check_io(other, 64, 9, 0), 64);
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	expect_taken(addr);
	expect_taken(other);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_int_equal(pattern_check_io(other, 64, 9, 0), 64);
	munmap(addr, PAGE);
	munmap(other, 2 * PAGE);
}

/* No pages, so nothing that pins: O_DIRECT and the like get EFAULT. */
static void test_not_pinned(void **state)
{
	char *addr = map_pages(1);
	struct iovec iov = { addr, PAGE };
	int fds[2];

	expect_there(addr);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(vmsplice(fds[1], &iov, 1, 0), -1);
	assert_int_equal(errno, EFAULT);
	close(fds[0]);
	close(fds[1]);
	munmap(addr, PAGE);
}

static long faults(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_minflt;
}

/* Where a huge page may be: the BAR, and so a mapping of it, begins there */
static unsigned long huge_skew(void)
{
	return pci_bar_start(scene.dev.bdf, SCENE_BAR) % HUGE;
}

/* With virtual and physical addresses aligned alike, in room for that */
static char *map_aligned(char **room, int fd, off_t offset, unsigned long size)
{
	char *addr;

	*room = mmap(NULL, size + 2 * HUGE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(*room, MAP_FAILED);
	addr = (char *)(((uintptr_t)*room + HUGE - 1) / HUGE * HUGE +
			huge_skew());
	assert_ptr_equal(mmap(addr, size, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED, fd, offset), addr);
	return addr;
}

/* How many faults it takes to touch each page */
static long count_faults(int fd, off_t offset, unsigned long size)
{
	char *room, *addr = map_aligned(&room, fd, offset, size);
	unsigned long i;
	long before;

	before = faults();
	for (i = 0; i < size; i += PAGE)
		*(volatile __u32 *)(addr + i);
	before = faults() - before;
	munmap(room, size + 2 * HUGE);
	return before;
}

/* As many as vfio's own mmap takes, which uses huge pages where there are any */
static void test_huge_pages(void **state)
{
	const unsigned long size = 2 * HUGE;
	const struct vfio_p2p_range range = { 0, size };
	struct vfio_region_info info;
	int fd = export(&range, 1, O_RDWR);
	long ours, theirs;

	assert_ok(vfio_region_info(&scene.dev, SCENE_BAR, &info));
	theirs = count_faults(scene.dev.fd, info.offset, size);
	ours = count_faults(fd, 0, size);
	print_message("faults: %ld, of the device's own mmap %ld\n", ours,
		      theirs);
	close(fd);
	/* Before 6.12 vfio maps all at the first touch. */
	if (theirs == 1)
		assert_int_equal(ours, size / PAGE);
	else
		assert_in_range(ours, 1, theirs);
}

/*
 * Who counts the pages that a process writes to has new entries made read-only,
 * also those of huge pages, and the first write then makes them writable.  With
 * vfio's own mmap it comes back for ever.
 */
static void test_soft_dirty(void **state)
{
	const struct vfio_p2p_range range = { 0, 2 * HUGE };
	int fd = export(&range, 1, O_RDWR);
	char *room, *addr = map_aligned(&room, fd, 0, 2 * HUGE);
	__u32 value;

	assert_ok(sysfs_write("/proc/self/clear_refs", "4"));
	expect_there(addr);
	expect_there(addr + HUGE);
	assert_int_equal(*(volatile __u32 *)scene.bar, 0x5eed);

	/* Entries that are there already, by a touch that was no write */
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(touch_read(addr, &value));
	expect_there(addr);
	munmap(room, 4 * HUGE);
	close(fd);
}

static atomic_bool stop;
static atomic_ulong reads, misses;

static int touch_all_the_time(void *addr)
{
	__u32 value;

	while (!stop) {
		if (touch_read(addr, &value))
			misses++;
		else
			reads++;
	}
	return 0;
}

#define ROUNDS	50

/* Touches meet events at any moment; after each it is as it should be. */
static void test_touched_meanwhile(void **state)
{
	char *addr = map_pages(1);
	struct job jobs[2];
	unsigned int i;

	stop = false;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		job_start(&jobs[i], touch_all_the_time, addr);
	for (i = 0; i < ROUNDS; i++) {
		if (i % 2) {
			assert_ok(vfio_dev_reset(&scene.dev));
		} else {
			assert_ok(vfio_config_set_memory(&scene.dev, false));
			expect_taken(addr);
			assert_ok(vfio_config_set_memory(&scene.dev, true));
		}
		expect_there(addr);
	}
	stop = true;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		assert_ok(job_join(&jobs[i]));
	print_message("%lu reads, %lu misses\n", reads, misses);
	assert_int_not_equal(reads, 0);
	assert_int_not_equal(misses, 0);
	munmap(addr, PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_many_ranges),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_memory_decode),
		cmocka_unit_test(test_mapped_while_revoked),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_last_close),
		cmocka_unit_test(test_unbind),
		cmocka_unit_test(test_holds_module),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_mremap_and_munmap),
		cmocka_unit_test(test_not_pinned),
		cmocka_unit_test(test_huge_pages),
		cmocka_unit_test(test_soft_dirty),
		cmocka_unit_test(test_touched_meanwhile),
	};

	return tap_run(tests, setup, teardown);
}
