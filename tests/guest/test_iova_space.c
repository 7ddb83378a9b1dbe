// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mapping for which the importer's IOVA space is too small fails at any of its
 * ranges, and leaves the space as it was.  The space is made small by a short
 * DMA mask; and the IOMMU's lazy mode is switched off, which returns addresses
 * only some time after they were unmapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "kmod.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"

#define EXPORTER	"EXPORTER_NVME"
#define IMPORTER	"IMPORTER_EDU0"

#define PAGE		4096

/* 63 pages; the importer's driver has some of them */
#define DMA_BITS	"18"
#define SPACE		64

/* Maps that fail, on a stock kernel */
#define ROUNDS		1000

static struct scene scene = {
	.dev.fd = -1,
	.imp.fd = -1,
	.control = -1,
};

static int group;

/* How many pages can be mapped one by one */
static unsigned int capacity;

static unsigned int rounds(void)
{
	const char *factor = env_rig("factor");

	return ROUNDS / (factor ? atoi(factor) : 1);
}

static void set_domain_type(const char *type)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/type", group);
	assert_ok(sysfs_write(path, type));
}

/* The group may have no driver while the type changes. */
static void reload_importer(const char *type, const char *params)
{
	assert_ok(module_unload(MODULE_IMPORTER));
	set_domain_type(type);
	assert_ok(module_load(MODULE_IMPORTER, params));
}

/*
 * Pages at every second page of the BAR, so that each is a range of its own; the
 * last range has LAST pages.
 */
static int export_pages(unsigned int nr, unsigned int last)
{
	struct vfio_p2p_range ranges[SPACE + 1];
	unsigned int i;

	assert_true(nr <= ARRAY_SIZE(ranges));
	for (i = 0; i < nr; i++) {
		ranges[i].offset = 2 * i * PAGE;
		ranges[i].length = PAGE;
	}
	ranges[nr - 1].length = last * PAGE;

	return assert_ok(p2p_export(scene.control, scene.dev.fd, SCENE_BAR,
				    O_RDWR | O_CLOEXEC, ranges, nr));
}

static int map(int handle)
{
	return importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL);
}

/* An attachment to a new dma-buf, whose fd is closed already */
static int attach(unsigned int nr, unsigned int last)
{
	int fd = export_pages(nr, last);
	int handle = assert_ok(importer_attach(&scene.imp, fd,
					       P2P_TEST_DYNAMIC));

	close(fd);

	return handle;
}

static void detach(int handle)
{
	assert_ok(importer_detach(&scene.imp, handle));
}

static bool fits(unsigned int nr)
{
	int handle = attach(nr, 1);
	int ret = map(handle);

	if (ret)
		assert_errno(ret, ENOMEM);
	detach(handle);

	return !ret;
}

static unsigned int find_capacity(void)
{
	unsigned int nr = 0;

	while (nr < SPACE && fits(nr + 1))
		nr++;

	return nr;
}

/* Maps that all fail, in the middle of which nothing may stay */
static void fail_to_map(unsigned int nr, unsigned int last)
{
	int handle = attach(nr, last);
	struct p2p_test_stat stat;
	unsigned int i;

	for (i = 0; i < rounds(); i++)
		assert_errno(map(handle), ENOMEM);
	assert_ok(importer_stat(&scene.imp, handle, &stat));
	assert_int_equal(stat.maps, 0);
	assert_int_equal(stat.nents, 0);
	detach(handle);
}

/* The whole space is there, and its addresses lead where they should. */
static void expect_whole_space(void)
{
	int handle;

	assert_true(fits(capacity));
	assert_false(fits(capacity + 1));
	assert_int_equal(find_capacity(), capacity);

	handle = attach(1, 1);
	assert_ok(map(handle));
	scene_check_write(&scene, handle, 0, 64, 1);
	detach(handle);
}

/* The range at which it fails is one that never fits. */
static void test_nth_range(void **state)
{
	const unsigned int nth[] = { 1, 2, 3, capacity / 2, capacity + 1 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nth); i++) {
		fail_to_map(nth[i], SPACE);
		expect_whole_space();
	}
}

/* Each range would fit, but not all of them */
static void test_exhausted(void **state)
{
	fail_to_map(capacity + 1, 1);
	expect_whole_space();
	fail_to_map(SPACE, 1);
	expect_whole_space();
}

/* One attachment has all the space: the other fails, and not for ever. */
static void test_other_attachment(void **state)
{
	int all = attach(capacity, 1);
	int other = attach(2, 1);

	assert_ok(map(all));
	assert_errno(map(other), ENOMEM);
	assert_ok(importer_unmap(&scene.imp, all));
	assert_ok(map(other));
	assert_errno(map(all), ENOMEM);
	assert_ok(importer_unmap(&scene.imp, other));
	assert_ok(map(all));
	detach(all);
	detach(other);
	expect_whole_space();
}

static int setup(void **state)
{
	const char *importer = env_bdf_or_skip(IMPORTER);

	scene_open(&scene, EXPORTER, IMPORTER);
	group = assert_ok(pci_iommu_group(importer));
	importer_close(&scene.imp);
	reload_importer("DMA", "dma_bits=" DMA_BITS);
	assert_ok(importer_open(&scene.imp, importer));

	capacity = find_capacity();
	print_message("# %u pages fit\n", capacity);
	assert_in_range(capacity, 8, SPACE - 1);

	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);
	reload_importer("auto", NULL);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nth_range),
		cmocka_unit_test(test_exhausted),
		cmocka_unit_test(test_other_attachment),
	};

	return tap_run(tests, setup, teardown);
}
