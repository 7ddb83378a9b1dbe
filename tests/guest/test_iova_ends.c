// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a BAR that another device's IOMMU has, and how that ends: files closed in
 * any order, a process killed, the driver unbound, the module unloaded.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "ioas.h"
#include "iova_scene.h"
#include "job.h"
#include "kmod.h"
#include "kmsg.h"
#include "p2p.h"
#include "pages.h"
#include "pending.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"

#define BAR	SCENE_BAR
#define EDU	"IMPORTER_EDU0"

#define PARKED	"closed while pages of it are pinned"
#define REFUSED	"not opened: pages of a BAR are still pinned"
#define FREE	"its pages are not pinned any more"

/* The module looks for pins every second, on a slow machine less often. */
#define LOG_MS	60000

static struct iova_scene scene = IOVA_SCENE_CLOSED;
static struct pending unbinding;
static pid_t child = -1;
static int kmsg = -1;

static int teardown(void **state)
{
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	child = -1;
	iova_scene_close(&scene);
	pending_finish(&unbinding);
	if (kmsg >= 0)
		close(kmsg);
	kmsg = -1;
	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload_soon(MODULE_UNDER_TEST) : 0;
}

static void start(void **state)
{
	iova_scene_start(&scene, *state, EDU, 0);
	kmsg = assert_ok(kmsg_open());
}

/* Decoding, with pages again, and these mapped */
static void expect_clean_device(void)
{
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	iova_scene_munmap_pages(&scene);
	iova_scene_register(&scene, 0);
	assert_ok(iova_scene_map(&scene));
	iova_scene_check_dma(&scene, 7);
}

/* As long as the other device's IOMMU has the pages */
static void test_exporter_first(void **state)
{
	start(state);
	iova_scene_close_exporter(&scene);
	assert_errno(iova_scene_reopen(&scene), EBUSY);
	assert_true(kmsg_find(kmsg, REFUSED));
	/* DMA gets nowhere, or to a device that nobody has: no harm is done. */
	assert_ok(edu_user_copy(&scene.edu, IOVA_RAM, IOVA_BAR, 64));
	iova_scene_unmap(&scene);
	assert_ok(iova_scene_reopen(&scene));
	expect_clean_device();
}

/* Not a word if it is over soon, and else one for its begin and one for its end */
static void test_log(void **state)
{
	start(state);
	iova_scene_close_exporter(&scene);
	iova_scene_unmap(&scene);
	assert_ok(iova_scene_reopen(&scene));
	assert_false(kmsg_find(kmsg, PARKED));
	expect_clean_device();
	iova_scene_close_exporter(&scene);
	kmsg_expect(kmsg, PARKED, LOG_MS);
	iova_scene_unmap(&scene);
	kmsg_expect(kmsg, FREE, LOG_MS);
	assert_ok(iova_scene_reopen(&scene));
}

/* The other device's end is the end of its address space. */
static void test_importer_first(void **state)
{
	start(state);
	iova_scene_close_importer(&scene);
	iova_scene_munmap_bar(&scene);
	assert_ok(pages_unregister(scene.control, scene.dev.fd, BAR, 0));
	iova_scene_close_exporter(&scene);
	assert_ok(iova_scene_reopen(&scene));
}

static void test_iommufd_first(void **state)
{
	start(state);
	iova_scene_close_iommufd(&scene);
	iova_scene_close_exporter(&scene);
	iova_scene_close_importer(&scene);
	scene.iommufd = assert_ok(iommufd_open());
	assert_ok(iova_scene_reopen(&scene));
	assert_false(kmsg_find(kmsg, REFUSED));
}

static void test_iommufd_last(void **state)
{
	start(state);
	iova_scene_close_exporter(&scene);
	iova_scene_close_importer(&scene);
	iova_scene_close_iommufd(&scene);
	scene.iommufd = assert_ok(iommufd_open());
	assert_ok(iova_scene_reopen(&scene));
	assert_false(kmsg_find(kmsg, REFUSED));
}

/* The BAR's own device is the only one in the address space. */
static void test_own_address_space(void **state)
{
	iova_scene_open(&scene, *state, EDU);
	kmsg = assert_ok(kmsg_open());
	iova_scene_close_importer(&scene);
	assert_ok(vfio_cdev_attach(&scene.dev, scene.ioas));
	iova_scene_register(&scene, 0);
	assert_ok(iova_scene_map(&scene));
	assert_errno(pages_unregister(scene.control, scene.dev.fd, BAR, 0),
		     EBUSY);
	iova_scene_close_exporter(&scene);
	assert_ok(iova_scene_reopen(&scene));
	assert_false(kmsg_find(kmsg, REFUSED));
	assert_false(kmsg_find(kmsg, PARKED));
}

static int reopen(void *arg)
{
	return iova_scene_reopen(arg);
}

/* Who opens it meanwhile waits, and can have it then. */
static void test_open_waits(void **state)
{
	struct job job;

	start(state);
	iova_scene_close_exporter(&scene);
	job_start(&job, reopen, &scene);
	/* Nothing tells that it waits: if not, it would be over by then. */
	usleep(300000);
	assert_false(job_done(&job));
	iova_scene_unmap(&scene);
	assert_ok(job_join(&job));
	assert_false(kmsg_find(kmsg, REFUSED));
	expect_clean_device();
}

