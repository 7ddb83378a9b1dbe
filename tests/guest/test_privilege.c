// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what: a user without rights and without a device gets nothing, one
 * that was given the fd of a device gets that device, and nothing any more once
 * the fd is closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "env.h"
#include "foreign_fd.h"
#include "native.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_dev.h"
#include "vfio_feature.h"

#define GIVEN	"EXPORTER_NVME"
#define BAR	2
#define PAGE	4096
#define NOBODY	65534

/* A device that is given away, and one that is not */
static struct vfio_dev given, kept;

static void drop_privileges(void)
{
	child_expect(setgroups(0, NULL) == 0);
	child_expect(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	child_expect(setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

/* Far from the numbers of fds that the parent had */
static int open_control(void)
{
	int fd = p2p_open(), control;

	child_expect(fd >= 0);
	control = fcntl(fd, F_DUPFD_CLOEXEC, 500);
	child_expect(control >= 500);
	close(fd);

	return control;
}

static int begin_as_nobody(void)
{
	drop_privileges();
	return open_control();
}

static void expect_closed_to_nobody(const char *path, int flags)
{
	child_expect(open(path, flags | O_CLOEXEC) == -1);
	child_expect(errno == EACCES || errno == EPERM);
}

static void expect_no_way_to(const struct vfio_dev *dev)
{
	char path[96];

	snprintf(path, sizeof(path), "/dev/vfio/%d", dev->group->number);
	expect_closed_to_nobody(path, O_RDWR);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource%d",
		 dev->bdf, BAR);
	expect_closed_to_nobody(path, O_RDONLY);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", dev->bdf);
	expect_closed_to_nobody(path, O_WRONLY);
}

static bool has_pages(int control)
{
	struct vfio_p2p_info info;

	child_expect(p2p_info(control, &info) == 0);
	return info.capabilities & VFIO_P2P_CAP_PAGES;
}

static void expect_refused(int control, int fd, int error)
{
	struct vfio_p2p_route route;
	struct vfio_p2p_pool pool;

	child_expect(p2p_export_range(control, fd, BAR, 0, PAGE) == -error);
	child_expect(p2p_route(control, fd, "0000:00:00.0", &route) == -error);
	if (!has_pages(control))
		error = EOPNOTSUPP;
	child_expect(pages_register(control, fd, BAR, 0, 0) == -error);
	child_expect(pages_alloc(control, fd, BAR, PAGE, NULL) == -error);
	child_expect(pages_pool(control, fd, BAR, &pool) == -error);
	child_expect(pages_unregister(control, fd, BAR, 0) == -error);
}

static void nobody_without_device(int none)
{
	struct vfio_p2p_info info;
	int control, fd;
	unsigned int i;

	control = begin_as_nobody();
	child_expect(p2p_info(control, &info) == 0);
	expect_no_way_to(&given);
	expect_no_way_to(&kept);
	expect_closed_to_nobody("/sys/kernel/debug/dma_buf/bufinfo", O_RDONLY);
	expect_refused(control, none, EBADF);
	expect_refused(control, control, EINVAL);
	/* The numbers of the fds that the parent has */
	expect_refused(control, given.fd, EBADF);
	expect_refused(control, kept.fd, EBADF);
	for (i = 0; i < nr_foreign_fds; i++) {
		fd = foreign_fds[i].make();
		if (fd < 0)
			continue;
		expect_refused(control, fd, EINVAL);
		close(fd);
	}
}

static void test_without_device(void **state)
{
	child_run(nobody_without_device, -1);
}

static void nobody_with_device(int device)
{
	struct vfio_p2p_route route;
	int control = begin_as_nobody();
	int dmabufs[2];

	dmabufs[0] = p2p_export_range(control, device, BAR, 0, PAGE);
	dmabufs[1] = vfio_feature_dma_buf_range(device, BAR, PAGE, PAGE);
	child_expect(dmabufs[0] >= 0 && dmabufs[1] >= 0);
	child_expect(lseek(dmabufs[0], 0, SEEK_END) == PAGE);
	/* Whom the device could talk to may be asked, and says no more. */
	child_expect(p2p_route(control, device, kept.bdf, &route) == 0);
	expect_no_way_to(&kept);
	expect_refused(control, dmabufs[0], EINVAL);

	child_expect(close(device) == 0);
	expect_refused(control, device, EBADF);
	child_expect(p2p_revoke(control, device, dmabufs[0]) == -EBADF);
	expect_no_way_to(&given);
}

static void test_with_device(void **state)
{
	child_run(nobody_with_device, given.fd);
}

static void wait_for_end_of_stdin(void)
{
	char byte;

	child_expect(read(STDIN_FILENO, &byte, 1) == 0);
}

static char *map_dmabuf(int fd)
{
	void *addr = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);

	return addr == MAP_FAILED ? NULL : addr;
}

/* It is the last that has the device; what is left of that gives nothing. */
static void nobody_closes(int device)
{
	int control = begin_as_nobody(), dmabuf;
	__u32 value;
	char *addr;

	dmabuf = p2p_export_range(control, device, BAR, 0, PAGE);
	child_expect(dmabuf >= 0);
	addr = map_dmabuf(dmabuf);
	child_expect(addr || native_made(dmabuf) == 1);
	wait_for_end_of_stdin();
	child_expect(!addr || touch_read(addr, &value) == 0);

	child_expect(close(device) == 0);
	child_expect(!addr || touch_read(addr, &value) == -EFAULT);
	addr = map_dmabuf(dmabuf);
	child_expect(!addr || touch_read(addr, &value) == -EFAULT);
	expect_refused(control, dmabuf, EINVAL);
	expect_no_way_to(&given);
}

static void test_after_close(void **state)
{
	int fds[2], kept_stdin;
	pid_t pid;

	kept_stdin = assert_ok(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100));
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_ok(dup2(fds[0], STDIN_FILENO));
	pid = child_start(nobody_closes, given.fd);
	assert_ok(dup2(kept_stdin, STDIN_FILENO));
	close(kept_stdin);
	close(fds[0]);

	vfio_dev_close(&given);
	close(fds[1]);
	child_end(pid);
	served_open(&given, GIVEN);
}

/* The module is not loaded by who opens the node: there is none before. */
static void nobody_loads(int none)
{
	drop_privileges();
	child_expect(syscall(SYS_finit_module, none, "", 0) == -1);
	child_expect(errno == EPERM);
	child_expect(syscall(SYS_delete_module, "vfio_p2p_dmabuf", O_NONBLOCK) == -1);
	child_expect(errno == EPERM);
}

static void test_module(void **state)
{
	child_run(nobody_loads, -1);
}

static int setup(void **state)
{
	served_open(&given, GIVEN);
	served_open(&kept, "EXPORTER_IVSHMEM");

	return 0;
}

static int teardown(void **state)
{
	vfio_dev_close(&kept);
	vfio_dev_close(&given);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_device),
		cmocka_unit_test(test_with_device),
		cmocka_unit_test(test_after_close),
		cmocka_unit_test(test_module),
	};

	return tap_run(tests, setup, teardown);
}
