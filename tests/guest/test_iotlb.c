// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before a revoke returns the IOMMU has forgotten the mapping.
 *
 * In the lazy mode of the IOMMU, which is the default on x86, an unmap leaves
 * the translation usable for some 10 ms.  No DMA of the test importer is quick
 * enough to use that, so the kernel's own flush is observed: it has to be called
 * by the task that revokes, between the unmap and the return.  A flush by the
 * timer of the lazy mode runs in an interrupt, and does not count.
 */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "env.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define TRACING	"/sys/kernel/debug/tracing/"

static struct scene scene;
static struct peer peer;

static void trace_set(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "%s", file);
	assert_ok(sysfs_write(path, text));
}

/* Opening one of these files for a new beginning empties it. */
static void trace_empty(const char *file)
{
	char path[128];
	FILE *stream;

	snprintf(path, sizeof(path), TRACING "%s", file);
	stream = fopen(path, "w");
	assert_non_null(stream);
	fclose(stream);
}

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	trace_set("set_ftrace_filter", "intel_flush_iotlb_all");
	trace_set("current_tracer", "function");
	return 0;
}

static int teardown(void **state)
{
	trace_set("current_tracer", "nop");
	trace_empty("set_ftrace_filter");
	scene_close(&scene);
	return 0;
}

/*
 * A line is "<task>-<pid> [<cpu>] <flags> <time>: <text>"; the third flag is a
 * dot outside of interrupts.
 */
static bool is_flush_of_ours(const char *line)
{
	char flags[16], cpu[16];
	const char *dash;
	long pid;

	if (!strstr(line, "intel_flush_iotlb_all"))
		return false;
	dash = strstr(line, "-");
	while (dash && sscanf(dash, "-%ld %15s %15s", &pid, cpu, flags) != 3)
		dash = strstr(dash + 1, "-");

	return dash && pid == syscall(SYS_gettid) && flags[2] == '.';
}

static unsigned int count_flushes(void)
{
	FILE *file = fopen(TRACING "trace", "r");
	unsigned int count = 0;
	char line[512];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] != '#' && is_flush_of_ours(line))
			count++;
	}
	fclose(file);

	return count;
}

static void begin(void)
{
	peer_begin(&peer, &scene, 8192);
	trace_empty("trace");
}

/* The event flushed once, as it found one mapping. */
static void expect_flushed(void)
{
	assert_int_equal(count_flushes(), 1);
	peer_end(&peer);
}

static void test_reset(void **state)
{
	begin();
	assert_ok(vfio_dev_reset(&scene.dev));
	expect_flushed();
}

static void test_memory_off(void **state)
{
	begin();
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	expect_flushed();
	assert_ok(vfio_config_set_memory(&scene.dev, true));
}

static void test_low_power(void **state)
{
	begin();
	assert_ok(vfio_feature_low_power_entry(scene.dev.fd));
	expect_flushed();
	assert_ok(vfio_feature_low_power_exit(scene.dev.fd));
}

/* An unmap by the importer itself is as lazy as any other. */
static void test_unmap(void **state)
{
	begin();
	assert_ok(importer_unmap(&scene.imp, peer.handle));
	assert_int_equal(count_flushes(), 0);
	peer_end(&peer);
}

/* Is the IOMMU lazy at all?  Otherwise all of the above says nothing. */
static void test_lazy(void **state)
{
	char path[128], type[32];

	snprintf(path, sizeof(path),
		 "/sys/bus/pci/devices/%s/iommu_group/type",
		 env_bdf_or_skip("IMPORTER_EDU0"));
	assert_ok(sysfs_read(path, type, sizeof(type)));
	assert_string_equal(type, "DMA-FQ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lazy),
		cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_memory_off),
		cmocka_unit_test(test_low_power),
	};

	return tap_run(tests, setup, teardown);
}
