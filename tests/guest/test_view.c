// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file in debugfs tells what is exported, to whom, and what became of it, at
 * each stage; to root alone, and while everything else goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bar.h"
#include "crew.h"
#include "env.h"
#include "job.h"
#include "kmod.h"
#include "native.h"
#include "pending.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"
#include "view.h"

#define PAGE		4096
#define NOBODY		65534

/* More than a page of text */
#define MANY_RANGES	500

#define HAMMER_MS	4000

/* Unloads that succeed, and that don't; "soon" is on a slow machine */
#define HAMMER_EACH	5
#define SOON_MS		60000

static struct scene scene;
static struct view view;
static struct crew crew = CREW_INIT;
static struct pending unbind;
static struct job job;
static int view_fd = -1;

static int setup(void **state)
{
	scene = (struct scene) { .dev.fd = -1, .imp.fd = -1, .control = -1 };
	return 0;
}

static int teardown(void **state)
{
	crew_stop(&crew);
	if (view_fd >= 0)
		close(view_fd);
	view_fd = -1;
	scene_close(&scene);
	pending_finish(&unbind);
	view_free(&view);
	return 0;
}

static void open_scene(void)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	/* It would keep the module, too. */
	close(scene.control);
	scene.control = -1;
}

static unsigned long long boottime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);

	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* A time in the view is now, or between two moments. */
static void expect_time(const char *line, const char *key,
			unsigned long long from)
{
	unsigned long long time = view_number(line, key);

	if (time < from || time > boottime())
		fail_msg("%s is not in the last %llu ns: \"%s\"", key,
			 boottime() - from, line);
}

static void expect_state(int fd, const char *state, const char *event,
			 unsigned int revokes, unsigned long long since)
{
	const char *line = view_export(&view, fd);

	view_expect(line, "state", state);
	view_expect(line, "event", event);
	assert_int_equal(view_number(line, "revokes"), revokes);
	expect_time(line, "since", since);
}

static void test_nothing(void **state)
{
	unsigned long long begin = boottime();
	const char *head;

	open_scene();
	view_read(&view, 0);
	assert_int_equal(view.nr, 1);
	head = view_line(&view, "view", NULL, NULL, 0);
	view_expect(head, "version", "1");
	view_expect(head, "exporter", "own");
	expect_time(head, "now", begin);
}

/* The first two are neighbours, and so one. */
static const struct vfio_region_dma_range ranges[] = {
	{ 0x1000, 0x1000 }, { 0x2000, 0x3000 }, { 0x10000, 0x2000 },
};

static void expect_range(const char *id, size_t nr, unsigned long long offset,
			 unsigned long long length)
{
	const char *line = view_line(&view, "range", "export", id, nr);

	assert_non_null(line);
	assert_int_equal(view_number(line, "offset"), offset);
	assert_int_equal(view_number(line, "length"), length);
}

/* What the core says of the fd has to fit: by the inode they are one. */
static void expect_fdinfo(int fd, const char *line)
{
	char path[64], text[1024], expected[128];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	assert_ok(sysfs_read(path, text, sizeof(text)));
	snprintf(expected, sizeof(expected), "\nino:\t%llu\n",
		 view_number(line, "inode"));
	assert_non_null(strstr(text, expected));
	snprintf(expected, sizeof(expected), "\nsize:\t%llu\n",
		 view_number(line, "size"));
	assert_non_null(strstr(text, expected));
	assert_non_null(strstr(text, "\nexp_name:\t" MODULE_UNDER_TEST));
}

static void test_export(void **state)
{
	unsigned long long begin = boottime();
	char id[VIEW_VALUE];
	const char *line;
	int fd;

	open_scene();
	fd = assert_ok(vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR,
					    O_RDWR | O_CLOEXEC, ranges, 3));
	expect_state(fd, "live", "export", 0, begin);
	line = view_export(&view, fd);
	view_expect(line, "device", scene.dev.bdf);
	view_expect(line, "comm", "test_view");
	assert_int_equal(view_number(line, "region"), SCENE_BAR);
	assert_int_equal(view_number(line, "size"), 0x6000);
	assert_int_equal(view_number(line, "ranges"), 2);
	assert_int_equal(view_number(line, "mappings"), 0);
	assert_int_equal(view_number(line, "pid"), getpid());
	expect_time(line, "created", begin);
	expect_fdinfo(fd, line);

	view_value(line, "id", id);
	assert_int_equal(view_count(&view, "range", "export", id), 2);
	expect_range(id, 0, 0x1000, 0x4000);
	expect_range(id, 1, 0x10000, 0x2000);
	assert_int_equal(view.nr, 4);

	close(fd);
	view_read(&view, 0);
	assert_int_equal(view.nr, 1);
}

