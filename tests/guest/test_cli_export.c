// SPDX-License-Identifier: GPL-2.0-only
/* "vfio-p2p export" as a user has it: the dma-buf goes to a command, to clients. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "pattern.h"
#include "sysfs.h"
#include "tap.h"
#include "tool.h"

#define SOCKET	"/tmp/export.socket"
#define PAGE	4096

/* This program, as the command that gets the dma-buf */
#define AS_COMMAND	"--write-by-dma"

static struct importer imp;
static const char *bdf;

static int setup(void **state)
{
	bdf = env_bdf_or_skip("EXPORTER_NVME");
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(importer_open(&imp, env_bdf_or_skip("IMPORTER_EDU0")));
	return 0;
}

static int teardown(void **state)
{
	importer_close(&imp);
	return 0;
}

/* Written by DMA and read back so */
static void check_dmabuf(int fd, off_t size)
{
	char data[256], back[256];
	int handle;

	assert_int_equal(lseek(fd, 0, SEEK_END), size);
	handle = assert_ok(importer_attach(&imp, fd, P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	pattern_fill(data, sizeof(data), getpid(), 0);
	assert_ok(importer_write(&imp, handle, size - 256, data, 256));
	assert_ok(importer_read(&imp, handle, size - 256, back, 256));
	assert_memory_equal(data, back, 256);
	assert_ok(importer_detach(&imp, handle));
}

/* The device is closed: nobody reaches it by the dma-buf any more. */
static void expect_dead(int fd)
{
	assert_errno(importer_attach(&imp, fd, P2P_TEST_DYNAMIC), ENODEV);
}

/* What the command does, in a process that is no test: its status tells. */
static int write_by_dma(const char *importer, const char *expected_fd)
{
	const char *fd = getenv("VFIO_P2P_DMABUF_FD");
	char data[64] = "by a command";
	struct importer mine;
	int handle;

	if (!fd || (*expected_fd && strcmp(fd, expected_fd)))
		return 11;
	if (importer_open(&mine, importer))
		return 12;
	handle = importer_attach(&mine, atoi(fd), P2P_TEST_DYNAMIC);
	if (handle < 0 || importer_map(&mine, handle, P2P_TEST_BIDIRECTIONAL) ||
	    importer_write(&mine, handle, 0, data, sizeof(data)))
		return 13;
	importer_close(&mine);
	return 7;
}

static int run_command(const char *fd_option, const char *expected_fd)
{
	char self[256];
	ssize_t length;

	length = assert_ok(readlink("/proc/self/exe", self, sizeof(self) - 1));
	self[length] = '\0';
	return tool_run(TOOL_ARGS("export", bdf, "2", "--range", "64K:8K",
				  fd_option, self, AS_COMMAND,
				  env_bdf("IMPORTER_EDU1"), expected_fd));
}

static void test_command(void **state)
{
	env_bdf_or_skip("IMPORTER_EDU1");
	assert_int_equal(run_command("--read-only", ""), 7);
	assert_int_equal(run_command("--fd=42", "42"), 7);
}

static void expect_refused(const char *const args[], const char *words)
{
	struct tool tool;
	char line[512];

	tool_start(&tool, args);
	tool_expect(&tool, words, line, sizeof(line));
	assert_int_equal(tool_end(&tool), 2);
}

static void test_ways(void **state)
{
	const char *const node[] = {
		"export", "--open=node", bdf, "2", "true", NULL
	};

	assert_int_equal(tool_run(TOOL_ARGS("export", "--open=group", bdf, "2",
					    "true")), 0);
	if (access("/dev/iommu", F_OK) || access("/dev/vfio/devices", F_OK))
		expect_refused(node, "has no node in /dev/vfio/devices");
	else
		assert_int_equal(tool_run(node), 0);
}

static void expect_status(int status, const char *command, const char *option,
			  const char *argument)
{
	assert_int_equal(tool_run(TOOL_ARGS("export", bdf, "2", "--", command,
					    option, argument)), status);
}

static void test_command_status(void **state)
{
	expect_status(5, "sh", "-c", "exit 5");
	expect_status(128 + SIGKILL, "sh", "-c", "kill -9 $$");
	expect_status(127, "no-such-command", NULL, NULL);
	expect_status(126, "/etc", NULL, NULL);
}

/*
 * Until it has become sleep, a child of the shell has the shell's handler for
 * SIGTERM, which only takes note of it; so it is killed.
 */
static void test_signal_passed_on(void **state)
{
	const char *const args[] = {
		"export", bdf, "2", "sh", "-c",
		"trap 'kill -9 $!; exit 9' TERM; sleep 1000 & echo ready; wait",
		NULL
	};
	struct tool tool;
	char line[512];

	tool_start(&tool, args);
	tool_expect(&tool, "ready", line, sizeof(line));
	assert_ok(kill(tool.pid, SIGTERM));
	assert_int_equal(tool_end(&tool), 9);
}

/* Ends when the process waits in that system call (again). */
static void expect_call(pid_t pid, long number)
{
	siginfo_t ended = { 0 };
	char path[64], call[128];

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	do {
		assert_ok(waitid(P_PID, pid, &ended,
				 WEXITED | WNOHANG | WNOWAIT));
		assert_int_equal(ended.si_pid, 0);
		assert_ok(sysfs_read(path, call, sizeof(call)));
	} while (strtol(call, NULL, 10) != number);
}

/* As Ctrl-Z and fg(1) do */
static void stop_and_continue(pid_t pid)
{
	siginfo_t stopped;

	assert_ok(kill(pid, SIGSTOP));
	assert_ok(waitid(P_PID, pid, &stopped, WSTOPPED));
	assert_ok(kill(pid, SIGCONT));
}

/* Held until interrupted; who may takes it out of the process. */
static void test_hold(void **state)
{
	const char *const args[] = { "export", bdf, "2", "-r", "0:8K", NULL };
	struct tool tool;
	int process, pid, number, fd;
	char line[512];

	tool_start(&tool, args);
	tool_expect(&tool, "dma-buf of 8192 bytes", line, sizeof(line));
	tool_expect(&tool, "holding it as fd", line, sizeof(line));
	if (sscanf(line, "holding it as fd %d of process %d", &number,
		   &pid) != 2)
		fail();
	assert_int_equal(pid, tool.pid);
	process = assert_ok(syscall(SYS_pidfd_open, pid, 0));
	fd = assert_ok(syscall(SYS_pidfd_getfd, process, number, 0));
	check_dmabuf(fd, 8192);

	expect_call(tool.pid, SYS_rt_sigtimedwait);
	stop_and_continue(tool.pid);
	expect_call(tool.pid, SYS_rt_sigtimedwait);
	check_dmabuf(fd, 8192);

	assert_ok(kill(tool.pid, SIGINT));
	assert_int_equal(tool_end(&tool), 0);
	expect_dead(fd);
	close(fd);
	close(process);
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = assert_ok(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		fail_msg("%s: %s", path, strerror(errno));
	return fd;
}

/* The fd, and the line that came with it */
static int receive(int client, char *line, size_t size)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { .iov_base = line, .iov_len = size - 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *head;
	int fd;

	line[assert_ok(recvmsg(client, &message, MSG_CMSG_CLOEXEC))] = '\0';
	head = CMSG_FIRSTHDR(&message);
	assert_non_null(head);
	assert_int_equal(head->cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

static void test_socket(void **state)
{
	const char *const args[] = { "export", bdf, "2", "--socket", SOCKET, NULL };
	char line[512], expected[64];
	struct tool tool;
	struct stat info;
	int i, client, fd = -1;

	tool_start(&tool, args);
	tool_expect(&tool, "dma-buf of 16777216 bytes", line, sizeof(line));
	tool_expect(&tool, "serving it at " SOCKET, line, sizeof(line));
	assert_ok(stat(SOCKET, &info));
	assert_int_equal(info.st_mode & 0777, 0600);
	snprintf(expected, sizeof(expected), "\"bdf\":\"%s\",\"bar\":2", bdf);

	/* A child of who it was before, one that goes away at once, two that want it */
	assert_ok(kill(tool.pid, SIGCHLD));
	close(connect_to(SOCKET));
	for (i = 0; i < 2; i++) {
		if (fd >= 0)
			close(fd);
		client = connect_to(SOCKET);
		fd = receive(client, line, sizeof(line));
		tool_show(line);
		assert_non_null(strstr(line, expected));
		assert_int_equal(line[strlen(line) - 1], '\n');
		close(client);
		check_dmabuf(fd, 16 << 20);
	}

	assert_ok(kill(tool.pid, SIGTERM));
	assert_int_equal(tool_end(&tool), 0);
	assert_errno(access(SOCKET, F_OK) ? -errno : 0, ENOENT);
	expect_dead(fd);
	close(fd);
}

static void test_socket_taken(void **state)
{
	const char *other = env_bdf_or_skip("EXPORTER_IVSHMEM");
	const char *const args[] = { "export", bdf, "2", "--socket", SOCKET, NULL };
	struct tool tool;
	char line[512];

	assert_ok(pci_bind(other, "vfio-pci"));
	tool_start(&tool, args);
	tool_expect(&tool, "dma-buf", line, sizeof(line));
	expect_refused(TOOL_ARGS("export", other, "2", "-s", SOCKET),
		       "if no other export uses it, remove it");
	close(connect_to(SOCKET));
	assert_ok(kill(tool.pid, SIGTERM));
	assert_int_equal(tool_end(&tool), 0);
}

static void test_refusals(void **state)
{
	const char *const hold[] = { "export", bdf, "2", NULL };
	const char *importer = env_bdf("IMPORTER_EDU0");
	struct tool tool;
	char line[512];

	expect_refused(TOOL_ARGS("export", bdf, "4"), "no BAR 4");
	expect_refused(TOOL_ARGS("export", bdf, "2", "-r", "1:4K"),
		       "not a multiple of the page size");
	expect_refused(TOOL_ARGS("export", bdf, "2", "-r", "4K"),
		       "is no range");
	expect_refused(TOOL_ARGS("export", "77:00.0", "2"),
		       "no PCI device 77:00.0");
	expect_refused(TOOL_ARGS("export", importer, "0"),
		       "driverctl set-override");

	tool_start(&tool, hold);
	tool_expect(&tool, "dma-buf", line, sizeof(line));
	expect_refused(hold, "in use by another program");
	assert_ok(kill(tool.pid, SIGTERM));
	assert_int_equal(tool_end(&tool), 0);

	assert_ok(pci_unbind(bdf));
	expect_refused(hold, "has no driver; bind it to vfio-pci");
	assert_ok(pci_bind(bdf, "vfio-pci"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_status),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_signal_passed_on),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_socket_taken),
		cmocka_unit_test(test_refusals),
	};

	if (argc > 3 && !strcmp(argv[1], AS_COMMAND))
		return write_by_dma(argv[2], argv[3]);
	return tap_run(tests, setup, teardown);
}
