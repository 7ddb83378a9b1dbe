// SPDX-License-Identifier: GPL-2.0-only
/* REGISTER, ALLOC and what they exclude: pages of a BAR. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "job.h"
#include "kmod.h"
#include "p2p.h"
#include "pages.h"
#include "pattern.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"

#define PAGE	4096ul
#define MIB	(1ul << 20)
#define BAR	2
#define BAR_SIZE	(16 * MIB)
#define GRANULE	(2 * MIB)

#define EXPORTER	"EXPORTER_IVSHMEM"

static struct vfio_dev dev;
static const char *exporter;
static int control = -1;

static int setup(void **state)
{
	exporter = env_bdf_or_skip(EXPORTER);
	served_open(&dev, EXPORTER);
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	served_close(&dev, control);
	return 0;
}

static int add(__u64 offset, __u64 length)
{
	return pages_register(control, dev.fd, BAR, offset, length);
}

static int take(__u64 offset)
{
	return pages_unregister(control, dev.fd, BAR, offset);
}

static int alloc(__u64 length, __u64 *offset)
{
	return pages_alloc(control, dev.fd, BAR, length, offset);
}

static char *map(int fd, size_t size)
{
	char *addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);

	assert_ptr_not_equal(addr, MAP_FAILED);
	return addr;
}

static void expect_pool(__u64 size, __u64 free, __u64 longest, __u32 slices)
{
	struct vfio_p2p_pool pool;

	assert_ok(pages_pool(control, dev.fd, BAR, &pool));
	assert_int_equal(pool.size, size);
	assert_int_equal(pool.free, free);
	assert_int_equal(pool.longest, longest);
	assert_int_equal(pool.slices, slices);
}

static void test_whole(void **state)
{
	const int before = module_refcount(MODULE_UNDER_TEST);
	unsigned int i;

	pages_skip(control);
	expect_pool(0, 0, 0, 0);
	for (i = 0; i < 3; i++) {
		assert_ok(add(0, 0));
		assert_int_equal(module_refcount(MODULE_UNDER_TEST),
				 before + 1);
		expect_pool(BAR_SIZE, BAR_SIZE, BAR_SIZE, 0);
		assert_ok(take(0));
		assert_errno(take(0), ENOENT);
		assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);
	}
	expect_pool(0, 0, 0, 0);
}

static void expect_shown(__u64 size, __u64 available)
{
	assert_int_equal(pci_attr_number(exporter, "vfio_p2p/size"), size);
	assert_int_equal(pci_attr_number(exporter, "vfio_p2p/available"),
			 available);
}

static void expect_not_shown(void)
{
	char text[32];

	assert_errno(pci_attr_read(exporter, "vfio_p2p/size", text,
				   sizeof(text)), ENOENT);
}

/* For everybody */
static int open_attr(const char *attr)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", exporter,
		 attr);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void expect_readable(const char *attr)
{
	int fd = open_attr(attr);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0444);
	close(fd);
}

/* Of all ranges */
static void test_sysfs(void **state)
{
	int fd;

	pages_skip(control);
	assert_ok(add(0, 2 * GRANULE));
	assert_ok(add(4 * GRANULE, GRANULE));
	expect_shown(3 * GRANULE, 3 * GRANULE);
	expect_readable("vfio_p2p/size");
	expect_readable("vfio_p2p/available");
	fd = assert_ok(alloc(PAGE, NULL));
	expect_shown(3 * GRANULE, 3 * GRANULE - PAGE);
	close(fd);
	assert_ok(take(4 * GRANULE));
	expect_shown(2 * GRANULE, 2 * GRANULE);
	assert_ok(take(0));
	expect_shown(0, 0);
}

static void show_again(void)
{
	expect_not_shown();
	assert_ok(add(0, GRANULE));
	expect_shown(GRANULE, GRANULE);
	assert_ok(take(0));
}

