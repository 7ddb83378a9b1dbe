// SPDX-License-Identifier: GPL-2.0-only
/*
 * The example nvme_p2p does what it says.  The command that it starts, and hands
 * the drive to, is this program once more.
 */
#define main nvme_p2p
#include "../../examples/nvme_p2p.c"
#undef main

#include "drive.h"
#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "sysfs.h"
#include "tap.h"

#define BLOCK		56
#define DATA_FILE	"/tmp/nvme_example"

static int variable(const char *name)
{
	return atoi(getenv(name));
}

static int attach(struct importer *imp, const char *name)
{
	int handle = importer_attach(imp, variable(name), P2P_TEST_DYNAMIC);

	if (handle < 0 || importer_map(imp, handle, P2P_TEST_BIDIRECTIONAL))
		errx(1, "%s: no mapping", name);
	return handle;
}

/* A peer has no interrupt; it can see that the data is there. */
static void wait_for_data(struct importer *imp, int cmb, char *data)
{
	static const char empty[64];
	int tries;

	for (tries = 0; tries < 100; tries++) {
		if (importer_read(imp, cmb, NVME_PAGE, data, sizeof(empty)))
			errx(1, "the CMB can't be read");
		if (memcmp(data, empty, sizeof(empty)))
			return;
	}
	errx(1, "no data");
}

/* One read, into the second page of the CMB; what there is goes to a file. */
static int be_the_peer(void)
{
	const __u64 address = strtoull(getenv("NVME_CMB_ADDRESS"), NULL, 0);
	const __u32 tail = 1;
	struct nvme_command command;
	struct importer imp;
	int cmb, doorbells, file;
	char data[NVME_PAGE] = "";

	if (importer_open(&imp, env_bdf("IMPORTER_EDU0")))
		errx(1, "no peer");
	cmb = attach(&imp, "NVME_CMB_FD");
	doorbells = attach(&imp, "NVME_DOORBELLS_FD");
	nvme_fill(&command, NVME_READ, 77, BLOCK, DRIVE_BLOCKS,
		  address + NVME_PAGE);
	if (importer_write(&imp, cmb, NVME_PAGE, data, NVME_PAGE) ||
	    importer_write(&imp, cmb, 0, &command, sizeof(command)) ||
	    importer_write(&imp, doorbells, variable("NVME_SQ_DOORBELL"), &tail,
			   sizeof(tail)))
		errx(1, "no DMA");
	wait_for_data(&imp, cmb, data);
	if (importer_read(&imp, cmb, NVME_PAGE, data, NVME_PAGE))
		errx(1, "no DMA");
	file = open(DATA_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	return write(file, data, NVME_PAGE) != NVME_PAGE;
}

/* What the example prints is in TEXT. */
static int run_example(char *text, size_t size)
{
	char bdf[16], self[] = "/proc/self/exe", name[] = "nvme_p2p";
	char *argv[4] = { name, bdf, self };
	int fds[2], status;
	size_t length;
	FILE *out;
	pid_t pid;

	snprintf(bdf, sizeof(bdf), "%s", env_bdf_or_skip("EXPORTER_NVME0"));
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(pipe(fds));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		exit(nvme_p2p(3, argv));
	}
	close(fds[1]);
	out = fdopen(fds[0], "r");
	length = fread(text, 1, size - 1, out);
	text[length] = 0;
	fclose(out);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void expect_file(const char *wanted)
{
	char data[NVME_PAGE];
	int file = open(DATA_FILE, O_RDONLY);

	assert_int_equal(read(file, data, NVME_PAGE), NVME_PAGE);
	assert_memory_equal(data, wanted, NVME_PAGE);
	close(file);
}

static void test_example(void **state)
{
	struct vfio_container container;
	struct drive drive = {};
	char text[400], wanted[NVME_PAGE];

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_int_equal(run_example(text, sizeof(text)), 0);
	assert_string_equal(text,
			    "CMB: BAR 2, 16384 KiB; namespace 1: 8192 blocks of 512 bytes\n"
			    "command 77: status 0\n");

	assert_ok(vfio_container_open(&container));
	drive_open(&drive, &container, 0);
	drive_read(&drive, BLOCK, wanted);
	expect_file(wanted);
	drive_close(&drive);
	vfio_container_close(&container);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
	};

	if (getenv("NVME_CMB_FD"))
		return be_the_peer();
	return tap_run(tests, NULL, NULL);
}
