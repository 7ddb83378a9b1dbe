// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device is switched off in its hot-plug slot, and is gone for good: the one
 * that is exported, open or not, and the one that has it mapped.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"
#include "job.h"
#include "kmod.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_feature.h"

#define PAGE_AT		8192

static struct scene scene;
static struct peer peer;

/* Outlives a test that fails while the slot waits. */
static struct job job;

/*
 * pciehp_unconfigure_device() has its reset_lock inside and outside of the PCI core's
 * pci_rescan_remove_lock.  Lockdep reports that, whatever the device.
 */
static void skip_with_lockdep(void)
{
	if (access("/proc/lockdep", F_OK))
		return;

	print_message("lockdep reports locks of the kernel's own slot driver\n");
	skip();
}

static void begin(const char *exporter, const char *importer)
{
	skip_with_lockdep();
	scene_open(&scene, exporter, importer);
	peer_begin(&peer, &scene, PAGE_AT);
}

static int teardown(void **state)
{
	/* It was skipped. */
	if (!peer.scene)
		return 0;

	peer_end(&peer);
	scene_close(&scene);
	/* Nothing but dma-bufs pins the module. */
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static int switch_off(void *arg)
{
	return pci_slot_off(arg);
}

static void close_device(void)
{
	munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
	vfio_dev_close(&scene.dev);
}

/* The importer's device first, while it has access; another one gets it then. */
static void test_importer(void **state)
{
	const char *bdf = env_bdf_or_skip("IMPORTER_EDU1");

	begin("EXPORTER_NVME", "IMPORTER_EDU1");
	assert_ok(pci_slot_off(bdf));
	assert_false(pci_exists(bdf));
	assert_errno(importer_map(&scene.imp, peer.handle,
				  P2P_TEST_BIDIRECTIONAL), ENODEV);
	importer_close(&scene.imp);
	close(peer.dmabuf);

	assert_ok(importer_open(&scene.imp, env_bdf("IMPORTER_EDU0")));
	peer_begin(&peer, &scene, PAGE_AT);
	peer_expect_kept(&peer);
}

/* Access ends at once; the slot waits for the owner, who can close as ever. */
static void test_exporter_open(void **state)
{
	char *bdf = (char *)env_bdf_or_skip("EXPORTER_NVME");

	begin("EXPORTER_NVME", "IMPORTER_EDU0");
	assert_ok(importer_clear_events(&scene.imp));
	job_start(&job, switch_off, bdf);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_UNMAP,
				IMPORTER_TIMEOUT_MS));
	peer_expect_taken(&peer);
	assert_errno(vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR, 0,
						PEER_PAGE), ENODEV);
	assert_false(job_done(&job));

	close_device();
	assert_ok(job_join(&job));
	assert_false(pci_exists(bdf));
	peer_expect_shell(&peer);
}

/* Nobody has it open, but there is a dma-buf left. */
static void test_exporter_closed(void **state)
{
	const char *bdf = env_bdf_or_skip("EXPORTER_IVSHMEM");

	begin("EXPORTER_IVSHMEM", "IMPORTER_EDU0");
	close_device();
	peer_expect_taken(&peer);
	assert_ok(pci_slot_off(bdf));
	assert_false(pci_exists(bdf));
	peer_expect_shell(&peer);
}

#define TEST(fn) cmocka_unit_test_teardown(fn, teardown)

int main(void)
{
	/* Each takes a device away that those before it needed. */
	const struct CMUnitTest tests[] = {
		TEST(test_importer),
		TEST(test_exporter_open),
		TEST(test_exporter_closed),
	};

	return tap_run(tests, NULL, NULL);
}
