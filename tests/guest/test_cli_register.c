// SPDX-License-Identifier: GPL-2.0-only
/*
 * "vfio-p2p register" as a user has it: a slice of a BAR goes to a command, to
 * clients; stat and list tell of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "env.h"
#include "kmod.h"
#include "pattern.h"
#include "sysfs.h"
#include "tap.h"
#include "tool.h"
#include "touch.h"

#define SOCKET	"/tmp/register.socket"
#define PAGE	4096
#define SLICE	65536

/* This program, as the command that gets the slice */
#define AS_COMMAND	"--use-slice"

static const char *bdf;

static int setup(void **state)
{
	bdf = env_bdf_or_skip("EXPORTER_NVME");
	if (access("/sys/kernel/debug/tracing", F_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(pci_bind(bdf, "vfio-pci"));
	return 0;
}

/* That host bridge is on no list. */
static bool cpu_routes(void)
{
	return strcmp(env_rig("cpu"), "intel");
}

static uint64_t capabilities_here(void)
{
	uint64_t capabilities = 0;

	assert_in_range(vfio_p2p_module_abi(&capabilities, NULL), 1, 1000);
	return capabilities;
}

/* Skip the test where BARs get no pages. */
static void need_pages(void)
{
	if (!cpu_routes() || !(capabilities_here() & VFIO_P2P_CAP_PAGES))
		skip();
}

static void *map(int fd, size_t size, int prot)
{
	void *addr = mmap(NULL, size, prot, MAP_SHARED, fd, 0);

	if (addr == MAP_FAILED)
		fail_msg("mmap: %s", strerror(errno));
	return addr;
}

/* What is written is there, to the last page. */
static void check_slice(char *addr, size_t size)
{
	pattern_fill_io(addr, PAGE, 5, 0);
	pattern_fill_io(addr + size - PAGE, PAGE, 6, 0);
	assert_int_equal(pattern_check_io(addr, PAGE, 5, 0), PAGE);
	assert_int_equal(pattern_check_io(addr + size - PAGE, PAGE, 6, 0), PAGE);
}

/* The device is closed: a touch raises SIGBUS. */
static void expect_dead(char *addr)
{
	__u32 value;

	assert_errno(touch_read(addr, &value), EFAULT);
}

/* What the command does, in a process that is no test: its status tells. */
static int use_slice(const char *expected_fd)
{
	const char *fd = getenv("VFIO_P2P_SLICE_FD");
	const char *size = getenv("VFIO_P2P_SLICE_SIZE");
	char *addr;

	if (!fd || !size || atoi(size) != SLICE ||
	    (*expected_fd && strcmp(fd, expected_fd)))
		return 11;
	addr = mmap(NULL, SLICE, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd),
		    0);
	if (addr == MAP_FAILED)
		return errno == EACCES ? 8 : 12;
	addr[SLICE - 1] = 'x';
	return addr[SLICE - 1] == 'x' ? 7 : 13;
}

static int run_command(const char *fd_option, const char *expected_fd)
{
	char self[256];
	ssize_t length;

	length = assert_ok(readlink("/proc/self/exe", self, sizeof(self) - 1));
	self[length] = '\0';
	return tool_run(TOOL_ARGS("register", bdf, "2", "--slice", "64K",
				  fd_option, self, AS_COMMAND, expected_fd));
}

static void test_command(void **state)
{
	need_pages();
	assert_int_equal(run_command("--open=group", ""), 7);
	assert_int_equal(run_command("--fd=42", "42"), 7);
	assert_int_equal(run_command("--read-only", ""), 8);
}

/* The fd that a process holds, by a line of what it has said */
static int fd_of(const struct tool *tool, const char *line)
{
	int process, pid, number, fd;

	if (sscanf(line, "holding it as fd %d of process %d", &number,
		   &pid) != 2)
		fail();
	assert_int_equal(pid, tool->pid);
	process = assert_ok(syscall(SYS_pidfd_open, pid, 0));
	fd = assert_ok(syscall(SYS_pidfd_getfd, process, number, 0));
	close(process);
	return fd;
}

static void test_hold(void **state)
{
	const char *const args[] = {
		"register", bdf, "2", "-r", "2M:4M", NULL
	};
	struct tool tool;
	char line[512], *addr;
	int fd;

	need_pages();
	tool_start(&tool, args);
	tool_expect(&tool, "4M registered, slice of 4M at 0x200000", line,
		    sizeof(line));
	tool_expect(&tool, "holding it as fd", line, sizeof(line));
	fd = fd_of(&tool, line);
	addr = map(fd, 4 << 20, PROT_READ | PROT_WRITE);
	check_slice(addr, 4 << 20);

	assert_ok(kill(tool.pid, SIGINT));
	assert_int_equal(tool_end(&tool), 0);
	expect_dead(addr);
	munmap(addr, 4 << 20);
	close(fd);
}

/* The fd, and the line that came with it */
static int receive(char *line, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int client = assert_ok(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { .iov_base = line, .iov_len = size - 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	strcpy(address.sun_path, SOCKET);
	assert_ok(connect(client, (struct sockaddr *)&address,
			  sizeof(address)));
	line[assert_ok(recvmsg(client, &message, MSG_CMSG_CLOEXEC))] = '\0';
	assert_non_null(CMSG_FIRSTHDR(&message));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	close(client);
	return fd;
}

/* All it prints has those words; NULL is the last one. */
static void expect_output(const char *const args[], const char *const words[])
{
	char *text;

	assert_int_equal(tool_capture(args, &text), 0);
	tool_show(text);
	for (; *words; words++) {
		if (!strstr(text, *words))
			fail_msg("no \"%s\"", *words);
	}
	free(text);
}

static void expect_refused(const char *const args[], const char *words)
{
	struct tool tool;
	char line[512];

	tool_start(&tool, args);
	tool_expect(&tool, words, line, sizeof(line));
	assert_int_equal(tool_end(&tool), 2);
}

/* Only what has pages can be pinned, as a pipe does. */
static bool can_be_pinned(char *addr)
{
	struct iovec iov = { .iov_base = addr, .iov_len = PAGE };
	int fds[2];
	ssize_t ret;

	assert_ok(pipe2(fds, O_CLOEXEC));
	ret = vmsplice(fds[1], &iov, 1, 0);
	close(fds[0]);
	close(fds[1]);
	return ret == PAGE;
}

/* A dma-buf, by one option with pages and by another without */
static void check_export(const char *option, const char *memory, bool pages)
{
	const char *const args[] = {
		"export", option, bdf, "2", "-r", "1M:1M", NULL
	};
	char line[512], *addr;
	struct tool tool;
	int fd;

	tool_start(&tool, args);
	tool_expect(&tool, "dma-buf of 1048576 bytes, made by the module", line,
		    sizeof(line));
	tool_expect(&tool, "holding it as fd", line, sizeof(line));
	fd = fd_of(&tool, line);
	addr = map(fd, 1 << 20, PROT_READ | PROT_WRITE);
	check_slice(addr, 1 << 20);
	assert_int_equal(can_be_pinned(addr), pages);
	expect_output(TOOL_ARGS("stat", "--json"), TOOL_ARGS(memory));
	assert_ok(kill(tool.pid, SIGTERM));
	assert_int_equal(tool_end(&tool), 0);
	expect_dead(addr);
	munmap(addr, 1 << 20);
	close(fd);
}

static void test_export(void **state)
{
	need_pages();
	check_export("--pages", "\"memory\":\"pages\"", true);
	check_export("--write-combined", "\"memory\":\"write-combined\"",
		     false);
	check_export("--backend=module", "\"memory\":\"uncached\"", false);
	expect_refused(TOOL_ARGS("export", "--write-combined", bdf, "0"),
		       "BAR 0 is not prefetchable");
	expect_refused(TOOL_ARGS("export", "--pages", bdf, "0"),
		       "units of 2048 KiB");
}

static void test_socket(void **state)
{
	const char *const args[] = {
		"register", bdf, "2", "--socket", SOCKET, "-l", "1M", NULL
	};
	char line[512], expected[128], *addr;
	struct tool tool;
	int fd;

	need_pages();
	tool_start(&tool, args);
	tool_expect(&tool, "16M registered, slice of 1M at 0", line,
		    sizeof(line));
	tool_expect(&tool, "serving it at " SOCKET, line, sizeof(line));
	fd = receive(line, sizeof(line));
	tool_show(line);
	snprintf(expected, sizeof(expected),
		 "{\"bdf\":\"%s\",\"bar\":2,\"registered\":16777216,\"offset\":0,\"size\":1048576,",
		 bdf);
	assert_non_null(strstr(line, expected));
	addr = map(fd, 1 << 20, PROT_READ | PROT_WRITE);
	close(fd);
	check_slice(addr, 1 << 20);
	assert_ok(kill(tool.pid, SIGTERM));
	assert_int_equal(tool_end(&tool), 0);
	expect_dead(addr);
	munmap(addr, 1 << 20);
}

static void test_shown(void **state)
{
	const char *const args[] = {
		"register", bdf, "2", "-r", "4M:8M", "-l", "2M", NULL
	};
	struct tool tool;
	char line[512];

	need_pages();
	expect_output(TOOL_ARGS("stat", "--json"), TOOL_ARGS("\"pools\":["));
	tool_start(&tool, args);
	tool_expect(&tool, "slice of 2M", line, sizeof(line));
	tool_expect(&tool, "holding it", line, sizeof(line));
	expect_output(TOOL_ARGS("stat"),
		      TOOL_ARGS("Nothing is exported.", bdf,
				"0x400000 8M         6M   6M      1      live"));
	expect_output(TOOL_ARGS("stat", "--json"),
		      TOOL_ARGS("\"offset\":4194304", "\"length\":8388608",
				"\"free\":6291456", "\"longest\":6291456",
				"\"slices\":1", "\"state\":\"live\""));
	expect_output(TOOL_ARGS("list"),
		      TOOL_ARGS("no: registered, for O_DIRECT, 6M of 8M free"));
	expect_output(TOOL_ARGS("list", "--json"),
		      TOOL_ARGS("\"verdict\":\"registered\"",
				"\"free\":6291456"));
	assert_ok(kill(tool.pid, SIGTERM));
	assert_int_equal(tool_end(&tool), 0);
	expect_output(TOOL_ARGS("stat"), TOOL_ARGS("Nothing is exported."));
}

static void test_refusals(void **state)
{
	need_pages();
	expect_refused(TOOL_ARGS("register", bdf, "0"),
		       "BAR 0 has 16 KiB; this kernel makes pages in units of 2048 KiB");
	expect_refused(TOOL_ARGS("register", bdf, "4"), "no BAR 4");
	expect_refused(TOOL_ARGS("register", bdf, "2", "-r", "1M:2M"),
		       "units of 2048 KiB, of which both");
	expect_refused(TOOL_ARGS("register", bdf, "2", "-r", "14M:4M"),
		       "not within BAR 2");
	expect_refused(TOOL_ARGS("register", bdf, "2", "-l", "32M"),
		       "the longest piece has 0x1000000");
	expect_refused(TOOL_ARGS("register", bdf, "2", "-l", "5"),
		       "multiple of the page size");
	expect_refused(TOOL_ARGS("register", "77:00.0", "2"),
		       "no PCI device 77:00.0");
	/* Nothing of that is left. */
	assert_int_equal(tool_run(TOOL_ARGS("register", bdf, "2", "true")), 0);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
}

/* Where the module makes no pages it says why not. */
static void test_not_here(void **state)
{
	uint64_t capabilities = capabilities_here();

	if (capabilities & VFIO_P2P_CAP_PAGES)
		skip();
	expect_refused(TOOL_ARGS("register", bdf, "2"),
		       capabilities & VFIO_P2P_CAP_FEATURE ?
		       "CONFIG_FS_DAX" : "exporter=own");
}

/* Where not every device reaches the BAR it says which host bridge is at fault. */
static void test_no_route(void **state)
{
	if (cpu_routes() || !(capabilities_here() & VFIO_P2P_CAP_PAGES))
		skip();
	expect_refused(TOOL_ARGS("register", bdf, "2"),
		       "host bridge 0000:00:00.0 is not known to route between its ports");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_not_here),
		cmocka_unit_test(test_no_route),
	};

	if (argc > 2 && !strcmp(argv[1], AS_COMMAND))
		return use_slice(argv[2]);
	return tap_run(tests, setup, NULL);
}
