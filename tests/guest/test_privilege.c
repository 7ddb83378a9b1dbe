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
#include <sys/wait.h>
#include <unistd.h>

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

/* In the child, where cmocka's assertions would end up in a second run. */
#define expect(condition)						\
	do {								\
		if (!(condition)) {					\
			printf("# line %d: %s, errno %d\n", __LINE__,	\
			       #condition, errno);			\
			_exit(1);					\
		}							\
	} while (0)

static void drop_privileges(void)
{
	expect(setgroups(0, NULL) == 0);
	expect(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	expect(setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

/* Leave the child this fd, as the first one behind stderr, or none (-1). */
static int keep_only(int fd)
{
	if (fd >= 0)
		expect(dup2(fd, STDERR_FILENO + 1) == STDERR_FILENO + 1);
	expect(syscall(SYS_close_range, STDERR_FILENO + 1 + (fd >= 0), ~0u,
		       0) == 0);

	return fd >= 0 ? STDERR_FILENO + 1 : -1;
}

static pid_t start_as_nobody(void (*fn)(int fd), int fd)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		fd = keep_only(fd);
		drop_privileges();
		fn(fd);
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

static void expect_success(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void run_as_nobody(void (*fn)(int fd), int fd)
{
	expect_success(start_as_nobody(fn, fd));
}

/* Far from the numbers of fds that the parent had */
static int open_control(void)
{
	int fd = p2p_open(), control;

	expect(fd >= 0);
	control = fcntl(fd, F_DUPFD_CLOEXEC, 500);
	expect(control >= 500);
	close(fd);

	return control;
}

static void expect_closed_to_nobody(const char *path, int flags)
{
	expect(open(path, flags | O_CLOEXEC) == -1);
	expect(errno == EACCES || errno == EPERM);
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

	expect(p2p_info(control, &info) == 0);
	return info.capabilities & VFIO_P2P_CAP_PAGES;
}

static void expect_refused(int control, int fd, int error)
{
	struct vfio_p2p_route route;
	struct vfio_p2p_pool pool;

	expect(p2p_export_range(control, fd, BAR, 0, PAGE) == -error);
	expect(p2p_route(control, fd, "0000:00:00.0", &route) == -error);
	if (!has_pages(control))
		error = EOPNOTSUPP;
	expect(pages_register(control, fd, BAR, 0, 0) == -error);
	expect(pages_alloc(control, fd, BAR, PAGE, NULL) == -error);
	expect(pages_pool(control, fd, BAR, &pool) == -error);
	expect(pages_unregister(control, fd, BAR, 0) == -error);
}

static void nobody_without_device(int none)
{
	struct vfio_p2p_info info;
	int control = open_control(), fd;
	unsigned int i;

	expect(p2p_info(control, &info) == 0);
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
	run_as_nobody(nobody_without_device, -1);
}

static void nobody_with_device(int device)
{
	struct vfio_p2p_route route;
	int control = open_control();
	int dmabufs[2];

	dmabufs[0] = p2p_export_range(control, device, BAR, 0, PAGE);
	dmabufs[1] = vfio_feature_dma_buf_range(device, BAR, PAGE, PAGE);
	expect(dmabufs[0] >= 0 && dmabufs[1] >= 0);
	expect(lseek(dmabufs[0], 0, SEEK_END) == PAGE);
	/* Whom the device could talk to may be asked, and says no more. */
	expect(p2p_route(control, device, kept.bdf, &route) == 0);
	expect_no_way_to(&kept);
	expect_refused(control, dmabufs[0], EINVAL);

	expect(close(device) == 0);
	expect_refused(control, device, EBADF);
	expect(p2p_revoke(control, device, dmabufs[0]) == -EBADF);
	expect_no_way_to(&given);
}

static void test_with_device(void **state)
{
	run_as_nobody(nobody_with_device, given.fd);
}

static void wait_for_end_of_stdin(void)
{
	char byte;

	expect(read(STDIN_FILENO, &byte, 1) == 0);
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
	int control = open_control(), dmabuf;
	__u32 value;
	char *addr;

	dmabuf = p2p_export_range(control, device, BAR, 0, PAGE);
	expect(dmabuf >= 0);
	addr = map_dmabuf(dmabuf);
	expect(addr || native_made(dmabuf) == 1);
	wait_for_end_of_stdin();
	expect(!addr || touch_read(addr, &value) == 0);

	expect(close(device) == 0);
	expect(!addr || touch_read(addr, &value) == -EFAULT);
	addr = map_dmabuf(dmabuf);
	expect(!addr || touch_read(addr, &value) == -EFAULT);
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
	pid = start_as_nobody(nobody_closes, given.fd);
	assert_ok(dup2(kept_stdin, STDIN_FILENO));
	close(kept_stdin);
	close(fds[0]);

	vfio_dev_close(&given);
	close(fds[1]);
	expect_success(pid);
	served_open(&given, GIVEN);
}

/* The module is not loaded by who opens the node: there is none before. */
static void nobody_loads(int none)
{
	expect(syscall(SYS_finit_module, none, "", 0) == -1);
	expect(errno == EPERM);
	expect(syscall(SYS_delete_module, "vfio_p2p_dmabuf", O_NONBLOCK) == -1);
	expect(errno == EPERM);
}

static void test_module(void **state)
{
	run_as_nobody(nobody_loads, -1);
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
