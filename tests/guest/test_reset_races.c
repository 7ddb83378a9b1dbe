// SPDX-License-Identifier: GPL-2.0-only
/*
 * What takes access back meets what uses it, pair by pair: a device is reset all
 * the time while another thread does one thing over and over.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crew.h"
#include "env.h"
#include "kmod.h"
#include "pattern.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define SLICE	4096

/*
 * A race ends after so many rounds of both sides, in which the other side got
 * through at least FEW_RESETS times, or when the time is over.
 */
#define ENOUGH_ROUNDS	500
#define ENOUGH_RESETS	40
#define RACE_MS		6000

/* Fewer rounds than this are no race; on a slow kernel they may take longer. */
#define PATIENCE_MS	90000
#define FEW_ROUNDS	20
#define FEW_RESETS	5

/* A reset waits no longer than this for the other side. */
#define HIT_MS		200

#define SCENE_CLOSED { .dev.fd = -1, .imp.fd = -1, .control = -1 }

static struct crew crew = CREW_INIT;
static struct scene scene = SCENE_CLOSED;

/* How often the racing member got through */
static unsigned long hits;

/* What it works on */
static int dmabuf;
static int handle;

static int begin(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	dmabuf = scene_export(&scene, 0, SLICE);
	handle = assert_ok(importer_attach(&scene.imp, dmabuf,
					   P2P_TEST_DYNAMIC));
	return 0;
}

static int end(void **state)
{
	crew_stop(&crew);
	close(dmabuf);
	scene_close(&scene);
	scene = (struct scene)SCENE_CLOSED;

	return module_unload(MODULE_UNDER_TEST);
}

/*
 * The other side got through.  Between two resets it has to, or else all it saw
 * would be a device that is being reset.
 */
static void hit(void)
{
	__atomic_add_fetch(&hits, 1, __ATOMIC_RELAXED);
}

static void wait_for_hits(void)
{
	static unsigned int rounds;
	const unsigned long enough = __atomic_load_n(&hits, __ATOMIC_RELAXED) +
				     __atomic_add_fetch(&rounds, 1,
							__ATOMIC_RELAXED) % 4;
	const long long end = crew_clock() + HIT_MS;

	while (__atomic_load_n(&hits, __ATOMIC_RELAXED) < enough &&
	       crew_clock() < end)
		sched_yield();
}

static void do_reset(struct crew *crew, void *context)
{
	int ret;

	wait_for_hits();
	ret = vfio_dev_reset(&scene.dev);

	/* EAGAIN: another reset is under way */
	if (ret && ret != -EAGAIN)
		crew_fail(crew, "reset: %d", ret);
}

static void do_sysfs_reset(struct crew *crew, void *context)
{
	int ret;

	wait_for_hits();
	ret = pci_reset(scene.dev.bdf);
	if (ret)
		crew_fail(crew, "reset by sysfs: %d", ret);
}

static void do_flr(struct crew *crew, void *context)
{
	int ret;

	wait_for_hits();
	ret = vfio_config_pcie_flr(&scene.dev);
	if (ret)
		crew_fail(crew, "FLR: %d", ret);
}

/* Decode is on again when this returns. */
static void do_memory_off(struct crew *crew, void *context)
{
	int ret = vfio_config_set_memory(&scene.dev, false);

	if (!ret)
		ret = vfio_config_set_memory(&scene.dev, true);
	if (ret)
		crew_fail(crew, "memory decode: %d", ret);
}

static int make_dmabuf(struct crew *crew)
{
	int fd = vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR, SLICE,
					    SLICE);

	if (fd < 0)
		crew_fail(crew, "export: %d", fd);
	return fd;
}

static void do_export(struct crew *crew, void *context)
{
	int fd = make_dmabuf(crew);

	if (fd >= 0) {
		close(fd);
		hit();
	}
}

static void do_attach(struct crew *crew, void *context)
{
	int ret = importer_attach(&scene.imp, dmabuf, P2P_TEST_DYNAMIC);

	if (ret == -ENODEV)
		return;
	if (ret >= 0)
		ret = importer_detach(&scene.imp, ret);
	if (ret)
		crew_fail(crew, "attach, detach: %d", ret);
	hit();
}

static void do_map(struct crew *crew, void *context)
{
	int ret = importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL);

	if (!ret)
		hit();
	else if (ret != -ENODEV && ret != -EALREADY)
		crew_fail(crew, "map: %d", ret);
}

/* A revoke may have been faster. */
static void do_map_and_unmap(struct crew *crew, void *context)
{
	int ret;

	do_map(crew, context);
	ret = importer_unmap(&scene.imp, handle);
	if (ret && ret != -ENXIO)
		crew_fail(crew, "unmap: %d", ret);
}

/* The last reference goes with the detach, and a mapping with it. */
static void do_close_dmabuf(struct crew *crew, void *context)
{
	int fd = make_dmabuf(crew);
	int ret;

	if (fd < 0)
		return;

	ret = importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC);
	close(fd);
	if (ret < 0) {
		if (ret != -ENODEV)
			crew_fail(crew, "attach: %d", ret);
		return;
	}
	if (!importer_map(&scene.imp, ret, P2P_TEST_BIDIRECTIONAL))
		hit();
	ret = importer_detach(&scene.imp, ret);
	if (ret)
		crew_fail(crew, "detach: %d", ret);
}