/* With the driver, and with the module; who has it open does not keep it */
static void test_sysfs_ends(void **state)
{
	char byte;
	int fd;

	pages_skip(control);
	assert_ok(add(0, 0));
	vfio_dev_close(&dev);
	expect_shown(0, 0);
	fd = open_attr("vfio_p2p/size");
	assert_ok(pci_unbind(exporter));
	expect_not_shown();
	assert_int_equal(read(fd, &byte, 1), -1);
	assert_int_equal(errno, ENODEV);
	close(fd);
	served_open(&dev, EXPORTER);
	show_again();

	vfio_dev_close(&dev);
	close(control);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	expect_not_shown();
	served_open(&dev, EXPORTER);
	control = assert_ok(p2p_open());
	show_again();
}

static void test_ranges(void **state)
{
	struct vfio_p2p_register arg = {
		.argsz = sizeof(arg),
		.device_fd = dev.fd,
		.region_index = BAR,
		.offset = PAGE,
		.length = GRANULE,
	};

	pages_skip(control);
	assert_int_equal(ioctl(control, VFIO_P2P_REGISTER, &arg), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(arg.granule, GRANULE);

	assert_errno(add(0, PAGE), EINVAL);
	assert_errno(add(GRANULE, 0), EINVAL);
	assert_errno(add(0, BAR_SIZE + GRANULE), EINVAL);
	assert_errno(add(BAR_SIZE, GRANULE), EINVAL);
	assert_errno(add(GRANULE, -GRANULE), EINVAL);
	assert_errno(add(-GRANULE, 2 * GRANULE), EINVAL);

	assert_ok(add(GRANULE, 2 * GRANULE));
	assert_errno(add(0, 0), EBUSY);
	assert_errno(add(0, 2 * GRANULE), EBUSY);
	assert_errno(add(2 * GRANULE, GRANULE), EBUSY);
	assert_ok(add(0, GRANULE));
	assert_ok(add(3 * GRANULE, GRANULE));
	expect_pool(4 * GRANULE, 4 * GRANULE, 2 * GRANULE, 0);
	assert_errno(take(2 * GRANULE), ENOENT);
	assert_ok(take(GRANULE));
	assert_ok(add(2 * GRANULE, GRANULE));
	assert_ok(take(2 * GRANULE));
	assert_ok(take(0));
	assert_ok(take(3 * GRANULE));
}

static void test_refusals(void **state)
{
	int fds[2];

	pages_skip(control);
	assert_int_equal(pipe(fds), 0);
	assert_errno(pages_register(control, -1, BAR, 0, 0), EBADF);
	assert_errno(pages_register(control, fds[0], BAR, 0, 0), EINVAL);
	assert_errno(pages_register(control, dev.fd, 6, 0, 0), ENODEV);
	assert_errno(pages_register(control, dev.fd, 4, 0, 0), ENODEV);
	/* 256 bytes */
	assert_errno(pages_register(control, dev.fd, 0, 0, 0), EINVAL);
	assert_errno(pages_unregister(control, fds[0], BAR, 0), EINVAL);
	assert_errno(alloc(PAGE, NULL), ENOENT);
	close(fds[0]);
	close(fds[1]);
}

/* Whole structs, as the head of the header has it */
static void test_arguments(void **state)
{
	struct vfio_p2p_register reg = {
		.argsz = sizeof(reg) - 8,
		.device_fd = dev.fd,
		.region_index = BAR,
	};
	struct vfio_p2p_unregister unreg = {
		.argsz = sizeof(unreg) - 8,
		.device_fd = dev.fd,
		.region_index = BAR,
	};
	struct vfio_p2p_alloc slice = {
		.argsz = sizeof(slice) - 8,
		.device_fd = dev.fd,
		.region_index = BAR,
		.length = PAGE,
	};

	pages_skip(control);
	assert_ok(add(0, 0));
	assert_int_equal(ioctl(control, VFIO_P2P_REGISTER, &reg), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ioctl(control, VFIO_P2P_UNREGISTER, &unreg), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ioctl(control, VFIO_P2P_ALLOC, &slice), -1);
	assert_int_equal(errno, EINVAL);

	reg.argsz += 8;
	unreg.argsz += 8;
	slice.argsz += 8;
	reg.reserved = 1;
	unreg.flags = 1;
	slice.reserved = 1;
	assert_int_equal(ioctl(control, VFIO_P2P_REGISTER, &reg), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ioctl(control, VFIO_P2P_UNREGISTER, &unreg), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ioctl(control, VFIO_P2P_ALLOC, &slice), -1);
	assert_int_equal(errno, EINVAL);
	expect_pool(BAR_SIZE, BAR_SIZE, BAR_SIZE, 0);
	assert_ok(take(0));
}

/* A slice is mapped, for reading at least, and has no other calls. */
static void test_slice_flags(void **state)
{
	static const __u32 wrong[] = {
		O_WRONLY, O_WRONLY | O_CLOEXEC, O_ACCMODE, O_NONBLOCK,
		O_RDWR | O_NONBLOCK, O_RDWR | O_APPEND, 1u << 31,
	};
	static const __u32 right[] = {
		O_RDONLY, O_RDWR, O_RDONLY | O_CLOEXEC, O_RDWR | O_CLOEXEC,
	};
	struct vfio_p2p_alloc slice = {
		.argsz = sizeof(slice),
		.device_fd = dev.fd,
		.region_index = BAR,
		.length = PAGE,
	};
	unsigned int i;
	int fd;

	pages_skip(control);
	assert_ok(add(0, 0));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		slice.open_flags = wrong[i];
		assert_int_equal(ioctl(control, VFIO_P2P_ALLOC, &slice), -1);
		assert_int_equal(errno, EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		slice.open_flags = right[i];
		fd = assert_ok(ioctl(control, VFIO_P2P_ALLOC, &slice));
		assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE,
				 right[i] & O_ACCMODE);
		assert_int_equal(fcntl(fd, F_GETFD),
				 right[i] & O_CLOEXEC ? FD_CLOEXEC : 0);
		close(fd);
	}
	expect_pool(BAR_SIZE, BAR_SIZE, BAR_SIZE, 0);
	assert_ok(take(0));
}

