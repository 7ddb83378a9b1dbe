// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vfio device fd proves that its owner may export, wherever the fd went; a
 * vfio device that is not served is left as it is; and the ioctl that the module
 * sends to itself is nobody else's.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "p2p.h"
#include "p2p_test_importer.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_feature.h"
#include "vfio_region.h"

#define PAGE	4096
#define BAR	2
#define NOBODY	65534
#define VARIANT	"p2p-test-variant"

/* What the module sends to itself, see src/module/file_call.c */
#define INTERNAL_CALL	_IO(VFIO_P2P_IOC_MAGIC, 0xff)

/* Of the test that runs; teardown() closes what is open. */
static struct vfio_dev dev = { .fd = -1 };
static int control = -1;
static int copy = -1;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* An open device would keep the next test from binding it to another driver. */
static int teardown(void **state)
{
	close_fd(&control);
	close_fd(&copy);
	vfio_dev_close(&dev);

	return 0;
}

static void test_dup(void **state)
{
	int first;

	served_open(&dev, "EXPORTER_NVME");
	control = assert_ok(p2p_open());
	copy = assert_ok(dup(dev.fd));
	first = dev.fd;
	dev.fd = assert_ok(vfio_dev_reopen(&dev));
	close(first);

	close(assert_ok(p2p_export_range(control, copy, BAR, 0, PAGE)));
	close(assert_ok(vfio_feature_dma_buf_range(copy, BAR, 0, PAGE)));
	assert_errno(p2p_export_range(control, first, BAR, 0, PAGE), EBADF);
	close_fd(&copy);
	close(assert_ok(p2p_export_range(control, dev.fd, BAR, 0, PAGE)));
}

static void send_fd(int to, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .room = { 0 } };
	struct iovec iov = { .iov_base = "f", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	assert_int_equal(sendmsg(to, &message, 0), 1);
}

static int receive_fd(int from)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(from, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));

	return fd;
}

/* Nothing but the socket, which gets number 3, and no rights */
static int drop_all(int sock)
{
	if (dup2(sock, 3) < 0 || syscall(SYS_close_range, 4, ~0u, 0))
		return -1;
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return -1;

	return 3;
}

/* In the child: the number of the first step that goes wrong, or 0 */
static int unprivileged(int sock, const char *group)
{
	int misc, device, fd;

	sock = drop_all(sock);
	if (sock < 0 || !setuid(0))
		return 1;
	if (open(group, O_RDWR) >= 0 || errno != EACCES)
		return 2;
	misc = p2p_open();
	if (misc < 0)
		return 3;
	for (fd = 0; fd < 100; fd++) {
		if (p2p_export_range(misc, fd, BAR, 0, PAGE) >= 0)
			return 4;
	}

	device = receive_fd(sock);
	if (device < 0)
		return 5;
	fd = p2p_export_range(misc, device, BAR, 0, PAGE);
	if (fd < 0 || lseek(fd, 0, SEEK_END) != PAGE)
		return 6;
	fd = vfio_feature_dma_buf_range(device, BAR, 0, 2 * PAGE);
	if (fd < 0 || lseek(fd, 0, SEEK_END) != 2 * PAGE)
		return 7;

	return 0;
}

static void test_passed_fd(void **state)
{
	int socks[2], status;
	char group[32];
	pid_t child;

	served_open(&dev, "EXPORTER_NVME");
	snprintf(group, sizeof(group), "/dev/vfio/%d", dev.group->number);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, socks), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(unprivileged(socks[1], group));

	close(socks[1]);
	send_fd(socks[0], dev.fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(socks[0]);
	vfio_dev_close(&dev);
}

/* What vfio-pci says to a number it does not know, whatever the argument */
static void check_internal_call(int fd)
{
	const uintptr_t arguments[] = {
		0, 1, 0x1000, (uintptr_t)&fd, (uintptr_t)check_internal_call,
		(uintptr_t)-1, (uintptr_t)-4096, 0x8000000000000000,
		0xffff888000000000, 0xffffc90000000000, 0xffffffff81000000,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(arguments); i++) {
		assert_int_equal(ioctl(fd, INTERNAL_CALL, arguments[i]), -1);
		assert_int_equal(errno, ENOTTY);
		assert_int_equal(ioctl(fd, INTERNAL_CALL - 1, arguments[i]),
				 -1);
		assert_int_equal(errno, ENOTTY);
	}
}

static void test_internal_call(void **state)
{
	served_open(&dev, "EXPORTER_NVME");
	check_internal_call(dev.fd);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	check_internal_call(dev.fd);
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	check_internal_call(dev.fd);
	vfio_dev_close(&dev);
}

