// SPDX-License-Identifier: GPL-2.0-only
/* How many ranges an export may have, and who pays for the memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kmod.h"
#include "native.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_feature.h"

#define PAGE	4096
#define ENOUGH	65536	/* what every caller may count on */
#define CGROUP	"/tmp/cgroup"

static struct scene scene;

/* Page I of the BAR and the one behind the next: no two are neighbours. */
static struct vfio_p2p_range *scattered(__u32 nr)
{
	struct vfio_p2p_range *ranges = calloc(nr, sizeof(*ranges));
	__u32 i;

	assert_non_null(ranges);
	for (i = 0; i < nr; i++) {
		ranges[i].offset = i * 2 % 256 * PAGE;
		ranges[i].length = PAGE;
	}

	return ranges;
}

static int by_feature(const struct vfio_p2p_range *ranges, __u32 nr)
{
	/* The two structs have one layout. */
	return vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR, O_RDWR,
				    (const void *)ranges, nr);
}

static int by_control(const struct vfio_p2p_range *ranges, __u32 nr)
{
	return p2p_export(scene.control, scene.dev.fd, SCENE_BAR, O_RDWR,
			  ranges, nr);
}

static void check_size(int fd, long long size)
{
	assert_ok(fd);
	assert_int_equal(lseek(fd, 0, SEEK_END), size);
	close(fd);
}

static void test_limit(void **state)
{
	struct vfio_p2p_range *ranges = scattered(VFIO_P2P_MAX_RANGES + 1);
	int before = assert_ok(module_refcount(MODULE_UNDER_TEST));

	assert_true(VFIO_P2P_MAX_RANGES >= ENOUGH);
	check_size(by_feature(ranges, ENOUGH), (long long)ENOUGH * PAGE);
	check_size(by_control(ranges, ENOUGH), (long long)ENOUGH * PAGE);
	check_size(by_feature(ranges, VFIO_P2P_MAX_RANGES),
		   (long long)VFIO_P2P_MAX_RANGES * PAGE);
	check_size(by_control(ranges, VFIO_P2P_MAX_RANGES),
		   (long long)VFIO_P2P_MAX_RANGES * PAGE);

	assert_errno(by_feature(ranges, VFIO_P2P_MAX_RANGES + 1), ENOMEM);
	assert_errno(by_control(ranges, VFIO_P2P_MAX_RANGES + 1), ENOMEM);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), before);
	free(ranges);
}

/* Also the last of many ranges is mapped where it belongs. */
static void test_map_many(void **state)
{
	struct vfio_p2p_range *ranges = scattered(ENOUGH);
	const __u32 last = ENOUGH - 1;
	char data[64], back[64];
	int fd, handle;

	/* The kernel's own maps but one range behind an IOMMU. */
	native_skip();
	fd = assert_ok(by_control(ranges, ENOUGH));
	handle = scene_map(&scene, fd);
	assert_int_equal(importer_sg(&scene.imp, handle, NULL, 0), ENOUGH);

	snprintf(data, sizeof(data), "the last of %d", ENOUGH);
	assert_ok(importer_write(&scene.imp, handle, (__u64)last * PAGE, data,
				 sizeof(data)));
	memcpy(back, scene.bar + ranges[last].offset, sizeof(back));
	assert_string_equal(back, data);

	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
	free(ranges);
}

static long long cgroup_memory(void)
{
	char text[32];

	assert_ok(sysfs_read(CGROUP "/test/memory.current", text,
			     sizeof(text)));

	return atoll(text);
}

static void enter_cgroup(const char *file)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_ok(sysfs_write(file, pid));
}

/* Of MAX ranges, what is kept in the kernel is some 4 MiB. */
static void test_cgroup_pays(void **state)
{
	struct vfio_p2p_range *ranges = scattered(VFIO_P2P_MAX_RANGES);
	const long long kept = VFIO_P2P_MAX_RANGES * 16LL;
	long long before, during, after;
	int fd;

	/* The kernel's own does not account for them. */
	native_skip();
	mkdir(CGROUP, 0755);
	assert_int_equal(mount("none", CGROUP, "cgroup2", 0, NULL), 0);
	assert_ok(sysfs_write(CGROUP "/cgroup.subtree_control", "+memory"));
	assert_int_equal(mkdir(CGROUP "/test", 0755), 0);
	enter_cgroup(CGROUP "/test/cgroup.procs");

	before = cgroup_memory();
	fd = by_control(ranges, VFIO_P2P_MAX_RANGES);
	during = cgroup_memory();
	close(fd);
	after = cgroup_memory();
	enter_cgroup(CGROUP "/cgroup.procs");
	assert_int_equal(rmdir(CGROUP "/test"), 0);
	assert_int_equal(umount(CGROUP), 0);

	assert_ok(fd);
	assert_true(during - before >= kept);
	assert_true(during - after >= kept);
	free(ranges);
}

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");

	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_map_many),
		cmocka_unit_test(test_cgroup_pays),
	};

	return tap_run(tests, setup, teardown);
}
