// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap of a dma-buf while a write to config space is under way that may switch memory
 * decode off: who touches it waits, and then gets what is right.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "job.h"
#include "native.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "stall.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"

#define PAGE	4096ul
#define BAR	2

/* More than the kernel waits when it is the one that touches */
#define LONG_US		3000000

#define ON	PCI_COMMAND_MEMORY
#define OFF	0

static struct vfio_dev dev;
static int control = -1;
static struct stall stall = { .uffd = -1 };

static int setup(void **state)
{
	served_open(&dev, "EXPORTER_IVSHMEM");
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	stall_drop(&stall);
	served_close(&dev, control);
	return 0;
}

static char *map(__u32 flags)
{
	const struct vfio_p2p_range range = { 0, PAGE };
	void *addr;
	int fd;

	native_skip();
	fd = assert_ok(pages_export(control, dev.fd, BAR, flags, &range, 1));
	addr = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(addr, MAP_FAILED);
	close(fd);
	return addr;
}

static int touch(void *addr)
{
	__u32 value;

	return touch_read(addr, &value);
}

static int touch_by_kernel(void *addr)
{
	int fd = assert_ok(open("/dev/zero", O_RDONLY | O_CLOEXEC));
	int ret = read(fd, addr, 4) < 0 ? -errno : 0;

	close(fd);
	return ret;
}

static void end_there(char *addr)
{
	assert_ok(touch(addr));
	munmap(addr, PAGE);
}

static void end_taken(char *addr)
{
	assert_int_equal(vfio_config_memory_enabled(&dev), 0);
	assert_errno(touch(addr), EFAULT);
	assert_ok(vfio_config_set_memory(&dev, true));
	end_there(addr);
}

/* Nobody notices more than a pause. */
static void test_harmless(void **state)
{
	char *addr = map(*(__u32 *)*state);

	assert_ok(touch(addr));
	stall_begin_within(&stall, &dev, ON);
	assert_ok(stall_meanwhile(&stall, touch, addr));
	end_there(addr);
}

/* There was none when the write began. */
static void test_mapped_meanwhile(void **state)
{
	char *addr;

	stall_begin_within(&stall, &dev, ON);
	addr = map(*(__u32 *)*state);
	assert_ok(stall_meanwhile(&stall, touch, addr));
	end_there(addr);
}

/* Then the write changes to one that switches decode off. */
static void test_mapped_and_off(void **state)
{
	char *addr;

	stall_begin(&stall, &dev, ON);
	addr = map(*(__u32 *)*state);
	assert_ok(touch(addr));
	stall_change(&stall, OFF);
	assert_ok(stall_end(&stall));
	end_taken(addr);
}

/* Decode goes off: nobody waits, it is taken before. */
static void test_off(void **state)
{
	char *addr = map(*(__u32 *)*state);

	assert_ok(touch(addr));
	stall_begin_within(&stall, &dev, OFF);
	assert_errno(touch(addr), EFAULT);
	assert_ok(stall_end(&stall));
	end_taken(addr);
}

/* What is written is other than when the write began: nothing is seen of that. */
static void test_changed(void **state)
{
	char *addr = map(*(__u32 *)*state);

	stall_begin(&stall, &dev, ON);
	assert_ok(touch(addr));
	stall_change(&stall, OFF);
	assert_ok(touch(addr));
	assert_ok(stall_end(&stall));
	end_taken(addr);
}

/* The kernel waits as well, and finds it there: not all of it comes again. */
static void test_by_kernel(void **state)
{
	char *addr = map(*(__u32 *)*state);

	stall_begin_within(&stall, &dev, ON);
	assert_ok(stall_meanwhile(&stall, touch_by_kernel, addr));
	end_there(addr);
}

#define IOVA	0x10000000ul

static int map_for_iommu(void *addr)
{
	return vfio_container_map(dev.container, addr, IOVA, PAGE);
}

/* It finds it there after one look, or fails (fixup_user_fault()). */
static void test_by_iommu(void **state)
{
	char *addr = map(*(__u32 *)*state);

	stall_begin_within(&stall, &dev, ON);
	assert_ok(stall_meanwhile(&stall, map_for_iommu, addr));
	assert_ok(vfio_container_unmap(dev.container, IOVA, PAGE));
	end_there(addr);
}

/* But not for long: it may hold what others need. */
static void test_long(void **state)
{
	char *addr = map(*(__u32 *)*state);
	struct job job;

	assert_ok(touch_by_kernel(addr));
	stall_begin_within(&stall, &dev, ON);
	job_start(&job, touch_by_kernel, addr);
	usleep(LONG_US);
	assert_true(job_done(&job));
	assert_errno(job_join(&job), EFAULT);
	assert_ok(stall_end(&stall));
	end_there(addr);
}

static __u32 plain;
static __u32 combined = VFIO_P2P_EXPORT_WC;

#define TEST_WITH(fn, title, flags)	{ title, fn, NULL, NULL, flags }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_harmless, "harmless", &plain),
		TEST_WITH(test_mapped_meanwhile, "mapped meanwhile", &plain),
		TEST_WITH(test_mapped_and_off, "mapped meanwhile, changed",
			  &plain),
		TEST_WITH(test_off, "off", &plain),
		TEST_WITH(test_changed, "changed", &plain),
		TEST_WITH(test_by_kernel, "by the kernel", &plain),
		TEST_WITH(test_by_iommu, "by the IOMMU", &plain),
		TEST_WITH(test_long, "by the kernel, for long", &plain),
		TEST_WITH(test_harmless, "write-combined, harmless",
			  &combined),
		TEST_WITH(test_off, "write-combined, off", &combined),
	};

	return tap_run(tests, setup, teardown);
}
