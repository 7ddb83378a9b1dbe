// SPDX-License-Identifier: GPL-2.0-only
/* What of a BAR with pages keeps the module, and what is left when it goes. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bar.h"
#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "kmsg.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "slab.h"
#include "slice.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_region.h"

#define PAGE	4096ul
#define BAR	2

#define ROUNDS	10

static struct vfio_dev dev = { .fd = -1 };
static int control = -1;

static void close_control(void)
{
	close(control);
	control = -1;
}

static int teardown(void **state)
{
	vfio_dev_close(&dev);
	if (control >= 0)
		close_control();
	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

static void begin(void)
{
	served_open(&dev, "EXPORTER_IVSHMEM");
	control = assert_ok(p2p_open());
	pages_skip(control);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
}

static char *map_slice(void)
{
	return slice_map(control, dev.fd, BAR, PAGE);
}

static void expect_kept(void)
{
	assert_errno(module_unload(MODULE_UNDER_TEST), EWOULDBLOCK);
}

static void expect_unloads(void)
{
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	assert_ok(module_unload(MODULE_UNDER_TEST));
}

static void test_registered(void **state)
{
	char *addr;

	begin();
	close_control();
	expect_kept();
	control = assert_ok(p2p_open());
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	close_control();
	expect_unloads();

	/* The device is open, and has had pages. */
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	control = assert_ok(p2p_open());
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	addr = map_slice();
	slice_expect_there(addr);
	munmap(addr, PAGE);
	close_control();
	expect_kept();
	vfio_dev_close(&dev);
	expect_unloads();
}

/* Neither registration nor device, only a mapping */
static void test_mapped(void **state)
{
	char *addr;

	begin();
	addr = map_slice();
	slice_expect_there(addr);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	close_control();
	expect_kept();
	vfio_dev_close(&dev);
	expect_kept();
	assert_errno(touch_write(addr, 0), EFAULT);
	munmap(addr, PAGE);
	expect_unloads();
}

/* Somebody else has it, on the way. */
static void test_slice_in_a_socket(void **state)
{
	char data = 0, room[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int sockets[2], fd;

	begin();
	fd = assert_ok(pages_alloc(control, dev.fd, BAR, PAGE, NULL));
	assert_ok(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	assert_int_equal(sendmsg(sockets[0], &msg, 0), 1);
	close(fd);
	close_control();
	vfio_dev_close(&dev);
	expect_kept();
	close(sockets[0]);
	close(sockets[1]);
	expect_unloads();
}

/* The last to go is the one that looks after the pages. */
static void test_pinned(void **state)
{
	struct pin pin;
	unsigned int i;
	char *addr;

	for (i = 0; i < ROUNDS; i++) {
		begin();
		addr = map_slice();
		slice_expect_there(addr);
		assert_ok(pin_page(&pin, addr));
		munmap(addr, PAGE);
		close_control();
		vfio_dev_close(&dev);
		expect_kept();
		pin_drop(&pin);
		while (module_unload(MODULE_UNDER_TEST) == -EWOULDBLOCK)
			usleep(1000);
		assert_false(module_loaded(MODULE_UNDER_TEST));
	}
}

/*
 * A reference that somebody gives back who has not taken it, as KVM up to Linux 6.12 may:
 * the page is in use until one is taken that nobody gives back.
 */
static void test_stray_reference(void **state)
{
	int kmsg = assert_ok(kmsg_open());
	struct importer imp;
	__u64 page, offset;
	int fd;

	begin();
	fd = assert_ok(pages_alloc(control, dev.fd, BAR, PAGE, &offset));
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(importer_open_nonpci(&imp));
	page = pci_bar_start(dev.bdf, BAR) + offset;
	assert_ok(importer_page_ref(&imp, page, -1));
	assert_errno(pages_unregister(control, dev.fd, BAR, 0), EBUSY);
	assert_ok(importer_page_ref(&imp, page, 1));
	assert_ok(importer_page_ref(&imp, page, -1));
	vfio_dev_close(&dev);
	close_control();
	close(fd);
	expect_kept();
	assert_ok(importer_page_ref(&imp, page, 1));
	importer_close(&imp);
	while (module_unload(MODULE_UNDER_TEST) == -EWOULDBLOCK)
		usleep(1000);
	assert_false(module_loaded(MODULE_UNDER_TEST));
	assert_false(kmsg_find(kmsg, "WARNING"));
	close(kmsg);
}

/* vfio's mappings from before the module came */
static void test_mapped_before(void **state)
{
	const char *bdf = env_bdf_or_skip("EXPORTER_IVSHMEM");
	void *addr;

	begin();
	close_control();
	vfio_dev_close(&dev);
	expect_unloads();

	assert_ok(vfio_dev_open(&dev, bdf));
	assert_ok(vfio_config_set_memory(&dev, true));
	assert_ok(vfio_region_mmap(&dev, BAR, 0, PAGE, &addr));
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	control = assert_ok(p2p_open());
	assert_errno(pages_register(control, dev.fd, BAR, 0, 0), EBUSY);
	munmap(addr, PAGE);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
}

/* More than what of a slab cache may look used, and is not */
#define LEAVERS		100

/* A process that maps the BAR, and is gone when it is told to */
static pid_t start_leaver(int *go)
{
	int ready[2], leave[2];
	void *addr;
	pid_t pid;
	char c;

	assert_ok(pipe(ready));
	assert_ok(pipe(leave));
	pid = assert_ok(fork());
	if (!pid) {
		if (vfio_region_mmap(&dev, BAR, 0, PAGE, &addr) ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		close(leave[1]);
		_exit(read(leave[0], &c, 1));
	}
	close(leave[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	*go = leave[1];
	return pid;
}

static void end_leaver(pid_t pid, int go)
{
	int status;

	assert_int_equal(write(go, "", 1), 1);
	close(go);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
}

/* The module goes while it has noted who has mapped the device, which is open. */
static void map_and_unload(void)
{
	pid_t pid;
	int go;

	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	pid = start_leaver(&go);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	end_leaver(pid, go);
}

static const struct slab_cache *find_cache(const struct slab_usage *usage,
					   const char *name)
{
	unsigned int i;

	for (i = 0; i < usage->nr; i++)
		if (!strcmp(usage->caches[i].name, name))
			return &usage->caches[i];
	fail_msg("no slab cache %s", name);
	return NULL;
}

static void test_address_spaces(void **state)
{
	static struct slab_usage before, after;
	unsigned int i;
	long growth;

	begin();
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	close_control();
	expect_unloads();

	map_and_unload();
	slab_shrink("mm_struct");
	slab_measure(&before);
	for (i = 0; i < LEAVERS; i++)
		map_and_unload();
	slab_shrink("mm_struct");
	slab_measure(&after);
	growth = slab_growth(&before, find_cache(&after, "mm_struct"));
	print_message("%u processes, %ld more address spaces\n", LEAVERS,
		      growth);
	assert_true(growth < LEAVERS / 2);
}

#define TEST(fn)	cmocka_unit_test_teardown(fn, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registered),
		TEST(test_mapped),
		TEST(test_slice_in_a_socket),
		TEST(test_pinned),
		TEST(test_stray_reference),
		TEST(test_mapped_before),
		TEST(test_address_spaces),
	};

	return tap_run(tests, NULL, NULL);
}