/* A revoke waits for the work that unmaps, or for the detach. */
static void do_late_unmap(struct crew *crew, void *context)
{
	int late = importer_attach_late(&scene.imp, dmabuf, 5);

	if (late < 0) {
		if (late != -ENODEV)
			crew_fail(crew, "attach: %d", late);
		return;
	}
	if (!importer_map(&scene.imp, late, P2P_TEST_BIDIRECTIONAL))
		hit();
	importer_detach(&scene.imp, late);
}

/* One more file of the device; and the last of another, with its dma-buf */
static void do_close_device(struct crew *crew, void *context)
{
	struct vfio_dev dev;
	int fd, ret, attached;

	ret = vfio_dev_reopen(&scene.dev);
	if (ret < 0) {
		crew_fail(crew, "one more fd: %d", ret);
		return;
	}
	close(ret);

	/* EAGAIN: an open resets the device, but it is being reset. */
	ret = vfio_dev_open(&dev, context);
	if (ret == -EAGAIN)
		return;
	if (ret) {
		crew_fail(crew, "open: %d", ret);
		return;
	}
	vfio_config_set_memory(&dev, true);
	fd = vfio_feature_dma_buf_range(dev.fd, SCENE_BAR, 0, SLICE);
	attached = importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC);
	if (attached >= 0 &&
	    !importer_map(&scene.imp, attached, P2P_TEST_BIDIRECTIONAL))
		hit();
	vfio_dev_close(&dev);

	if (fd < 0) {
		crew_fail(crew, "export: %d", fd);
		return;
	}
	if (importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC) != -ENODEV)
		crew_fail(crew, "no shell after the close");
	if (attached >= 0)
		importer_detach(&scene.imp, attached);
	close(fd);
}

/* Resets of the other device, while it is opened and closed */
static void do_reset_other(struct crew *crew, void *context)
{
	int ret;

	wait_for_hits();
	ret = pci_reset(context);
	if (ret && ret != -ENOTTY)
		crew_fail(crew, "reset of the other: %d", ret);
}

/**
 * struct tally - how often both sides have been there
 * @resets: of the one
 * @others: of the other
 * @hits: times that it got through
 */
struct tally {
	unsigned long resets;
	unsigned long others;
	unsigned long hits;
};

static struct tally count(const char *resets, const char *other)
{
	return (struct tally) {
		.resets = crew_rounds(&crew, resets),
		.others = crew_rounds(&crew, other),
		.hits = __atomic_load_n(&hits, __ATOMIC_RELAXED),
	};
}

static bool is_few(const struct tally *tally)
{
	return tally->resets < FEW_RESETS || tally->others < FEW_ROUNDS ||
	       tally->hits < FEW_RESETS;
}

static bool is_enough(const struct tally *tally)
{
	return tally->resets >= ENOUGH_RESETS &&
	       tally->others >= ENOUGH_ROUNDS && tally->hits >= FEW_RESETS;
}

static bool is_over(const struct tally *tally, long long end)
{
	const long long late = crew_clock() - end;

	if (is_few(tally))
		return late >= PATIENCE_MS;
	return late >= 0 || is_enough(tally);
}

/* Both sides again and again; then all is as if nothing had been. */
static void race(const char *resets, const char *other)
{
	const long long end = crew_clock() + RACE_MS;
	struct tally tally = {};

	hits = 0;
	while (!crew_failed(&crew) && !is_over(&tally, end)) {
		crew_work(&crew, 100);
		tally = count(resets, other);
	}
	crew_stop(&crew);
	crew_check(&crew);
	printf("# %lu hits\n", tally.hits);
	assert_false(is_few(&tally));
}

/* Access is possible, and bytes arrive. */
static void expect_access(void)
{
	int ret;

	assert_ok(vfio_config_set_memory(&scene.dev, true));
	ret = importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL);
	if (ret != -EALREADY)
		assert_ok(ret);
	scene_check_write(&scene, handle, 0, 64, 7);
}

static void reset_against(const char *name, crew_fn fn)
{
	crew_add(&crew, "reset", do_reset, NULL);
	crew_add(&crew, name, fn, NULL);
	race("reset", name);
	expect_access();
}

static void test_export(void **state)
{
	reset_against("export", do_export);
}

static void test_attach(void **state)
{
	reset_against("attach", do_attach);
}

static void test_map(void **state)
{
	reset_against("map", do_map);
}

static void test_unmap(void **state)
{
	reset_against("map-unmap", do_map_and_unmap);
}

static void test_late_unmap(void **state)
{
	reset_against("late-unmap", do_late_unmap);
}

static void test_close_dmabuf(void **state)
{
	reset_against("close-dma-buf", do_close_dmabuf);
}

static void test_memory_decode(void **state)
{
	crew_add(&crew, "map", do_map, NULL);
	reset_against("memory-off", do_memory_off);
}

static void test_close_device(void **state)
{
	const char *other = env_bdf_or_skip("SLOT_NVME");

	assert_ok(pci_bind(other, "vfio-pci"));
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	crew_add(&crew, "reset", do_reset_other, (void *)other);
	crew_add(&crew, "close-device", do_close_device, (void *)other);
	race("reset", "close-device");
	expect_access();
}

static void test_two_resets(void **state)
{
	crew_add(&crew, "sysfs", do_sysfs_reset, NULL);
	crew_add(&crew, "flr", do_flr, NULL);
	reset_against("map", do_map);
}

#define race_test(fn)	cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		race_test(test_export),
		race_test(test_attach),
		race_test(test_map),
		race_test(test_unmap),
		race_test(test_late_unmap),
		race_test(test_close_dmabuf),
		race_test(test_memory_decode),
		race_test(test_close_device),
		race_test(test_two_resets),
	};

	return tap_run(tests, NULL, NULL);
}