static int next_fd(void)
{
	int fd = assert_ok(dup(control));

	close(fd);
	return fd;
}

/* Who can't be told where it is gets no slice. */
static void test_answer_lost(void **state)
{
	struct vfio_p2p_alloc *slice;
	int before;

	pages_skip(control);
	assert_ok(add(0, 0));
	slice = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(slice, MAP_FAILED);
	*slice = (struct vfio_p2p_alloc) {
		.argsz = sizeof(*slice),
		.device_fd = dev.fd,
		.region_index = BAR,
		.length = PAGE,
	};
	assert_int_equal(mprotect(slice, PAGE, PROT_READ), 0);
	before = next_fd();
	assert_int_equal(ioctl(control, VFIO_P2P_ALLOC, slice), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(next_fd(), before);
	expect_pool(BAR_SIZE, BAR_SIZE, BAR_SIZE, 0);
	munmap(slice, PAGE);
	assert_ok(take(0));
}

static void test_exhaustion(void **state)
{
	int fds[16], two;
	__u64 offset;
	unsigned int i;

	pages_skip(control);
	assert_ok(add(0, 0));
	assert_errno(alloc(0, NULL), EINVAL);
	assert_errno(alloc(PAGE + 1, NULL), EINVAL);
	assert_errno(alloc(BAR_SIZE + PAGE, NULL), ENOSPC);
	assert_errno(alloc(-PAGE, NULL), ENOSPC);
	/* As many pages as 32 bits do not count, or count as none or one */
	assert_errno(alloc(1ull << 44, NULL), ENOSPC);
	assert_errno(alloc((1ull << 44) + PAGE, NULL), ENOSPC);
	assert_errno(alloc(3ull << 44, NULL), ENOSPC);
	assert_errno(alloc(1ull << 63, NULL), ENOSPC);
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = assert_ok(alloc(MIB, &offset));
		assert_int_equal(offset, i * MIB);
	}
	expect_pool(BAR_SIZE, 0, 0, 16);
	assert_errno(alloc(PAGE, NULL), ENOSPC);

	/* Half of it is free, and no two pieces of it are neighbours. */
	for (i = 0; i < ARRAY_SIZE(fds); i += 2)
		close(fds[i]);
	expect_pool(BAR_SIZE, 8 * MIB, MIB, 8);
	assert_errno(alloc(MIB + PAGE, NULL), ENOSPC);
	close(fds[3]);
	expect_pool(BAR_SIZE, 9 * MIB, 3 * MIB, 7);
	two = assert_ok(alloc(2 * MIB, &offset));
	assert_int_equal(offset, 2 * MIB);
	close(two);
	for (i = 1; i < ARRAY_SIZE(fds); i += 2)
		if (i != 3)
			close(fds[i]);
	expect_pool(BAR_SIZE, BAR_SIZE, BAR_SIZE, 0);
	assert_ok(take(0));
}

