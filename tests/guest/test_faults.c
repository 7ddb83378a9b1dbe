// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of a call fails once: exports, routes, what importers do, and
 * events that take access back.  The latter must do so whether there is memory
 * or not.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "fault.h"
#include "job.h"
#include "scene.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define EXPORTER	"EXPORTER_NVME"
#define IMPORTER	"IMPORTER_EDU0"

#define PAGE		4096
#define FEW		3

/* Their array needs more than a page: kvmalloc() has another way then. */
#define MANY		1024

/* More than there is room for in a small table of files */
#define FDS		256

static struct scene scene = {
	.dev.fd = -1,
	.imp.fd = -1,
	.control = -1,
};

static struct vfio_dev single = { .fd = -1 };
static struct vfio_p2p_range ranges[MANY];
static struct vfio_region_dma_range feature_ranges[FEW];
static int dmabuf = -1;
static int handle;
static int fds[FDS];
static unsigned int nr_fds;
static struct job job;

/* Every second page: no two become one. */
static void fill_ranges(void)
{
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		ranges[i].offset = 2 * i * PAGE;
		ranges[i].length = PAGE;
	}
	for (i = 0; i < FEW; i++) {
		feature_ranges[i].offset = ranges[i].offset;
		feature_ranges[i].length = ranges[i].length;
	}
}

/* An exporter, an importer, and a dma-buf of some ranges between the two */
static void open_scene_of(const char *exporter)
{
	fault_begin_or_skip();
	scene_open(&scene, exporter, IMPORTER);
	dmabuf = assert_ok(p2p_export(scene.control, scene.dev.fd, SCENE_BAR,
				      O_RDWR | O_CLOEXEC, ranges, FEW));
}

static void open_scene(void)
{
	open_scene_of(EXPORTER);
}

static void empty_fds(void)
{
	while (nr_fds)
		close(fds[--nr_fds]);
}

static int close_all(void **state)
{
	empty_fds();
	if (dmabuf >= 0)
		close(dmabuf);
	dmabuf = -1;
	scene_close(&scene);
	scene = (struct scene) { .dev.fd = -1, .imp.fd = -1, .control = -1 };
	vfio_dev_close(&single);
	fault_end();

	return 0;
}

static void close_fd(void *context, int fd, bool hit)
{
	close(fd);
}

static int export_ranges(unsigned int nr)
{
	return p2p_export(scene.control, scene.dev.fd, SCENE_BAR,
			  O_RDWR | O_CLOEXEC, ranges, nr);
}

static int export_few(void *context)
{
	return export_ranges(FEW);
}

static int export_many(void *context)
{
	return export_ranges(MANY);
}

static int export_by_feature(void *context)
{
	return vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR,
				    O_RDWR | O_CLOEXEC, feature_ranges, FEW);
}

static const struct fault_walk export_walk = {
	.what = "EXPORT",
	.call = export_few,
	.undo = close_fd,
	.errnos = { ENOMEM },
	/* Ranges twice, the buffer, its dma-buf, inode, dentry, file */
	.at_least = 7,
};

static void test_export(void **state)
{
	const struct fault_walk many = {
		.what = "EXPORT of many ranges",
		.call = export_many,
		.undo = close_fd,
		.errnos = { ENOMEM },
		.at_least = 5,
	};

	open_scene();
	fault_walk(&export_walk);
	fault_walk(&many);
}

static void test_feature(void **state)
{
	const struct fault_walk walk = {
		.what = "VFIO_DEVICE_FEATURE_DMA_BUF",
		.call = export_by_feature,
		.undo = close_fd,
		.errnos = { ENOMEM },
		.at_least = 7,
	};

	open_scene();
	fault_walk(&walk);
}

/* The number of files that the process has room for without an allocation */
static int fd_room(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	int room = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "FDSize: %d", &room) == 1)
			break;
	fclose(file);

	return room;
}

/*
 * The table of files does not shrink.  Who no longer shares one gets a copy, of
 * the size that the files in it need.
 */
