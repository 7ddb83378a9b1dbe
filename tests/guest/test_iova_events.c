// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a BAR that another device's IOMMU has, and what happens to the BAR's device
 * meanwhile: resets, memory off, low power.
 */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "crew.h"
#include "env.h"
#include "importer.h"
#include "ioas.h"
#include "iova_scene.h"
#include "kmod.h"
#include "kmsg.h"
#include "p2p.h"
#include "pages.h"
#include "scene.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define PAGE	4096ul
#define BAR	SCENE_BAR
#define EDU	"IMPORTER_EDU0"
#define REFUSE	VFIO_P2P_REGISTER_REFUSE_RESET

/* Refused at once is faster than those who wait, who take 5 s and 10 s. */
#define AT_ONCE_MS	3000

static struct iova_scene scene = IOVA_SCENE_CLOSED;
static struct vfio_container container;
static struct vfio_dev dev = { .fd = -1 }, sibling = { .fd = -1 };
static struct importer pinner = { .fd = -1 };
static char *addr;
static int control = -1, log_fd = -1;

static int teardown(void **state)
{
	importer_close(&pinner);
	if (addr)
		munmap(addr, PAGE);
	addr = NULL;
	vfio_dev_close(&sibling);
	vfio_dev_close(&dev);
	if (container.fd > 0)
		vfio_container_close(&container);
	container.fd = -1;
	if (control >= 0)
		close(control);
	if (log_fd >= 0)
		close(log_fd);
	control = -1;
	log_fd = -1;
	iova_scene_close(&scene);
	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload_soon(MODULE_UNDER_TEST) : 0;
}

static void open_pinner(struct importer *imp)
{
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(importer_open_nonpci(imp));
}

/* Registered, and one page pinned */
static void begin_pinned(const struct vfio_dev *device, __u32 flags)
{
	assert_ok(pages_iommu_register(control, device->fd, BAR, flags));
	addr = pages_iommu_map(control, device->fd, BAR, 0, PAGE);
	open_pinner(&pinner);
	assert_ok(importer_pin_as_iommufd(&pinner, addr, PAGE));
	log_fd = assert_ok(kmsg_open());
}

static void begin(const char *exporter, __u32 flags)
{
	served_open(&dev, exporter);
	control = assert_ok(p2p_open());
	pages_iommu_skip(control);
	begin_pinned(&dev, flags);
}

/* Who else wants to pin now */
static int try_pin(void)
{
	struct importer other;
	int ret;

	open_pinner(&other);
	ret = importer_pin_as_iommufd(&other, addr, PAGE);
	importer_close(&other);
	return ret;
}

static void expect_refused(int (*event)(void))
{
	const long long since = crew_clock();

	assert_errno(event(), EBUSY);
	assert_in_range(crew_clock() - since, 0, AT_ONCE_MS);
	assert_true(kmsg_find(log_fd, "refused"));
	/* All is as it was. */
	assert_int_equal(vfio_config_memory_enabled(&dev), true);
	assert_ok(try_pin());
}

static void expect_done(int (*event)(void))
{
	const long long since = crew_clock();

	assert_ok(event());
	assert_in_range(crew_clock() - since, 0, AT_ONCE_MS);
	assert_false(kmsg_find(log_fd, "pages of a BAR"));
}

static int reset(void)
{
	return vfio_dev_reset(&dev);
}

static int memory_off(void)
{
	return vfio_config_set_memory(&dev, false);
}

static int to_d3hot(void)
{
	return vfio_config_set_power(&dev, 3);
}

static int low_power_entry(void)
{
	return vfio_feature_low_power_entry(dev.fd);
}

static int sysfs_reset(void)
{
	return pci_reset(dev.bdf);
}

static void test_refused(void **state)
{
	begin(*state, REFUSE);
	expect_refused(reset);
	expect_refused(memory_off);
	expect_refused(to_d3hot);
	expect_refused(low_power_entry);

	assert_ok(importer_unpin(&pinner));
	expect_done(reset);
	expect_done(memory_off);
	assert_ok(vfio_config_set_memory(&dev, true));
	expect_done(to_d3hot);
}