/* What the CPU writes to a slice is in the BAR, at the place that was told. */
static void test_data(void **state)
{
	char buf[PAGE], *addr;
	__u64 offset;
	int first, fd;

	pages_skip(control);
	assert_ok(add(GRANULE, GRANULE));
	first = assert_ok(alloc(3 * PAGE, NULL));
	fd = assert_ok(alloc(2 * PAGE, &offset));
	assert_int_equal(offset, GRANULE + 3 * PAGE);
	addr = map(fd, 2 * PAGE);
	pattern_fill_io(addr, 2 * PAGE, 5, 0);
	assert_ok(vfio_region_read(&dev, BAR, offset + PAGE, buf, PAGE));
	assert_int_equal(pattern_check(buf, PAGE, 5, PAGE), PAGE);
	pattern_fill(buf, PAGE, 6, 0);
	assert_ok(vfio_region_write(&dev, BAR, offset, buf, PAGE));
	assert_int_equal(pattern_check_io(addr, PAGE, 6, 0), PAGE);
	munmap(addr, 2 * PAGE);
	close(first);
	close(fd);
	assert_ok(take(GRANULE));
}

static void expect_no_map(int fd, size_t size, int prot, int flags,
			  unsigned long page, int err)
{
	assert_ptr_equal(mmap(NULL, size, prot, flags, fd, page * PAGE),
			 MAP_FAILED);
	assert_int_equal(errno, err);
}

static void test_mmap_bounds(void **state)
{
	char *addr;
	int fd;

	pages_skip(control);
	assert_ok(add(0, 0));
	fd = assert_ok(alloc(4 * PAGE, NULL));
	expect_no_map(fd, 5 * PAGE, PROT_READ, MAP_SHARED, 0, EINVAL);
	expect_no_map(fd, 2 * PAGE, PROT_READ, MAP_SHARED, 3, EINVAL);
	expect_no_map(fd, PAGE, PROT_READ, MAP_SHARED, 4, EINVAL);
	expect_no_map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, EINVAL);
	addr = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 3 * PAGE);
	assert_ptr_not_equal(addr, MAP_FAILED);
	munmap(addr, PAGE);
	close(fd);
	assert_ok(take(0));
}

/* The mapping holds the slice; what is left of it after a munmap, too. */
static void test_freed_with_mapping(void **state)
{
	char *addr;
	int fd;

	pages_skip(control);
	assert_ok(add(0, 0));
	fd = assert_ok(alloc(4 * PAGE, NULL));
	addr = map(fd, 4 * PAGE);
	close(fd);
	expect_pool(BAR_SIZE, BAR_SIZE - 4 * PAGE, BAR_SIZE - 4 * PAGE, 1);
	assert_ok(touch_write(addr + 3 * PAGE, 7));
	munmap(addr, 3 * PAGE);
	expect_pool(BAR_SIZE, BAR_SIZE - 4 * PAGE, BAR_SIZE - 4 * PAGE, 1);
	munmap(addr + 3 * PAGE, PAGE);
	expect_pool(BAR_SIZE, BAR_SIZE, BAR_SIZE, 0);
	assert_ok(take(0));
}