/* And can be killed. */
static void test_open_killed(void **state)
{
	int status;

	start(state);
	iova_scene_close_exporter(&scene);
	child = assert_ok(fork());
	if (!child)
		_exit(iova_scene_reopen(&scene) == -EBUSY ? 0 : 1);
	usleep(100000);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	child = -1;
	assert_false(kmsg_find(kmsg, REFUSED));
	assert_true(WIFSIGNALED(status));
	iova_scene_unmap(&scene);
	assert_ok(iova_scene_reopen(&scene));
}

/* A process that has it all, until it is killed */
static void run_child(const char *exporter, int ready)
{
	iova_scene_start(&scene, exporter, EDU, 0);
	if (write(ready, "", 1) == 1)
		pause();
	_exit(1);
}

static void start_child(const char *exporter)
{
	int fds[2];
	char byte;

	assert_ok(pipe(fds));
	child = assert_ok(fork());
	if (!child) {
		close(fds[0]);
		run_child(exporter, fds[1]);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
}

#define KILLS	5

static void test_killed(void **state)
{
	unsigned int i;

	/* Does it go at all? */
	start(state);
	iova_scene_close(&scene);
	for (i = 0; i < KILLS; i++) {
		start_child(*state);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		child = -1;
		/* The next VMM, at once */
		iova_scene_start(&scene, *state, EDU, 0);
		iova_scene_check_dma(&scene, i);
		iova_scene_close(&scene);
	}
	assert_false(kmsg_find(kmsg, REFUSED));
}

static void test_unbind_parked(void **state)
{
	struct vfio_dev gone;

	start(state);
	gone = scene.dev;
	iova_scene_close_exporter(&scene);
	pending_start(&unbinding, pci_unbind, gone.bdf);
	assert_errno(pending_wait(&unbinding, 1000), ETIMEDOUT);
	iova_scene_unmap(&scene);
	pending_finish(&unbinding);
	assert_ok(unbinding.ret);
	assert_false(kmsg_find(kmsg, "pages of a BAR"));
}

/* Open and mapped: who unbinds waits for the one, and then for the other. */
static void test_unbind_open(void **state)
{
	struct vfio_dev gone;

	start(state);
	gone = scene.dev;
	pending_start(&unbinding, pci_unbind, gone.bdf);
	assert_errno(pending_wait(&unbinding, 1000), ETIMEDOUT);
	/* It is gone, for who comes now. */
	iova_scene_check_dma(&scene, 1);
	iova_scene_unmap(&scene);
	assert_errno(iova_scene_map(&scene), EFAULT);
	iova_scene_close_exporter(&scene);
	pending_finish(&unbinding);
	assert_ok(unbinding.ret);
}

static void test_module(void **state)
{
	start(state);
	close(scene.control);
	scene.control = -1;
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	iova_scene_munmap_pages(&scene);
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	iova_scene_close_exporter(&scene);
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	iova_scene_unmap(&scene);
	assert_ok(module_unload_soon(MODULE_UNDER_TEST));
}

/* A file alone keeps it, and gives nothing. */
static void test_file_left(void **state)
{
	int fd;

	start(state);
	fd = assert_ok(pages_iommu_alloc(scene.control, scene.dev.fd, BAR, 0,
					 IOVA_SIZE));
	iova_scene_munmap_pages(&scene);
	iova_scene_unmap(&scene);
	iova_scene_close_exporter(&scene);
	close(scene.control);
	scene.control = -1;
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	scene.pages = mmap(NULL, IOVA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   fd, 0);
	assert_ptr_not_equal(scene.pages, MAP_FAILED);
	assert_errno(iova_scene_map(&scene), EFAULT);
	close(fd);
	iova_scene_munmap_pages(&scene);
	assert_ok(module_unload_soon(MODULE_UNDER_TEST));
}

#define TEST_WITH(fn, title, exporter) { title, fn, NULL, teardown, exporter }
#define NVME	"EXPORTER_NVME"
#define RAM	"EXPORTER_IVSHMEM"

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_exporter_first, "exporter first", NVME),
		TEST_WITH(test_exporter_first, "exporter first, no FLR", RAM),
		TEST_WITH(test_log, "log", NVME),
		TEST_WITH(test_importer_first, "importer first", NVME),
		TEST_WITH(test_iommufd_first, "iommufd first", NVME),
		TEST_WITH(test_iommufd_last, "iommufd last", NVME),
		TEST_WITH(test_own_address_space, "own address space", NVME),
		TEST_WITH(test_open_waits, "open waits", NVME),
		TEST_WITH(test_open_killed, "open killed", NVME),
		TEST_WITH(test_killed, "killed", NVME),
		TEST_WITH(test_killed, "killed, no FLR", RAM),
		TEST_WITH(test_unbind_parked, "unbind parked", NVME),
		TEST_WITH(test_unbind_open, "unbind open", NVME),
		TEST_WITH(test_module, "module", NVME),
		TEST_WITH(test_file_left, "file left", NVME),
	};

	return tap_run(tests, NULL, NULL);
}