static void test_two_exports(void **state)
{
	const char *line;
	int first, second;
	unsigned long long id;

	open_scene();
	first = scene_export(&scene, 0, PAGE);
	second = scene_export(&scene, PAGE, PAGE);
	id = view_number(view_export(&view, first), "id");
	line = view_export(&view, second);
	assert_true(view_number(line, "id") > id);
	assert_ptr_equal(view_line(&view, "export", NULL, NULL, 1), line);

	close(first);
	assert_ptr_equal(view_export(&view, second),
			 view_line(&view, "export", NULL, NULL, 0));
	close(second);
}

/* By which name processes go is their own choice. */
static void test_comm(void **state)
{
	char name[16];
	int fd;

	open_scene();
	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, "a b=\\\n\xff\"c");
	fd = scene_export(&scene, 0, PAGE);
	prctl(PR_SET_NAME, name);
	view_expect(view_export(&view, fd), "comm",
		    "a\\040b\\075\\134\\012\\377\"c");
	assert_int_equal(view.nr, 3);
	close(fd);
}

static void expect_importer(int fd, const char *name, unsigned int mappings)
{
	const char *bdf = env_bdf_or_skip(name);
	const char *line = view_importer(&view, view_export(&view, fd), bdf);

	view_expect(line, "driver", MODULE_IMPORTER);
	view_expect(line, "route", "host-bridge");
	view_expect(line, "reason", "no-common-upstream");
	assert_int_equal(view_number(line, "distance"), 4);
	assert_int_equal(view_number(line, "mappings"), mappings);
}

static void expect_mappings(int fd, size_t importers, unsigned int mappings)
{
	const char *line = view_export(&view, fd);

	assert_int_equal(view_importers(&view, line), importers);
	assert_int_equal(view_number(line, "mappings"), mappings);
}

static void test_importers(void **state)
{
	struct importer other;
	int fd, near, far;

	open_scene();
	assert_ok(importer_open(&other, env_bdf_or_skip("IMPORTER_EDU1")));
	fd = scene_export(&scene, 0, PAGE);
	expect_mappings(fd, 0, 0);

	near = assert_ok(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC));
	far = assert_ok(importer_attach(&other, fd, P2P_TEST_DYNAMIC));
	expect_mappings(fd, 2, 0);
	expect_importer(fd, "IMPORTER_EDU0", 0);
	expect_importer(fd, "IMPORTER_EDU1", 0);

	assert_ok(importer_map(&scene.imp, near, P2P_TEST_BIDIRECTIONAL));
	expect_mappings(fd, 2, 1);
	expect_importer(fd, "IMPORTER_EDU0", 1);
	expect_importer(fd, "IMPORTER_EDU1", 0);

	assert_ok(importer_unmap(&scene.imp, near));
	expect_mappings(fd, 2, 0);
	assert_ok(importer_detach(&scene.imp, near));
	expect_mappings(fd, 1, 0);
	assert_ok(importer_detach(&other, far));
	expect_mappings(fd, 0, 0);

	importer_close(&other);
	close(fd);
}

/* The BAR's address is a secret even here. */
static void test_no_addresses(void **state)
{
	unsigned long long begin;
	char address[32], cut[32];
	size_t i;
	int fd;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	scene_map(&scene, fd);
	view_read(&view, 0);
	begin = pci_bar_start(scene.dev.bdf, SCENE_BAR);
	snprintf(address, sizeof(address), "%llx", begin);
	snprintf(cut, sizeof(cut), "%llu", begin);
	for (i = 0; i + 1 < view.size; i++)
		if (!view.text[i])
			view.text[i] = ' ';
	assert_null(strstr(view.text, address));
	assert_null(strstr(view.text, cut));
	assert_null(strstr(view.text, "ffff"));
	close(fd);
}

static int reset(void *unused)
{
	return vfio_dev_reset(&scene.dev);
}