/* A page that somebody has pinned is not given to somebody else. */
static void test_pinned_is_not_free(void **state)
{
	char buf[PAGE], *addr;
	struct pin pin;
	int fd;

	pages_skip(control);
	assert_ok(add(0, 0));
	fd = assert_ok(alloc(PAGE, NULL));
	addr = map(fd, PAGE);
	pattern_fill_io(addr, PAGE, 11, 0);
	assert_ok(pin_page(&pin, addr));
	munmap(addr, PAGE);
	close(fd);
	expect_pool(BAR_SIZE, BAR_SIZE - PAGE, BAR_SIZE - PAGE, 1);
	assert_int_equal(read(pin.fds[0], buf, PAGE), PAGE);
	assert_int_equal(pattern_check(buf, PAGE, 11, 0), PAGE);
	pin_drop(&pin);
	expect_pool(BAR_SIZE, BAR_SIZE, BAR_SIZE, 0);
	assert_ok(take(0));
}

/* What type 1 pins it would never let go of; see hold.c of the module. */
static void test_not_for_type1(void **state)
{
	char *addr;
	int fd;

	pages_skip(control);
	assert_ok(add(0, 0));
	fd = assert_ok(alloc(PAGE, NULL));
	addr = map(fd, PAGE);
	close(fd);
	assert_true(vfio_container_map(dev.container, addr, 0, PAGE) < 0);
	assert_ok(touch_write(addr, 1));
	assert_true(vfio_container_map(dev.container, addr, 0, PAGE) < 0);
	munmap(addr, PAGE);
	expect_pool(BAR_SIZE, BAR_SIZE, BAR_SIZE, 0);
	assert_ok(take(0));
}

