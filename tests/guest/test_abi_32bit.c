// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit caller gets the answers a 64-bit one gets.  The calls are made by
 * compat32, which inherits our fds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "compat32.h"
#include "env.h"
#include "p2p.h"
#include "served.h"
#include "tap.h"
#include "vfio_feature.h"

#define PAGE	4096
#define BAR	2

static struct vfio_dev dev;
static int control;

static pid_t helper;
static int to_helper, from_helper;

static struct compat32_request request;
static struct compat32_answer answer;

/* It lies beside this program. */
static void exec_helper(void)
{
	char path[512];
	ssize_t n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n > 0) {
		path[n] = '\0';
		strcpy(strrchr(path, '/') + 1, "compat32");
		execl(path, path, NULL);
	}
	perror("compat32");
	_exit(1);
}

/* Fds of ours are close-on-exec; these two it shall have. */
static void start_helper(void)
{
	int in[2], out[2];

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	helper = fork();
	assert_true(helper >= 0);
	if (!helper) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		fcntl(control, F_SETFD, 0);
		fcntl(dev.fd, F_SETFD, 0);
		exec_helper();
	}
	close(in[0]);
	close(out[1]);
	to_helper = in[1];
	from_helper = out[0];
}

/* Make the call that is in REQUEST; its result is in ANSWER, too. */
static int call_32(int fd, unsigned long cmd)
{
	request.fd = fd;
	request.cmd = cmd;
	assert_int_equal(write(to_helper, &request, sizeof(request)),
			 sizeof(request));
	assert_int_equal(read(from_helper, &answer, sizeof(answer)),
			 sizeof(answer));
	assert_int_equal(answer.pointer_size, 4);

	return answer.ret;
}

static void new_request(const void *data, size_t size)
{
	memset(&request, 0, sizeof(request));
	assert_true(size <= sizeof(request.data));
	memcpy(request.data, data, size);
}

/* An fd of the helper, here */
static int fetch_fd(int fd)
{
	int pidfd = assert_ok(syscall(SYS_pidfd_open, helper, 0));
	int ret = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	close(pidfd);

	return assert_ok(ret);
}

static void check_dma_buf(int fd, long long size)
{
	int here;

	assert_ok(fd);
	here = fetch_fd(fd);
	assert_int_equal(lseek(here, 0, SEEK_END), size);
	assert_int_equal(fcntl(here, F_GETFL) & O_ACCMODE, O_RDWR);
	close(here);
}

static void test_info(void **state)
{
	struct vfio_p2p_info info, got;

	assert_ok(p2p_info(control, &info));
	memset(&got, 0, sizeof(got));
	got.argsz = sizeof(got);
	new_request(&got, sizeof(got));
	assert_ok(call_32(control, VFIO_P2P_INFO));
	memcpy(&got, answer.data, sizeof(got));
	assert_memory_equal(&got, &info, sizeof(info));
}

/* The struct, and the ranges right behind it */
struct export_32 {
	struct vfio_p2p_export export;
	struct vfio_p2p_range ranges[2];
};

static const struct export_32 good_export = {
	.export = {
		.argsz = sizeof(struct vfio_p2p_export),
		.region_index = BAR,
		.open_flags = O_RDWR | O_CLOEXEC,
		.nr_ranges = 2,
	},
	.ranges = { { PAGE, PAGE }, { 4 * PAGE, 2 * PAGE } },
};

static int export_32(const struct export_32 *export)
{
	struct export_32 copy = *export;

	copy.export.device_fd = dev.fd;
	new_request(&copy, sizeof(copy));
	request.pointer = offsetof(struct vfio_p2p_export, ranges);
	request.target = offsetof(struct export_32, ranges);

	return call_32(control, VFIO_P2P_EXPORT);
}