/* It can't be refused; the log tells. */
static void test_sysfs_not_refused(void **state)
{
	long long since;

	begin(*state, REFUSE);
	since = crew_clock();
	assert_ok(sysfs_reset());
	assert_in_range(crew_clock() - since, 0, AT_ONCE_MS);
	assert_true(kmsg_find(log_fd,
			      "reset although pages of a BAR are pinned"));
}

static void test_not_refused(void **state)
{
	begin(*state, 0);
	expect_done(reset);
	assert_ok(try_pin());
	expect_done(sysfs_reset);
	assert_ok(try_pin());
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
}

/* What is pinned stays so, but nothing more is. */
static void test_memory_off(void **state)
{
	begin(*state, 0);
	expect_done(memory_off);
	assert_errno(try_pin(), EFAULT);
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
	assert_ok(vfio_config_set_memory(&dev, true));
	assert_ok(try_pin());

	expect_done(to_d3hot);
	assert_errno(try_pin(), EFAULT);
	assert_ok(vfio_config_set_power(&dev, 0));
	assert_ok(try_pin());

	expect_done(low_power_entry);
	assert_errno(try_pin(), EFAULT);
	assert_ok(vfio_feature_low_power_exit(dev.fd));
	assert_ok(try_pin());
}

static void open_in_slot(struct vfio_dev *device, const char *name)
{
	assert_ok(vfio_dev_open_in(device, &container, env_bdf(name)));
	assert_ok(vfio_config_set_memory(device, true));
}

static int hot_reset(void)
{
	return vfio_dev_hot_reset(&sibling, &sibling.group->fd, 1);
}

/* Of the other function of the slot: its owner is the same. */
static void begin_slot(__u32 flags)
{
	env_bdf_or_skip("SLOT_IVSHMEM");
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	control = assert_ok(p2p_open());
	pages_iommu_skip(control);
	assert_ok(pci_bind(env_bdf("SLOT_NVME"), "vfio-pci"));
	assert_ok(pci_bind(env_bdf("SLOT_IVSHMEM"), "vfio-pci"));
	assert_ok(vfio_container_open(&container));
	open_in_slot(&dev, "SLOT_NVME");
	open_in_slot(&sibling, "SLOT_IVSHMEM");
	begin_pinned(&dev, flags);
}

static void test_hot_reset_refused(void **state)
{
	begin_slot(REFUSE);
	expect_refused(hot_reset);
	assert_ok(importer_unpin(&pinner));
	expect_done(hot_reset);
}

static void test_hot_reset(void **state)
{
	begin_slot(0);
	expect_done(hot_reset);
	assert_ok(try_pin());
}

/* The IOMMU's translation outlives resets, and so does what is behind it. */
static void test_translation_stays(void **state)
{
	iova_scene_start(&scene, *state, EDU, 0);
	iova_scene_check_dma(&scene, 1);
	assert_ok(vfio_dev_reset(&scene.dev));
	iova_scene_check_dma(&scene, 2);
	assert_ok(pci_reset(scene.dev.bdf));
	iova_scene_check_dma(&scene, 3);
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	/* This one gets nowhere, and does no harm. */
	assert_ok(edu_user_copy(&scene.edu, IOVA_RAM, IOVA_BAR, 64));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	iova_scene_check_dma(&scene, 4);
}

static void test_reset_refused_while_mapped(void **state)
{
	iova_scene_start(&scene, *state, EDU, REFUSE);
	iova_scene_check_dma(&scene, 1);
	assert_errno(vfio_dev_reset(&scene.dev), EBUSY);
	assert_errno(vfio_config_set_memory(&scene.dev, false), EBUSY);
	iova_scene_check_dma(&scene, 2);
	iova_scene_unmap(&scene);
	assert_ok(vfio_dev_reset(&scene.dev));
	assert_ok(iova_scene_map(&scene));
	iova_scene_check_dma(&scene, 3);
}

