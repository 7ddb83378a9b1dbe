// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who does not ask for a dma-buf notices nothing: a device answers a long
 * sequence of calls the same without the module, with it, with a dma-buf of the
 * device alive and mapped, and after the module is gone.  The one feature that
 * is ours may differ, and has to.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "native.h"
#include "script.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"

#define IMPORTER	"IMPORTER_EDU0"

/* BAR and length that are exported */
#define BAR	2
#define LENGTH	8192

/* More lines than a script that stops early would leave */
#define ENOUGH_LINES	10000

/* No line begins like this. */
#define NOTHING		" nothing "

enum mode {
	WITHOUT_MODULE,
	WITH_MODULE,
	WITH_EXPORT,
};

struct export {
	struct importer imp;
	int fd;
	int handle;
};

static struct vfio_dev dev = { .fd = -1 };
static struct vfio_dev other = { .fd = -1 };
static struct export export = { .imp.fd = -1, .fd = -1 };

static int setup(void **state)
{
	/* Ask the module while nothing depends on whether it is loaded. */
	native_there();

	return module_ensure(MODULE_IMPORTER);
}

static void export_begin(void)
{
	assert_ok(vfio_config_set_memory(&dev, true));
	assert_ok(importer_open(&export.imp, env_bdf_or_skip(IMPORTER)));
	export.fd = assert_ok(vfio_feature_dma_buf_range(dev.fd, BAR, 0,
							 LENGTH));
	export.handle = assert_ok(importer_attach(&export.imp, export.fd,
						  P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&export.imp, export.handle,
			       P2P_TEST_BIDIRECTIONAL));
}

/* The script's resets were told to the importer; and all can go on. */
static void export_check(void)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&export.imp, export.handle, &stat));
	assert_int_equal(stat.notifies_mapped, 1);
	assert_true(stat.notifies > 10);
	assert_ok(vfio_config_set_memory(&dev, true));
	assert_ok(importer_map(&export.imp, export.handle,
			       P2P_TEST_BIDIRECTIONAL));
}

/* Also after a test that failed somewhere */
static int close_all(void **state)
{
	importer_close(&export.imp);
	if (export.fd >= 0)
		close(export.fd);
	export.fd = -1;
	vfio_dev_close(&dev);
	vfio_dev_close(&other);

	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

/* Everything is opened anew, so that nothing is left of an earlier run. */
static struct transcript run(const char *bdf, const char *stranger,
			     enum mode mode)
{
	struct script script = { .dev = &dev };

	if (mode != WITHOUT_MODULE)
		assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(vfio_dev_open(&other, stranger));
	assert_ok(vfio_dev_open(&dev, bdf));
	script.stranger = other.group->fd;

	if (mode == WITH_EXPORT)
		export_begin();
	script_run(&script);
	if (mode == WITH_EXPORT)
		export_check();

	assert_ok(close_all(NULL));
	assert_true(script.out.nr > ENOUGH_LINES);

	return script.out;
}

static void expect_same(const struct transcript *plain, const char *bdf,
			const char *stranger, enum mode mode,
			const char *except)
{
	struct transcript out = run(bdf, stranger, mode);
	size_t differences = transcript_differences(plain, &out, except);

	/* PROBE */
	if (mode != WITHOUT_MODULE)
		assert_int_equal(transcript_count(&out, SCRIPT_OURS
				 "flags 0x40000 argsz 8: 0"), 1);
	else if (!native_there())
		assert_int_equal(transcript_count(&out, SCRIPT_OURS
				 "flags 0x40000 argsz 8: ENOTTY"), 1);
	transcript_free(&out);
	assert_int_equal(differences, 0);
}

static void same_answers(const char *device, const char *sibling,
			 const char *other)
{
	const char *bdf = env_bdf_or_skip(device);
	const char *stranger = env_bdf_or_skip(other);
	/* Not even the feature changes if the kernel goes on to serve it. */
	const char *except = native_used() ? NOTHING : SCRIPT_OURS;
	struct transcript plain;

	assert_false(module_loaded(MODULE_UNDER_TEST));
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(pci_bind(stranger, "vfio-pci"));
	if (sibling)
		assert_ok(pci_bind(env_bdf_or_skip(sibling), "vfio-pci"));

	plain = run(bdf, stranger, WITHOUT_MODULE);
	/* Else a difference would mean nothing */
	expect_same(&plain, bdf, stranger, WITHOUT_MODULE, NOTHING);
	expect_same(&plain, bdf, stranger, WITH_MODULE, except);
	expect_same(&plain, bdf, stranger, WITH_EXPORT, except);
	expect_same(&plain, bdf, stranger, WITHOUT_MODULE, NOTHING);
	transcript_free(&plain);
}

static void test_nvme(void **state)
{
	same_answers("EXPORTER_NVME", NULL, "EXPORTER_IVSHMEM");
}

static void test_ivshmem(void **state)
{
	same_answers("EXPORTER_IVSHMEM", NULL, "EXPORTER_NVME");
}

static void test_testdev(void **state)
{
	same_answers("ERRNO_TESTDEV", NULL, "EXPORTER_NVME");
}

static void test_shared_slot(void **state)
{
	same_answers("SLOT_NVME", "SLOT_IVSHMEM", "EXPORTER_NVME");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_nvme, close_all),
		cmocka_unit_test_teardown(test_ivshmem, close_all),
		cmocka_unit_test_teardown(test_testdev, close_all),
		cmocka_unit_test_teardown(test_shared_slot, close_all),
	};

	return tap_run(tests, setup, NULL);
}