/* While the reset waits for an importer it can be seen for which. */
static void test_reset(void **state)
{
	unsigned long long begin;
	int fd, handle;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	handle = assert_ok(importer_attach(&scene.imp, fd,
					   P2P_TEST_IGNORE_NOTIFY));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	begin = boottime();
	job_start(&job, reset, NULL);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	expect_state(fd, "revoked", "reset", 1, begin);
	expect_mappings(fd, 1, 1);
	expect_importer(fd, "IMPORTER_EDU0", 1);
	assert_false(job_done(&job));

	begin = boottime();
	assert_ok(importer_unmap(&scene.imp, handle));
	assert_ok(job_join(&job));
	expect_state(fd, "live", "reset", 1, begin);
	expect_mappings(fd, 1, 0);

	begin = boottime();
	assert_ok(vfio_dev_reset(&scene.dev));
	expect_state(fd, "live", "reset", 2, begin);
	close(fd);
}

static void test_config(void **state)
{
	unsigned long long begin;
	int fd, late;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	begin = boottime();
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	expect_state(fd, "revoked", "config", 1, begin);

	/* Made when there was no access: that is no revoke. */
	late = scene_export(&scene, 0, PAGE);
	expect_state(late, "revoked", "export", 0, begin);

	begin = boottime();
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	expect_state(fd, "live", "config", 1, begin);
	expect_state(late, "live", "config", 0, begin);
	close(late);
	close(fd);
}

static void test_power(void **state)
{
	unsigned long long begin;
	int fd;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	begin = boottime();
	assert_ok(vfio_feature_low_power_entry(scene.dev.fd));
	expect_state(fd, "revoked", "power", 1, begin);
	begin = boottime();
	assert_ok(vfio_feature_low_power_exit(scene.dev.fd));
	expect_state(fd, "live", "power", 1, begin);
	close(fd);
}

static void close_device(void)
{
	munmap(scene.bar, SCENE_SIZE);
	scene.bar = NULL;
	vfio_dev_close(&scene.dev);
	scene.dev.fd = -1;
}

/* The shell of a dma-buf is still there to be seen, with its importer. */
static void test_close(void **state)
{
	unsigned long long begin;
	char bdf[16];
	int fd, handle;

	open_scene();
	strcpy(bdf, scene.dev.bdf);
	fd = scene_export(&scene, 0, PAGE);
	handle = scene_map(&scene, fd);
	begin = boottime();
	close_device();
	expect_state(fd, "shell", "close", 1, begin);
	expect_mappings(fd, 1, 0);
	expect_importer(fd, "IMPORTER_EDU0", 0);

	assert_ok(pci_unbind(bdf));
	expect_state(fd, "shell", "close", 1, begin);
	view_expect(view_export(&view, fd), "device", bdf);

	/* An importer keeps it, too. */
	close(fd);
	view_read(&view, 0);
	assert_int_equal(view_count(&view, "export", NULL, NULL), 1);
	assert_ok(importer_detach(&scene.imp, handle));
	view_read(&view, 0);
	assert_int_equal(view.nr, 1);
}

static void test_unbind(void **state)
{
	unsigned long long begin;
	int fd;

	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	begin = boottime();
	pending_start_unbind(&unbind, pci_unbind, &scene.dev);
	expect_state(fd, "revoked", "unbind", 1, begin);
	begin = boottime();
	close_device();
	assert_ok(pending_wait(&unbind, IMPORTER_TIMEOUT_MS));
	expect_state(fd, "shell", "close", 1, begin);
	close(fd);
}

static int export_many(struct vfio_region_dma_range *many)
{
	unsigned int i;

	for (i = 0; i < MANY_RANGES; i++)
		many[i] = (struct vfio_region_dma_range) {
			.offset = 2ULL * PAGE * (MANY_RANGES - i),
			.length = PAGE,
		};

	return assert_ok(vfio_feature_dma_buf(scene.dev.fd, SCENE_BAR,
					      O_RDWR | O_CLOEXEC, many,
					      MANY_RANGES));
}

static void expect_many(const struct vfio_region_dma_range *many, int fd,
			size_t chunk)
{
	char id[VIEW_VALUE];
	unsigned int i;

	view_value(view_export(&view, fd), "id", id);
	view_read(&view, chunk);
	assert_int_equal(view_count(&view, "range", "export", id),
			 MANY_RANGES);
	for (i = 0; i < MANY_RANGES; i++)
		expect_range(id, i, many[i].offset, many[i].length);
}