/* The feature comes and goes with the module, on one open fd. */
static void test_without_module(void **state)
{
	const __u32 get = VFIO_DEVICE_FEATURE_GET;
	const __u32 feature = VFIO_DEVICE_FEATURE_DMA_BUF;

	served_open(&dev, "EXPORTER_NVME");
	assert_ok(vfio_feature_probe(dev.fd, feature, get));
	assert_ok(module_unload(MODULE_UNDER_TEST));
	native_expect_alone(&dev);
	assert_errno(p2p_open(), ENOENT);
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(vfio_feature_probe(dev.fd, feature, get));
	close(assert_ok(vfio_feature_dma_buf_range(dev.fd, BAR, 0, PAGE)));
	vfio_dev_close(&dev);
}

/* Everything about a device that is not served is as without the module. */
static void check_not_served(const char *peer)
{
	const __u32 feature = VFIO_DEVICE_FEATURE_DMA_BUF;
	const int refusal = native_refusal();
	struct vfio_p2p_route route;

	assert_errno(p2p_export_range(control, dev.fd, BAR, 0, PAGE), ENOTTY);
	assert_errno(p2p_route(control, dev.fd, peer, &route), ENOTTY);
	assert_errno(vfio_feature_probe(dev.fd, feature,
					VFIO_DEVICE_FEATURE_GET), refusal);
	assert_errno(vfio_feature_probe(dev.fd, feature, 0), refusal);
	assert_errno(vfio_feature_probe(dev.fd, feature,
					VFIO_DEVICE_FEATURE_SET), refusal);
	assert_errno(vfio_feature_dma_buf_range(dev.fd, BAR, 0, PAGE), refusal);
	assert_errno(vfio_feature_dma_buf_range(dev.fd, 99, 1, 0), refusal);
	check_internal_call(dev.fd);
	assert_int_equal(ioctl(dev.fd, P2P_TEST_VARIANT_OWN_OPS), 1);
}

static void check_variant(const char *name)
{
	const char *bdf = env_bdf_or_skip(name);

	assert_ok(module_ensure(MODULE_VARIANT));
	assert_ok(pci_bind(bdf, VARIANT));
	assert_int_equal(pci_attr_number(bdf, "p2p_test_variant/own_ops"), 1);
	assert_ok(vfio_dev_open(&dev, bdf));
	control = assert_ok(p2p_open());

	check_not_served(env_bdf_or_skip("IMPORTER_EDU0"));
	assert_true(vfio_region_size(&dev, BAR) > 0);

	close_fd(&control);
	vfio_dev_close(&dev);
	assert_int_equal(pci_attr_number(bdf, "p2p_test_variant/own_ops"), 1);
	assert_ok(pci_unbind(bdf));
}

static void test_variant(void **state)
{
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	check_variant("EXPORTER_IVSHMEM");
	check_variant("ERRNO_TESTDEV");
}

/*
 * When the module is loaded while none of its devices is bound, the first vfio
 * device it meets may be one it does not serve.
 */
static void test_variant_first(void **state)
{
	const char *bdf = env_bdf_or_skip("EXPORTER_IVSHMEM");

	assert_ok(pci_unbind(env_bdf_or_skip("EXPORTER_NVME")));
	assert_ok(module_ensure(MODULE_VARIANT));
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_ok(pci_bind(bdf, VARIANT));
	assert_ok(vfio_dev_open(&dev, bdf));

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	control = assert_ok(p2p_open());
	check_not_served(env_bdf_or_skip("IMPORTER_EDU0"));

	close_fd(&control);
	vfio_dev_close(&dev);
	assert_ok(pci_unbind(bdf));
}

/* A device that changes its driver is served by what it is bound to. */
static void test_variant_and_back(void **state)
{
	check_variant("EXPORTER_IVSHMEM");
	served_open(&dev, "EXPORTER_IVSHMEM");
	close(assert_ok(vfio_feature_dma_buf_range(dev.fd, BAR, 0, PAGE)));
	vfio_dev_close(&dev);
	check_variant("EXPORTER_IVSHMEM");
}

#define with_teardown(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_teardown(test_dup),
		with_teardown(test_passed_fd),
		with_teardown(test_internal_call),
		with_teardown(test_without_module),
		with_teardown(test_variant),
		with_teardown(test_variant_first),
		with_teardown(test_variant_and_back),
	};

	return tap_run(tests, NULL, NULL);
}
