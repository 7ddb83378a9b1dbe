// SPDX-License-Identifier: GPL-2.0-only
/*
 * The examples pages_read and pages_copy do what they say: what is on a drive is in
 * a BAR afterwards, and what is in the BAR on the drive, read and written by the
 * kernel's own nvme driver; from the drive itself, and from a file of a file system.
 */
#define main pages_read
#include "../../examples/pages_read.c"
#undef main
#define main pages_copy
#include "../../examples/pages_copy.c"
#undef main

#include <errno.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "env.h"
#include "kmod.h"
#include "pages.h"
#include "pattern.h"
#include "sysfs.h"
#include "tap.h"
#include "tool.h"

#define DRIVE_SIZE	(8u << 20)
#define MOUNT		"/tmp/mnt"
#define FILE_IN		MOUNT "/in"
#define FILE_OUT	MOUNT "/out"

/* Not a multiple of anything */
#define FILE_SIZE	(2 * 1048576 + 12345u)
#define BLOCKS_SIZE	1048576u

/* This program, as the command of "vfio-p2p register" */
#define AS_COPY		"--pages-copy"

static const char *bdf;
static bool has_pages;
static char node[64], self[256];
static char *memory, *copy;

static void *anonymous(size_t size)
{
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(addr, MAP_FAILED);
	return addr;
}

static int setup(void **state)
{
	const char *drive = env_bdf_or_skip("DRIVE");
	uint64_t capabilities = 0;

	bdf = env_bdf_or_skip("EXPORTER_IVSHMEM");
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_in_range(vfio_p2p_module_abi(&capabilities, NULL), 1, 1000);
	has_pages = (capabilities & VFIO_P2P_CAP_PAGES) && pages_drive_can();
	if (!has_pages)
		return 0;
	/* Before nvme is there to take what is not bound */
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(pci_bind(env_bdf("EXPORTER_NVME"), "vfio-pci"));
	assert_int_equal(system("modprobe nvme"), 0);
	assert_ok(pci_bind(drive, "nvme"));
	assert_ok(pages_find_drive(drive, node, sizeof(node)));
	memory = anonymous(DRIVE_SIZE);
	copy = anonymous(DRIVE_SIZE);
	return 0;
}

static int teardown(void **state)
{
	if (has_pages)
		assert_ok(pci_unbind(env_bdf("DRIVE")));
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

/* Skip the test where BARs get no pages. */
static void need_pages(void)
{
	if (!has_pages)
		skip();
}

/* By way of ordinary memory */
static void write_data(const char *path, __u32 seed, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_ok(fd);
	pattern_fill(memory, size, seed, 0);
	assert_int_equal(write(fd, memory, size), size);
	assert_ok(fsync(fd));
	close(fd);
}

static void read_data(const char *path, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;

	assert_ok(fd);
	assert_ok(fstat(fd, &info));
	if (S_ISREG(info.st_mode))
		assert_int_equal(info.st_size, size);
	assert_int_equal(read(fd, copy, size), size);
	close(fd);
}

/* All that comes through a pipe, up to SIZE */
static void read_pipe(int fd, size_t size)
{
	size_t done = 0;
	ssize_t ret;

	while ((ret = read(fd, copy + done, DRIVE_SIZE - done)) > 0)
		done += (size_t)ret;
	assert_int_equal(done, size);
}

/* What the example prints is what it has read. */
static void run_pages_read(const char *path, size_t size)
{
	char name[] = "pages_read", bar[] = "2", device[16], file[64];
	char *argv[5] = { name, device, bar, file };
	int fds[2], status;
	pid_t pid;

	snprintf(device, sizeof(device), "%s", bdf);
	snprintf(file, sizeof(file), "%s", path);
	assert_ok(pipe2(fds, O_CLOEXEC));
	pid = assert_ok(fork());
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[1]);
		_exit(pages_read(4, argv));
	}
	close(fds[1]);
	read_pipe(fds[0], size);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_memory_equal(memory, copy, size);
}