/* Nothing is lost where one read ends and the next begins. */
static void test_small_reads(void **state)
{
	static struct vfio_region_dma_range many[MANY_RANGES];
	int fd, second;

	open_scene();
	fd = export_many(many);
	second = export_many(many);
	expect_many(many, fd, 0);
	expect_many(many, second, 0);
	expect_many(many, second, 7);
	close(fd);
	close(second);
}

static size_t read_some(char *buf, size_t size)
{
	ssize_t n = read(view_fd, buf, size);

	assert_true(n >= 0);

	return n;
}

/* Another place of the file is found from the beginning. */
static void test_seek(void **state)
{
	static struct vfio_region_dma_range many[MANY_RANGES];
	char first[100], again[100];
	int fd;

	open_scene();
	fd = export_many(many);
	view_fd = assert_ok(open(VIEW_FILE, O_RDONLY | O_CLOEXEC));
	while (read_some(first, sizeof(first)))
		;
	assert_int_equal(pread(view_fd, first, sizeof(first), 9000),
			 sizeof(first));
	assert_int_equal(lseek(view_fd, 9000, SEEK_SET), 9000);
	assert_int_equal(read_some(again, sizeof(again)), sizeof(again));
	assert_memory_equal(first, again, sizeof(first));
	close(fd);
}

/*
 * Who reads and then does not go on holds up nothing: not the end of the dma-buf
 * it is at, no reset, no unbind.  It does hold the module.
 */
static void test_slow_reader(void **state)
{
	static struct vfio_region_dma_range many[MANY_RANGES];
	char bdf[16], buf[4096], all[] = "range export=";
	int fd, second;

	open_scene();
	strcpy(bdf, scene.dev.bdf);
	fd = export_many(many);
	second = scene_export(&scene, 0, PAGE);
	view_fd = assert_ok(open(VIEW_FILE, O_RDONLY | O_CLOEXEC));
	assert_int_equal(read_some(buf, 200), 200);

	assert_ok(vfio_dev_reset(&scene.dev));
	close(fd);
	close(second);
	close_device();
	assert_ok(pci_unbind(bdf));
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);

	/* What it was at is told to the end, what comes after is gone. */
	assert_true(read_some(buf, sizeof(buf) - 1) > sizeof(all));
	while (read_some(buf, sizeof(buf)))
		;
	importer_close(&scene.imp);
	scene.imp.fd = -1;
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
	close(view_fd);
	view_fd = -1;
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_int_equal(access("/sys/kernel/debug/vfio_p2p_dmabuf", F_OK), -1);
	assert_int_equal(errno, ENOENT);
}

static void as_nobody(void)
{
	const int open_errno = (setgroups(0, NULL) || setgid(NOBODY) ||
				setuid(NOBODY)) ? -1 :
			       open(VIEW_FILE, O_RDONLY) < 0 ? errno : 0;

	_exit(open_errno == EACCES ? 0 : 1);
}

static void expect_closed_to_nobody(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		as_nobody();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Also where debugfs is open to all.  Nobody can write to it, not even root. */
static void test_nobody(void **state)
{
	struct stat file, root;

	open_scene();
	assert_int_equal(stat(VIEW_FILE, &file), 0);
	assert_int_equal(file.st_mode, S_IFREG | 0400);
	assert_int_equal(file.st_uid, 0);

	expect_closed_to_nobody();
	assert_int_equal(stat("/sys/kernel/debug", &root), 0);
	assert_int_equal(chmod("/sys/kernel/debug", 0755), 0);
	expect_closed_to_nobody();
	chmod("/sys/kernel/debug", root.st_mode & 07777);

	view_fd = open(VIEW_FILE, O_WRONLY | O_CLOEXEC);
	assert_true(view_fd < 0 || write(view_fd, "", 1) < 0);
}

/* Whole lines, and each export with its ranges; it may be gone meanwhile. */
static void do_look(struct crew *crew, void *context)
{
	char buf[8192];
	int fd = open(VIEW_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n, last = 0;

	if (fd < 0) {
		if (errno != ENOENT && errno != ENXIO && errno != EPERM)
			crew_fail(crew, "open: %s", strerror(errno));
		return;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (buf[n - 1] != '\n')
			crew_fail(crew, "half a line");
		last = n;
	}
	if (n < 0 || !last)
		crew_fail(crew, "read: %zd, %s", n, strerror(errno));
	close(fd);
}

static void do_export(struct crew *crew, void *context)
{
	int fd = vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR, 0, PAGE);
	int handle;

	if (fd < 0) {
		crew_fail(crew, "export: %d", fd);
		return;
	}
	/* In the middle of a reset the device is not to be asked for a route. */
	handle = importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC);
	if (handle < 0) {
		if (handle != -ENODEV)
			crew_fail(crew, "attach: %d", handle);
	} else {
		importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL);
		importer_detach(&scene.imp, handle);
	}
	close(fd);
}