static void test_export(void **state)
{
	struct export_32 bad;

	check_dma_buf(export_32(&good_export), 3 * PAGE);

	bad = good_export;
	bad.ranges[1].length++;
	assert_errno(export_32(&bad), EINVAL);
	bad = good_export;
	bad.ranges[1].offset = ~4095ULL;
	assert_errno(export_32(&bad), EOVERFLOW);
	bad = good_export;
	bad.export.region_index = 6;
	assert_errno(export_32(&bad), ENODEV);
	bad = good_export;
	bad.export.argsz--;
	assert_errno(export_32(&bad), EINVAL);
	bad = good_export;
	bad.export.argsz = sizeof(bad);
	assert_errno(export_32(&bad), E2BIG);
	bad = good_export;
	bad.export.flags = 1u << 31;
	assert_errno(export_32(&bad), EINVAL);
}

/* All 64 bits of the pointer count. */
static void test_high_pointer(void **state)
{
	struct export_32 high = good_export;

	high.export.device_fd = dev.fd;
	high.export.ranges = 1ULL << 32;
	new_request(&high, sizeof(high));
	assert_errno(call_32(control, VFIO_P2P_EXPORT), EFAULT);
}

static void test_route(void **state)
{
	const char *peer = env_bdf_or_skip("IMPORTER_EDU0");
	struct vfio_p2p_route route, got;

	assert_ok(p2p_route(control, dev.fd, peer, &route));
	memset(&got, 0, sizeof(got));
	got.argsz = sizeof(got);
	got.device_fd = dev.fd;
	got.peer = route.peer;
	new_request(&got, sizeof(got));
	assert_ok(call_32(control, VFIO_P2P_ROUTE));
	memcpy(&got, answer.data, sizeof(got));
	assert_memory_equal(&got, &route, sizeof(route));

	got.reserved = 1;
	new_request(&got, sizeof(got));
	assert_errno(call_32(control, VFIO_P2P_ROUTE), EINVAL);
}

static void test_bad_calls(void **state)
{
	const unsigned long cmds[] = {
		VFIO_P2P_INFO, VFIO_P2P_EXPORT, VFIO_P2P_ROUTE, VFIO_P2P_REVOKE,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		memset(&request, 0, sizeof(request));
		assert_errno(call_32(control, cmds[i]), EINVAL);
		request.argument = 16;
		assert_errno(call_32(control, cmds[i]), EFAULT);
		request.argument = 0xfffffff0;
		assert_errno(call_32(control, cmds[i]), EFAULT);
	}
	memset(&request, 0, sizeof(request));
	assert_errno(call_32(control, _IO(VFIO_P2P_IOC_MAGIC, 8)), ENOTTY);
}

static void test_feature(void **state)
{
	struct {
		__u32 argsz;
		__u32 flags;
		struct vfio_device_feature_dma_buf get;
		struct vfio_region_dma_range range;
	} feature = {
		.argsz = sizeof(feature),
		.flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF,
		.get = {
			.region_index = BAR,
			.open_flags = O_RDWR | O_CLOEXEC,
			.nr_ranges = 1,
		},
		.range = { 0, 7 * PAGE },
	};

	new_request(&feature, sizeof(feature));
	check_dma_buf(call_32(dev.fd, VFIO_DEVICE_FEATURE), 7 * PAGE);

	feature.range.length--;
	new_request(&feature, sizeof(feature));
	assert_errno(call_32(dev.fd, VFIO_DEVICE_FEATURE), EINVAL);

	feature.argsz = 8;
	feature.flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_DMA_BUF;
	new_request(&feature, sizeof(feature));
	assert_int_equal(call_32(dev.fd, VFIO_DEVICE_FEATURE), 0);
}

static int setup(void **state)
{
	served_open(&dev, "EXPORTER_NVME");
	control = assert_ok(p2p_open());
	start_helper();

	return 0;
}

static int teardown(void **state)
{
	int status = -1;

	close(to_helper);
	close(from_helper);
	waitpid(helper, &status, 0);
	close(control);
	vfio_dev_close(&dev);

	return status;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_high_pointer),
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_bad_calls),
		cmocka_unit_test(test_feature),
	};

	return tap_run(tests, setup, teardown);
}