static void test_read_drive(void **state)
{
	need_pages();
	write_data(node, 61, DRIVE_SIZE);
	run_pages_read(node, DRIVE_SIZE);
}

/* busybox has what makes one, ext4 what reads it. */
static void mount_file_system(void)
{
	char command[128];

	if (system("modprobe ext4 2>/dev/null"))
		skip();
	snprintf(command, sizeof(command), "mke2fs -b 4096 %s >/dev/null",
		 node);
	assert_int_equal(system(command), 0);
	mkdir(MOUNT, 0700);
	assert_ok(mount(node, MOUNT, "ext4", 0, NULL));
}

static void drop_cache(void)
{
	assert_int_equal(system("sync; echo 3 >/proc/sys/vm/drop_caches"), 0);
}

static void test_read_file(void **state)
{
	need_pages();
	mount_file_system();
	write_data(FILE_IN, 62, FILE_SIZE);
	drop_cache();
	run_pages_read(FILE_IN, FILE_SIZE);
	assert_ok(umount(MOUNT));
}

static void find_self(void)
{
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[assert_ok(length)] = '\0';
}

/* What is written replaces what was in that file, and more of it. */
static void expect_out(size_t size)
{
	drop_cache();
	read_data(FILE_OUT, size);
	assert_memory_equal(memory, copy, size);
}

/* In one registration, as the commands of a shell script would: in, then out */
static void test_copy_file(void **state)
{
	char script[1024];

	need_pages();
	find_self();
	mount_file_system();
	write_data(FILE_OUT, 64, FILE_SIZE + 8192);
	write_data(FILE_IN, 63, FILE_SIZE);
	drop_cache();
	snprintf(script, sizeof(script),
		 "%s " AS_COPY " in " FILE_IN " && %s " AS_COPY " out " FILE_OUT " %u",
		 self, self, FILE_SIZE);
	assert_int_equal(tool_run(TOOL_ARGS("register", bdf, "2", "--slice=4M",
					    "sh", "-c", script)), 0);
	expect_out(FILE_SIZE);

	/* The memory has it still, and this much is whole blocks. */
	snprintf(script, sizeof(script), "%s " AS_COPY " out " FILE_OUT " %u",
		 self, BLOCKS_SIZE);
	assert_int_equal(tool_run(TOOL_ARGS("register", bdf, "2", "--slice=4M",
					    "--read-only", "sh", "-c", script)),
			 0);
	expect_out(BLOCKS_SIZE);
	assert_ok(umount(MOUNT));
}

static int run_pages_copy(const char *direction, const char *path,
			  const char *bytes)
{
	return tool_run(TOOL_ARGS("register", bdf, "2", "--slice=4M", self,
				  AS_COPY, direction, path, bytes));
}

/* There is no end of a drive that could be cut off, so nothing is written. */
static void test_copy_to_drive(void **state)
{
	need_pages();
	find_self();
	write_data(node, 65, DRIVE_SIZE);
	assert_int_equal(run_pages_copy("in", node, NULL), 0);
	write_data(node, 66, DRIVE_SIZE);
	assert_int_equal(run_pages_copy("out", node, "12345"), 1);
	drop_cache();
	read_data(node, DRIVE_SIZE);
	assert_memory_equal(memory, copy, DRIVE_SIZE);

	assert_int_equal(run_pages_copy("out", node, "12288"), 0);
	drop_cache();
	read_data(node, DRIVE_SIZE);
	pattern_fill(memory, 12288, 65, 0);
	assert_memory_equal(memory, copy, DRIVE_SIZE);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_drive),
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_copy_file),
		cmocka_unit_test(test_copy_to_drive),
	};

	if (argc > 1 && !strcmp(argv[1], AS_COPY))
		return pages_copy(argc - 1, argv + 1);
	return tap_run(tests, setup, teardown);
}
