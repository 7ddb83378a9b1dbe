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
#include <sys/syscall.h>
#include <unistd.h>

#include "env.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "trace.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

static struct scene scene;
static struct peer peer;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	trace_begin("intel_flush_iotlb_all");
	return 0;
}

static int teardown(void **state)
{
	trace_end();
	scene_close(&scene);
	return 0;
}

static bool is_ours(const struct trace_call *call, const void *context)
{
	return call->pid == syscall(SYS_gettid) && !call->in_interrupt;
}

static void begin(void)
{
	peer_begin(&peer, &scene, 8192);
	trace_empty();
}

/* The event flushed once, as it found one mapping. */
static void expect_flushed(void)
{
	assert_int_equal(trace_count(is_ours, NULL), 1);
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
	assert_int_equal(trace_count(is_ours, NULL), 0);
	peer_end(&peer);
}

/* Is the IOMMU lazy at all?  Otherwise all of the above says nothing. */
static void test_lazy(void **state)
{
	char type[32];

	assert_ok(pci_attr_read(env_bdf_or_skip("IMPORTER_EDU0"),
				"iommu_group/type", type, sizeof(type)));
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
