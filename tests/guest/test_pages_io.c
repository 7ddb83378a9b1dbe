// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own nvme driver reads into a BAR and writes from it: O_DIRECT. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "job.h"
#include "kmod.h"
#include "p2p.h"
#include "pages.h"
#include "pattern.h"
#include "served.h"
#include "slice.h"
#include "sysfs.h"
#include "tap.h"
#include "uring.h"
#include "vfio_config.h"
#include "vfio_region.h"
#include "vfio_reset.h"

#define BAR	2
#define SIZE	(1u << 20)
#define CHUNK	65536u

static struct vfio_dev dev;
static int control = -1, drive = -1;
static char *memory;

static int setup(void **state)
{
	const char *bdf = env_bdf_or_skip("DRIVE");

	/* Before nvme is there to take it */
	served_open(&dev, "EXPORTER_NVME");
	assert_ok(pci_bind(env_bdf("EXPORTER_IVSHMEM"), "vfio-pci"));
	assert_int_equal(system("modprobe nvme"), 0);
	assert_ok(pci_bind(bdf, "nvme"));
	drive = assert_ok(pages_open_drive(bdf));
	control = assert_ok(p2p_open());
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	return 0;
}

static int teardown(void **state)
{
	close(drive);
	close(control);
	vfio_dev_close(&dev);
	assert_ok(pci_unbind(env_bdf("DRIVE")));
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static void skip_unless_io(void)
{
	pages_skip(control);
	if (!pages_drive_can())
		skip();
}

static char *map_slice(const struct vfio_dev *of, size_t size)
{
	skip_unless_io();
	assert_ok(pages_register(control, of->fd, BAR, 0, 0));
	return slice_map(control, of->fd, BAR, size);
}

static void end(const struct vfio_dev *of, char *addr, size_t size)
{
	munmap(addr, size);
	assert_ok(pages_unregister(control, of->fd, BAR, 0));
}

/* Data of a seed is on the drive at OFFSET, by way of ordinary memory. */
static void fill_drive(__u32 seed, off_t offset)
{
	pattern_fill(memory, SIZE, seed, 0);
	assert_int_equal(pwrite(drive, memory, SIZE, offset), SIZE);
}

static void check_drive(__u32 seed, off_t offset)
{
	memset(memory, 0, SIZE);
	assert_int_equal(pread(drive, memory, SIZE, offset), SIZE);
	assert_int_equal(pattern_check(memory, SIZE, seed, 0), SIZE);
}

static void move_both_ways(char *addr)
{
	fill_drive(21, 0);
	assert_int_equal(pread(drive, addr, SIZE, 0), SIZE);
	assert_int_equal(pattern_check_io(addr, SIZE, 21, 0), SIZE);

	pattern_fill_io(addr, SIZE, 22, 0);
	assert_int_equal(pwrite(drive, addr, SIZE, SIZE), SIZE);
	check_drive(22, SIZE);
	check_drive(21, 0);
}

static void both_ways(const struct vfio_dev *of)
{
	char *addr = map_slice(of, SIZE);

	move_both_ways(addr);
	end(of, addr, SIZE);
}

static void test_registers_and_memory(void **state)
{
	both_ways(&dev);
}

static void test_memory(void **state)
{
	struct vfio_dev ivshmem;

	served_open(&ivshmem, "EXPORTER_IVSHMEM");
	both_ways(&ivshmem);
	vfio_dev_close(&ivshmem);
}

/* By the mmap of a dma-buf, whose two halves are the other way round */
static void test_dmabuf(void **state)
{
	static const struct vfio_p2p_range halves[] = {
		{ SIZE / 2, SIZE / 2 }, { 0, SIZE / 2 },
	};
	char *addr, data[512];
	int fd;

	skip_unless_io();
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	fd = assert_ok(pages_export(control, dev.fd, BAR, VFIO_P2P_EXPORT_PAGES,
				    halves, ARRAY_SIZE(halves)));
	addr = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(addr, MAP_FAILED);
	close(fd);
	move_both_ways(addr);
	assert_ok(vfio_region_read(&dev, BAR, 0, data, sizeof(data)));
	assert_int_equal(pattern_check(data, sizeof(data), 22, SIZE / 2),
			 sizeof(data));
	end(&dev, addr, SIZE);
}

/* Requests that pin for as long as they last */
static void test_uring(void **state)
{
	char *addr = map_slice(&dev, SIZE);
	struct uring ring;

	assert_ok(uring_open(&ring));
	fill_drive(71, 0);
	assert_int_equal(uring_io(&ring, IORING_OP_READ, drive, addr, SIZE, 0),
			 SIZE);
	assert_int_equal(pattern_check_io(addr, SIZE, 71, 0), SIZE);
	assert_ok(vfio_dev_reset(&dev));
	pattern_fill_io(addr, SIZE, 72, 0);
	assert_int_equal(uring_io(&ring, IORING_OP_WRITE, drive, addr, SIZE,
				  0), SIZE);
	check_drive(72, 0);
	assert_ok(vfio_config_set_memory(&dev, false));
	assert_int_equal(uring_io(&ring, IORING_OP_READ, drive, addr, SIZE, 0),
			 -EFAULT);
	assert_ok(vfio_config_set_memory(&dev, true));
	uring_close(&ring);
	end(&dev, addr, SIZE);
}

/* What would pin for as long as the ring is there is refused. */
static void test_uring_registered(void **state)
{
	char *addr = map_slice(&dev, SIZE);
	struct uring ring;

	assert_ok(uring_open(&ring));
	assert_errno(uring_register_buffer(&ring, addr, SIZE), EOPNOTSUPP);
	/* Also what is in a page table already */
	pattern_fill_io(addr, SIZE, 73, 0);
	assert_errno(uring_register_buffer(&ring, addr, SIZE), EOPNOTSUPP);
	assert_ok(vfio_dev_reset(&dev));
	uring_close(&ring);
	end(&dev, addr, SIZE);
}

/* Pieces in another order, and one that is not aligned to a page */
static void test_parts(void **state)
{
	char *addr = map_slice(&dev, SIZE);
	unsigned int i;

	fill_drive(31, 0);
	for (i = 0; i < SIZE; i += CHUNK)
		assert_int_equal(pread(drive, addr + SIZE - CHUNK - i, CHUNK,
				       i), CHUNK);
	for (i = 0; i < SIZE; i += CHUNK)
		assert_int_equal(pattern_check_io(addr + SIZE - CHUNK - i,
						  CHUNK, 31, i), CHUNK);
	assert_int_equal(pread(drive, addr + 512, 1024, 4096), 1024);
	assert_int_equal(pattern_check_io(addr + 512, 1024, 31, 4096), 1024);
	end(&dev, addr, SIZE);
}

/* As long as the memory is taken away, I/O is refused. */
static void test_while_taken(void **state)
{
	char *addr = map_slice(&dev, SIZE);

	assert_int_equal(pread(drive, addr, SIZE, 0), SIZE);
	assert_ok(vfio_config_set_memory(&dev, false));
	assert_int_equal(pread(drive, addr, SIZE, 0), -1);
	assert_int_equal(errno, EFAULT);
	assert_ok(vfio_config_set_memory(&dev, true));
	assert_int_equal(pread(drive, addr, SIZE, 0), SIZE);
	end(&dev, addr, SIZE);
}

static atomic_bool stop;
static atomic_ulong reads, cuts;

/* All is read, or less: what is missing was taken away meanwhile. */
static int read_all_the_time(void *addr)
{
	ssize_t ret;

	while (!stop) {
		ret = pread(drive, addr, SIZE, 0);
		if (ret == SIZE)
			reads++;
		else if (ret >= 0 || errno == EFAULT)
			cuts++;
		else
			return -errno;
	}
	return 0;
}

#define ROUNDS	40

/* No reset is refused, none meets I/O, and afterwards data is right. */
static void test_resets_meanwhile(void **state)
{
	char *addr = map_slice(&dev, 2 * SIZE);
	struct job jobs[2];
	unsigned int i;

	fill_drive(41, 0);
	stop = false;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		job_start(&jobs[i], read_all_the_time, addr + i * SIZE);
	for (i = 0; i < ROUNDS; i++) {
		assert_ok(vfio_dev_reset(&dev));
		if (i % 4 == 3)
			assert_ok(vfio_config_pcie_flr(&dev));
	}
	stop = true;
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		assert_ok(job_join(&jobs[i]));
	print_message("%lu reads, %lu cut short\n", reads, cuts);
	assert_int_not_equal(reads, 0);
	assert_int_equal(pread(drive, addr, SIZE, 0), SIZE);
	assert_int_equal(pattern_check_io(addr, SIZE, 41, 0), SIZE);
	end(&dev, addr, 2 * SIZE);
}

/* I/O of more than a second keeps the device closed until it is over. */
static void reopen(void)
{
	dev.fd = vfio_dev_reopen(&dev);
	while (dev.fd == -EBUSY) {
		usleep(100000);
		dev.fd = vfio_dev_reopen(&dev);
	}
	assert_ok(dev.fd);
	assert_ok(vfio_config_set_memory(&dev, true));
}

/* The device is closed under I/O, again and again. */
static void test_closes_meanwhile(void **state)
{
	struct job jobs[2];
	unsigned int i, j;
	char *addr;

	fill_drive(51, 0);
	for (i = 0; i < 10; i++) {
		addr = map_slice(&dev, 3 * SIZE);
		stop = false;
		for (j = 0; j < ARRAY_SIZE(jobs); j++)
			job_start(&jobs[j], read_all_the_time, addr + j * SIZE);
		assert_int_equal(pread(drive, addr + 2 * SIZE, SIZE, 0), SIZE);
		close(dev.fd);
		reopen();
		stop = true;
		for (j = 0; j < ARRAY_SIZE(jobs); j++)
			assert_ok(job_join(&jobs[j]));
		munmap(addr, 3 * SIZE);
	}
	addr = map_slice(&dev, SIZE);
	assert_int_equal(pread(drive, addr, SIZE, 0), SIZE);
	assert_int_equal(pattern_check_io(addr, SIZE, 51, 0), SIZE);
	end(&dev, addr, SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_and_memory),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_dmabuf),
		cmocka_unit_test(test_uring),
		cmocka_unit_test(test_uring_registered),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_while_taken),
		cmocka_unit_test(test_resets_meanwhile),
		cmocka_unit_test(test_closes_meanwhile),
	};

	return tap_run(tests, setup, teardown);
}