static void get_fresh_table(void)
{
	pid_t pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);

	assert_true(pid >= 0);
	if (!pid)
		for (;;)
			pause();
	assert_int_equal(unshare(CLONE_FILES), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* But for one, which a walk needs to look at what there is */
static void fill_fds(void *context)
{
	empty_fds();
	get_fresh_table();
	do {
		assert_true(nr_fds < FDS);
		fds[nr_fds] = assert_ok(dup(0));
	} while (fds[nr_fds++] < fd_room() - 2);
}

static int export_full(void *context)
{
	int fd = dup(0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = export_few(context);
	close(fd);

	return ret;
}

/* The dma-buf is there, but no memory for its fd. */
static void test_fd_table(void **state)
{
	const struct fault_walk walk = {
		.what = "EXPORT with a full table of files",
		.prepare = fill_fds,
		.call = export_full,
		.undo = close_fd,
		.errnos = { ENOMEM },
		.at_least = 7,
	};
	unsigned int before;

	open_scene();
	before = fault_walk(&export_walk);
	/* The table, its files, its bits; one may be missed */
	assert_true(fault_walk(&walk) >= before + 2);
}

static void open_again(void *context)
{
	close(single.fd);
	single.fd = assert_ok(vfio_dev_reopen(&single));
}

static int export_first(void *context)
{
	return p2p_export(scene.control, single.fd, SCENE_BAR,
			  O_RDWR | O_CLOEXEC, ranges, FEW);
}

/*
 * The first export since the device was opened claims the BAR, where vfio did
 * not do so at the open.  What the PCI core says when it can't, for whatever
 * reason, becomes ENODEV, as in Linux 7.3.
 */
static void test_first_export(void **state)
{
	const struct fault_walk walk = {
		.what = "first EXPORT",
		.prepare = open_again,
		.call = export_first,
		.undo = close_fd,
		.errnos = { ENOMEM, ENODEV },
		.at_least = 7,
	};

	fault_begin_or_skip();
	served_open(&single, EXPORTER);
	scene.control = assert_ok(p2p_open());
	fault_walk(&walk);
}

static int route(void *context)
{
	struct vfio_p2p_route answer;
	int ret;

	ret = p2p_route(scene.control, scene.dev.fd, env_bdf(IMPORTER),
			&answer);
	if (!ret)
		assert_int_equal(answer.route, VFIO_P2P_ROUTE_HOST_BRIDGE);
	return ret;
}

static void test_route(void **state)
{
	const struct fault_walk walk = {
		.what = "ROUTE",
		.call = route,
		.errnos = { ENOMEM },
		/* Both paths */
		.at_least = 2,
	};

	open_scene();
	fault_walk(&walk);
}

static int attach(void *context)
{
	return importer_attach(&scene.imp, dmabuf, P2P_TEST_DYNAMIC);
}

static void detach(void *context, int ret, bool hit)
{
	assert_ok(importer_detach(&scene.imp, ret));
}

static void test_attach(void **state)
{
	const struct fault_walk walk = {
		.what = "attach",
		.call = attach,
		.undo = detach,
		.errnos = { ENOMEM },
		/* The core's and ours, two paths */
		.at_least = 4,
	};

	open_scene();
	fault_walk(&walk);
}

/*
 * In one direction: DMA-API debugging would have memory of its own for the
 * others, and switch itself off without it.
 */
static int map(void *context)
{
	return importer_map(&scene.imp, handle, P2P_TEST_TO_DEVICE);
}

static void unmap(void *context, int ret, bool hit)
{
	assert_ok(importer_unmap(&scene.imp, handle));
}

static void test_map(void **state)
{
	const struct fault_walk walk = {
		.what = "map",
		.call = map,
		.undo = unmap,
		.errnos = { ENOMEM },
		/* The table, and its entries */
		.at_least = 2,
	};

	open_scene();
	handle = assert_ok(attach(NULL));
	fault_walk(&walk);
	assert_ok(importer_detach(&scene.imp, handle));
}

static void map_again(void *context)
{
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_TO_DEVICE));
}

static struct p2p_test_stat stat_now(void)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&scene.imp, handle, &stat));
	return stat;
}

static void unmap_and_detach(void)
{
	struct p2p_test_stat stat = stat_now();

	if (stat.flags & P2P_TEST_STAT_MAPPED)
		assert_ok(importer_unmap(&scene.imp, handle));
	assert_ok(importer_detach(&scene.imp, handle));
}

static int do_unmap(void *context)
{
	return importer_unmap(&scene.imp, handle);
}

static int do_detach(void *context)
{
	return importer_detach(&scene.imp, handle);
}

static void attach_and_map(void *context)
{
	handle = assert_ok(attach(NULL));
	map_again(NULL);
}

/* What gives something back needs no memory, or does without. */
static void test_unmap_detach(void **state)
{
	const struct fault_walk walk_unmap = {
		.what = "unmap",
		.prepare = map_again,
		.call = do_unmap,
	};
	const struct fault_walk walk_detach = {
		.what = "detach of a mapped attachment",
		.prepare = attach_and_map,
		.call = do_detach,
	};

	open_scene();
	handle = assert_ok(attach(NULL));
	fault_walk(&walk_unmap);
	assert_ok(importer_detach(&scene.imp, handle));
	fault_walk(&walk_detach);
}

static int reset(void *context)
{
	return vfio_dev_reset(&scene.dev);
}

static void expect_unmapped(void *context, int ret, bool hit)
{
	assert_false(stat_now().flags & P2P_TEST_STAT_MAPPED);
}