static void do_reset(struct crew *crew, void *context)
{
	int ret = vfio_dev_reset(&scene.dev);

	if (ret && ret != -EAGAIN)
		crew_fail(crew, "reset: %d", ret);
}

static void test_hammered(void **state)
{
	int fd, handle;

	open_scene();
	fd = scene_export(&scene, PAGE, PAGE);
	handle = scene_map(&scene, fd);
	crew_add(&crew, "look", do_look, NULL);
	crew_add(&crew, "look too", do_look, NULL);
	crew_add(&crew, "export", do_export, NULL);
	crew_add(&crew, "reset", do_reset, NULL);
	crew_work(&crew, HAMMER_MS);
	crew_park(&crew);
	printf("# %lu looks, %lu exports, %lu resets\n",
	       crew_rounds(&crew, "look"), crew_rounds(&crew, "export"),
	       crew_rounds(&crew, "reset"));
	assert_true(crew_rounds(&crew, "reset") > 0);
	assert_true(crew_rounds(&crew, "export") > 0);

	/* The device goes while others look. */
	crew_stop(&crew);
	crew_check(&crew);
	crew_add(&crew, "look", do_look, NULL);
	assert_ok(importer_detach(&scene.imp, handle));
	close_device();
	crew_work(&crew, HAMMER_MS / 8);
	close(fd);
	crew_stop(&crew);
	crew_check(&crew);
}

/* Of the kernel's own dma-bufs nothing is known here. */
static void test_native(void **state)
{
	int fd;

	if (!native_there())
		skip();
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_ok(module_load(MODULE_UNDER_TEST, "exporter=native"));
	open_scene();
	fd = scene_export(&scene, 0, PAGE);
	view_read(&view, 0);
	view_expect(view_line(&view, "view", NULL, NULL, 0), "exporter",
		    "native");
	assert_int_equal(view.nr, 1);
	close(fd);
	scene_close(&scene);
	setup(NULL);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_UNDER_TEST));
}

/* Mostly it is not open. */
static void do_look_and_wait(struct crew *crew, void *context)
{
	struct stat file;
	unsigned int i;

	do_look(crew, context);
	for (i = 0; i < 50; i++)
		stat(VIEW_FILE, &file);
}

/* An open file is in the way of an unload for a moment, not more. */
static void test_hammered_unload(void **state)
{
	unsigned int unloaded = 0, busy = 0;
	const long long end = crew_clock() + SOON_MS;
	int ret;

	crew_add(&crew, "look", do_look_and_wait, NULL);
	/* How often a look is under way just then is luck. */
	while ((unloaded < HAMMER_EACH || !busy) &&
	       crew_clock() < end && !crew_failed(&crew)) {
		assert_ok(module_ensure(MODULE_UNDER_TEST));
		ret = module_unload(MODULE_UNDER_TEST);
		if (ret)
			assert_errno(ret, EWOULDBLOCK);
		unloaded += !ret;
		busy += !!ret;
	}
	crew_stop(&crew);
	crew_check(&crew);
	printf("# unloaded %u times, %u times it was in use\n", unloaded, busy);
	assert_true(unloaded >= HAMMER_EACH);
	assert_true(busy);
	assert_ok(module_ensure(MODULE_UNDER_TEST));
}

static int load(void **state)
{
	return module_ensure(MODULE_UNDER_TEST);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_export),
		TEST(test_two_exports),
		TEST(test_comm),
		TEST(test_importers),
		TEST(test_no_addresses),
		TEST(test_reset),
		TEST(test_config),
		TEST(test_power),
		TEST(test_close),
		TEST(test_unbind),
		TEST(test_small_reads),
		TEST(test_seek),
		TEST(test_slow_reader),
		TEST(test_nobody),
		TEST(test_native),
		TEST(test_hammered),
		TEST(test_hammered_unload),
	};

	return tap_run(tests, load, NULL);
}
