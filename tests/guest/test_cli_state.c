// SPDX-License-Identifier: GPL-2.0-only
/* "vfio-p2p stat" and "vfio-p2p doctor", on a machine that is fit for exports */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bar.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "tool.h"
#include "vfio_config.h"

#define PAGE	4096
#define REPORT	"/tmp/report"

static struct scene scene;

static int setup(void **state)
{
	if (access("/sys/kernel/debug/tracing", F_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);
	return 0;
}

/* What it prints, and that it ends with that status */
static char *output_of(const char *const args[], int status)
{
	char *text;
	int ret = tool_capture(args, &text);

	tool_show(text);
	if (ret != status)
		fail_msg("exit status %d and not %d", ret, status);
	return text;
}

static void expect(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("no \"%s\"", words);
}

static void expect_not(const char *text, const char *words)
{
	if (strstr(text, words))
		fail_msg("there is \"%s\"", words);
}

/* The output has all those words; NULL is the last one. */
static void expect_output(const char *const args[], int status,
			  const char *const words[])
{
	char *text = output_of(args, status);

	for (; *words; words++)
		expect(text, *words);
	free(text);
}

static void test_stat(void **state)
{
	const char *device = env_bdf("EXPORTER_NVME");
	int fd, handle;

	native_skip();
	expect_output(TOOL_ARGS("stat"), 0, TOOL_ARGS("Nothing is exported."));
	fd = scene_export(&scene, 0, 2 * PAGE);
	handle = scene_map(&scene, fd);
	expect_output(TOOL_ARGS("stat"), 0,
		      TOOL_ARGS(device, "8K", "live", "test_cli_state",
				env_bdf("IMPORTER_EDU0"), "host-bridge",
				"p2p_test_importer"));
	expect_output(TOOL_ARGS("stat", "--json"), 0,
		      TOOL_ARGS("\"size\":8192", "\"mappings\":1",
				"\"route\":\"host-bridge\"", "\"revokes\":0"));

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	expect_output(TOOL_ARGS("stat"), 0, TOOL_ARGS("revoked", "config"));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
	expect_output(TOOL_ARGS("stat"), 0, TOOL_ARGS("Nothing is exported."));
}

static void test_stat_native(void **state)
{
	native_need();
	expect_output(TOOL_ARGS("stat"), 0,
		      TOOL_ARGS("The kernel makes the dma-bufs here"));
}

static void test_watch(void **state)
{
	const char *const args[] = { "stat", "--json", "--watch=0.1", NULL };
	struct tool tool;
	char line[512];
	int i;

	tool_start(&tool, args);
	for (i = 0; i < 3; i++)
		tool_expect(&tool, "\"version\":1", line, sizeof(line));
	assert_ok(kill(tool.pid, SIGTERM));
	assert_int_equal(tool_end(&tool), -1);
}

static void test_healthy(void **state)
{
	char *text = output_of(TOOL_ARGS("doctor"), 0);

	expect(text, native_there() ? "vfio-pci-core, and exports BARs" :
				      "has vfio-pci-core\n");
	expect(text, "built for this kernel");
	expect(text, "those of other modules");
	expect(text, "not signed; this kernel takes any");
	expect(text, "bound to vfio-pci: ");
	expect(text, env_bdf("EXPORTER_NVME"));
	expect(text, "/dev/vfio-p2p-dmabuf: mode");
	expect_not(text, "problem");
	free(text);
}

/* The line of a check says it is in that state. */
static void expect_health(const char *text, const char *check,
			  const char *health)
{
	char words[128];

	snprintf(words, sizeof(words),
		 "\"check\":\"%s\",\n      \"health\":\"%s\"", check, health);
	expect(text, words);
}

static void test_not_loaded(void **state)
{
	bool native = native_there();
	char *text;

	close(scene.control);
	scene.control = -1;
	assert_ok(module_unload(MODULE_UNDER_TEST));
	text = output_of(TOOL_ARGS("doctor", "--json"), native ? 0 : 1);
	expect_health(text, "loaded", native ? "ok" : "problem");
	expect_health(text, "installed", "ok");
	expect_not(text, "\"check\":\"node\"");
	if (!native)
		expect(text, "modprobe vfio_p2p_dmabuf");
	free(text);
	expect_output(TOOL_ARGS("stat"), 2,
		      TOOL_ARGS("modprobe vfio_p2p_dmabuf"));
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	scene.control = assert_ok(p2p_open());
}

static char *read_report(void)
{
	FILE *file = fopen(REPORT, "r");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	fclose(file);
	return text;
}

/* All there is to know, and no address of memory */
static void test_report(void **state)
{
	char address[32], *text;

	unlink(REPORT);
	assert_int_equal(tool_run(TOOL_ARGS("doctor", "--report=" REPORT)), 0);
	text = read_report();
	tool_show(text);
	expect(text, "[findings]");
	expect(text, "vermagic: ");
	expect(text, "intel_iommu=on");
	expect_not(text, "rig.");
	expect_not(text, "console=");
	expect(text, env_bdf("EXPORTER_NVME"));
	expect(text, "BAR 2: 16M");
	expect(text, "vfio_p2p_dmabuf: ");
	snprintf(address, sizeof(address), "%llx",
		 (unsigned long long)pci_bar_start(env_bdf("EXPORTER_NVME"),
						   2));
	expect_not(text, address);
	free(text);

	/* What is there is not written to. */
	assert_int_equal(tool_run(TOOL_ARGS("doctor", "--report", REPORT)), 2);
	unlink(REPORT);
	assert_ok(symlink("/tmp/elsewhere", REPORT));
	assert_int_equal(tool_run(TOOL_ARGS("doctor", "--report", REPORT)), 2);
	assert_errno(access("/tmp/elsewhere", F_OK) ? -errno : 0, ENOENT);
	unlink(REPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_stat_native),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_not_loaded),
		cmocka_unit_test(test_report),
	};

	return tap_run(tests, setup, teardown);
}