static void test_reset(void **state)
{
	const struct fault_walk walk = {
		.what = "reset with a mapping",
		.prepare = map_again,
		.call = reset,
		.undo = expect_unmapped,
	};

	open_scene();
	handle = assert_ok(attach(NULL));
	fault_walk(&walk);
	unmap_and_detach();
}

static int decode_off(void *context)
{
	return vfio_config_set_memory(&scene.dev, false);
}

static void decode_on(void *context, int ret, bool hit)
{
	expect_unmapped(context, ret, hit);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
}

static void test_config_write(void **state)
{
	const struct fault_walk walk = {
		.what = "memory decode off with a mapping",
		.prepare = map_again,
		.call = decode_off,
		.undo = decode_on,
	};

	open_scene();
	handle = assert_ok(attach(NULL));
	fault_walk(&walk);
	unmap_and_detach();
}

/* In a thread: let go when told to. */
static int let_go(void *arg)
{
	int ret = importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS);

	return ret < 0 ? ret : importer_signal(&scene.imp, handle);
}

static void map_with_fence(void *context)
{
	map_again(context);
	assert_ok(importer_clear_events(&scene.imp));
	job_start(&job, let_go, NULL);
}

static void expect_let_go(void *context, int ret, bool hit)
{
	assert_ok(job_join(&job));
	expect_unmapped(context, ret, hit);
}

/* Without memory for the fences it waits for, a revoke waits another way. */
static void test_fence(void **state)
{
	const struct fault_walk walk = {
		.what = "reset with a fence",
		.prepare = map_with_fence,
		.call = reset,
		.undo = expect_let_go,
	};

	open_scene();
	handle = assert_ok(importer_attach(&scene.imp, dmabuf,
					   P2P_TEST_FENCE));
	fault_walk(&walk);
	unmap_and_detach();
}

static void map_if_unmapped(void *context)
{
	if (!(stat_now().flags & P2P_TEST_STAT_MAPPED))
		map_again(context);
}

static int hot_reset(void *context)
{
	return vfio_dev_hot_reset(&scene.dev, &scene.dev.group->fd, 1);
}

/* Refused, and nothing was taken, or done. */
static void test_hot_reset(void **state)
{
	const struct fault_walk walk = {
		.what = "hot reset with a mapping",
		.prepare = map_if_unmapped,
		.call = hot_reset,
		.undo = expect_unmapped,
		.errnos = { ENOMEM },
		/* vfio's own */
		.at_least = 1,
	};

	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	open_scene_of("SLOT_NVME");
	handle = assert_ok(attach(NULL));
	fault_walk(&walk);
	unmap_and_detach();
}

/* Another dma-buf than the one before, which is revoked */
static void export_anew(void)
{
	close(dmabuf);
	dmabuf = assert_ok(export_few(NULL));
}

static void export_and_map(void *context)
{
	assert_ok(importer_detach(&scene.imp, handle));
	export_anew();
	attach_and_map(NULL);
}

static int take_back(void *context)
{
	return p2p_revoke(scene.control, scene.dev.fd, dmabuf);
}

static void test_revoke(void **state)
{
	const struct fault_walk walk = {
		.what = "REVOKE with a mapping",
		.prepare = export_and_map,
		.call = take_back,
		.undo = expect_unmapped,
	};

	open_scene();
	handle = assert_ok(attach(NULL));
	fault_walk(&walk);
	unmap_and_detach();
}

/* The first mmap of a dma-buf makes a table of its ranges. */
static void prepare_mmap(void *context)
{
	export_anew();
}

static int map_all(void *context)
{
	void *addr = mmap(NULL, FEW * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  dmabuf, 0);

	if (addr == MAP_FAILED)
		return -errno;
	munmap(addr, FEW * PAGE);
	return 0;
}

static void test_mmap(void **state)
{
	const struct fault_walk walk = {
		.what = "mmap",
		.prepare = prepare_mmap,
		.call = map_all,
		.errnos = { ENOMEM },
		/* The mapping, and the table */
		.at_least = 2,
	};

	open_scene();
	fault_walk(&walk);
}

static int setup(void **state)
{
	fill_ranges();
	return 0;
}

#define fault_test(fn)	cmocka_unit_test_teardown(fn, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fault_test(test_export),
		fault_test(test_feature),
		fault_test(test_fd_table),
		fault_test(test_first_export),
		fault_test(test_route),
		fault_test(test_attach),
		fault_test(test_map),
		fault_test(test_unmap_detach),
		fault_test(test_reset),
		fault_test(test_config_write),
		fault_test(test_fence),
		fault_test(test_hot_reset),
		fault_test(test_revoke),
		fault_test(test_mmap),
	};

	return tap_run(tests, setup, NULL);
}