/* How long a reset waits for the other side */
#define PATIENCE_MS	2000

/* Of one thread; there were both, or it was no race. */
static atomic_ulong mapped, refused;

/* Mapped, reset and unmapped, in any order */
static void map_and_unmap(struct crew *crew, void *context)
{
	int ret = iova_scene_map(&scene);

	if (ret && ret != -EFAULT)
		crew_fail(crew, "map: %d", ret);
	if (ret) {
		refused++;
		return;
	}
	mapped++;
	ret = ioas_unmap(scene.iommufd, scene.ioas, IOVA_BAR, IOVA_SIZE);
	if (ret)
		crew_fail(crew, "unmap: %d", ret);
}

static void touch_pages(struct crew *crew, void *context)
{
	__u32 value;

	if (!touch_read(scene.pages, &value) || !touch_write(scene.pages, 0))
		crew_fail(crew, "there was something to touch");
}

/* Every other time the other side gets through, or all it saw would be resets. */
static void wait_until_mapped(void)
{
	static unsigned int rounds;
	const unsigned long before = mapped;
	const long long end = crew_clock() + PATIENCE_MS;

	if (rounds++ % 2)
		while (mapped == before && crew_clock() < end)
			sched_yield();
}

static void reset_and_switch(struct crew *crew, void *context)
{
	int ret;

	wait_until_mapped();
	ret = vfio_dev_reset(&scene.dev);
	if (ret && ret != -EBUSY)
		crew_fail(crew, "reset: %d", ret);
	ret = vfio_config_set_memory(&scene.dev, false);
	if (!ret)
		ret = vfio_config_set_memory(&scene.dev, true);
	if (ret && ret != -EBUSY)
		crew_fail(crew, "memory off and on: %d", ret);
}

static void run_races(const char *exporter, __u32 flags)
{
	struct crew crew = CREW_INIT;

	mapped = 0;
	refused = 0;
	iova_scene_open(&scene, exporter, EDU);
	iova_scene_register(&scene, flags);
	crew_add(&crew, "map", map_and_unmap, NULL);
	crew_add(&crew, "touch", touch_pages, NULL);
	crew_add(&crew, "reset", reset_and_switch, NULL);
	do {
		crew_work(&crew, 5000);
	} while (!crew_failed(&crew) && (!mapped || !refused));
	crew_stop(&crew);
	crew_check(&crew);
	print_message("mapped %lu times, refused %lu times\n", mapped, refused);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(iova_scene_map(&scene));
	iova_scene_check_dma(&scene, 5);
	iova_scene_unmap(&scene);
	iova_scene_munmap_bar(&scene);
	assert_ok(pages_unregister(scene.control, scene.dev.fd, BAR, 0));
}

static void test_races(void **state)
{
	run_races(*state, 0);
}

static void test_races_refused(void **state)
{
	run_races(*state, REFUSE);
}

#define TEST_WITH(fn, title, exporter) { title, fn, NULL, teardown, exporter }
#define NVME	"EXPORTER_NVME"

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_refused, "refused", NVME),
		TEST_WITH(test_sysfs_not_refused, "by sysfs not refused", NVME),
		TEST_WITH(test_not_refused, "not refused", NVME),
		TEST_WITH(test_memory_off, "memory off", NVME),
		TEST_WITH(test_hot_reset_refused, "hot reset refused", NULL),
		TEST_WITH(test_hot_reset, "hot reset", NULL),
		TEST_WITH(test_translation_stays, "translation stays", NVME),
		TEST_WITH(test_reset_refused_while_mapped,
			  "reset refused while mapped", NVME),
		TEST_WITH(test_races, "races", NVME),
		TEST_WITH(test_races_refused, "races, refused", NVME),
	};

	return tap_run(tests, NULL, NULL);
}