static void expect_child(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_fork_and_mremap(void **state)
{
	char *addr, *other;
	__u32 value;
	pid_t child;
	int fd;

	pages_skip(control);
	assert_ok(add(0, 0));
	fd = assert_ok(alloc(4 * PAGE, NULL));
	addr = map(fd, 4 * PAGE);
	assert_ok(touch_write(addr, 0x5eed));
	child = assert_ok(fork());
	if (!child)
		_exit(touch_read(addr, &value) || value != 0x5eed ||
		      touch_write(addr + PAGE, 0xc0de));
	expect_child(child);
	assert_ok(touch_read(addr + PAGE, &value));
	assert_int_equal(value, 0xc0de);

	assert_ptr_equal(mremap(addr, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE),
			 MAP_FAILED);
	other = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	assert_ptr_not_equal(other, MAP_FAILED);
	assert_ptr_equal(mremap(addr, 2 * PAGE, 2 * PAGE,
				MREMAP_MAYMOVE | MREMAP_FIXED, other), other);
	assert_ok(touch_read(other + PAGE, &value));
	assert_int_equal(value, 0xc0de);
	assert_ok(take(0));
	assert_errno(touch_read(other + PAGE, &value), EFAULT);
	assert_errno(touch_read(addr + 3 * PAGE, &value), EFAULT);
	munmap(other, 2 * PAGE);
	munmap(addr + 2 * PAGE, 2 * PAGE);
	close(fd);
}

static void test_excludes_vfio_mmap(void **state)
{
	void *bar;

	pages_skip(control);
	assert_ok(add(GRANULE, GRANULE));
	assert_errno(vfio_region_mmap(&dev, BAR, 0, PAGE, &bar), EBUSY);
	assert_errno(vfio_region_mmap(&dev, BAR, GRANULE, PAGE, &bar), EBUSY);
	assert_ok(take(GRANULE));

	/* Never touched, so that only the mapping itself can be found. */
	assert_ok(vfio_region_mmap(&dev, BAR, 0, PAGE, &bar));
	assert_errno(add(GRANULE, GRANULE), EBUSY);
	assert_errno(add(0, 0), EBUSY);
	munmap(bar, PAGE);
	assert_ok(add(0, 0));
	assert_ok(take(0));
}

/* That of another BAR is no obstacle. */
static void test_other_bar(void **state)
{
	struct vfio_dev nvme;
	void *bar;

	pages_skip(control);
	served_open(&nvme, "EXPORTER_NVME");
	assert_ok(vfio_region_mmap(&nvme, 0, 0, PAGE, &bar));
	assert_ok(pages_register(control, nvme.fd, BAR, 0, 0));
	assert_ok(pages_unregister(control, nvme.fd, BAR, 0));
	munmap(bar, PAGE);
	vfio_dev_close(&nvme);
}

static void test_excludes_export(void **state)
{
	void *addr;
	int fd;

	pages_skip(control);
	assert_ok(add(GRANULE, GRANULE));
	assert_errno(p2p_export_range(control, dev.fd, BAR, 0, PAGE), EBUSY);
	assert_errno(vfio_feature_dma_buf_range(dev.fd, BAR, GRANULE, PAGE),
		     EBUSY);
	assert_ok(take(GRANULE));

	fd = assert_ok(p2p_export_range(control, dev.fd, BAR, 0, PAGE));
	assert_errno(add(GRANULE, GRANULE), EBUSY);
	addr = map(fd, PAGE);
	close(fd);
	assert_errno(add(GRANULE, GRANULE), EBUSY);
	munmap(addr, PAGE);
	assert_ok(add(GRANULE, GRANULE));
	assert_ok(take(GRANULE));

	/* One that was taken back for good is nobody's. */
	fd = assert_ok(p2p_export_range(control, dev.fd, BAR, 0, PAGE));
	assert_ok(p2p_revoke(control, dev.fd, fd));
	assert_ok(add(GRANULE, GRANULE));
	assert_ok(take(GRANULE));
	close(fd);
}

static atomic_bool stop, registered, mapped, exported;
static atomic_ulong maps, exports;

static int map_all_the_time(void *arg)
{
	void *bar;

	while (!stop) {
		if (vfio_region_mmap(&dev, BAR, 0, PAGE, &bar))
			continue;
		maps++;
		mapped = true;
		if (registered)
			return -EEXIST;
		mapped = false;
		munmap(bar, PAGE);
	}
	return 0;
}

static int export_all_the_time(void *arg)
{
	int fd;

	while (!stop) {
		fd = p2p_export_range(control, dev.fd, BAR, 0, PAGE);
		if (fd < 0)
			continue;
		exports++;
		exported = true;
		if (registered)
			return -EEXIST;
		exported = false;
		close(fd);
	}
	return 0;
}

/* Never two of them at a time, however they meet */
static void test_excludes_all_the_time(void **state)
{
	unsigned long both = 0, wins = 0;
	struct job jobs[3];
	unsigned int i;

	pages_skip(control);
	stop = false;
	job_start(&jobs[0], map_all_the_time, NULL);
	job_start(&jobs[1], map_all_the_time, NULL);
	job_start(&jobs[2], export_all_the_time, NULL);
	for (i = 0; i < 2000 && wins < 20; i++) {
		if (add(0, GRANULE))
			continue;
		wins++;
		registered = true;
		both += mapped || exported;
		registered = false;
		assert_ok(take(0));
	}
	stop = true;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		assert_ok(job_join(&jobs[i]));
	print_message("%lu registrations, %lu mappings, %lu dma-bufs\n", wins,
		      maps, exports);
	assert_int_equal(both, 0);
	assert_int_not_equal(maps, 0);
	assert_int_not_equal(exports, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_sysfs),
		cmocka_unit_test(test_sysfs_ends),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_slice_flags),
		cmocka_unit_test(test_answer_lost),
		cmocka_unit_test(test_exhaustion),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_mmap_bounds),
		cmocka_unit_test(test_freed_with_mapping),
		cmocka_unit_test(test_pinned_is_not_free),
		cmocka_unit_test(test_not_for_type1),
		cmocka_unit_test(test_fork_and_mremap),
		cmocka_unit_test(test_excludes_vfio_mmap),
		cmocka_unit_test(test_other_bar),
		cmocka_unit_test(test_excludes_export),
		cmocka_unit_test(test_excludes_all_the_time),
	};

	return tap_run(tests, setup, teardown);
}
