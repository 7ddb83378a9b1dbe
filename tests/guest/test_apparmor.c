// SPDX-License-Identifier: GPL-2.0-only
/*
 * A confined program needs one rule in its profile, for the misc device; what it does
 * by the fd of a vfio device takes none.  SECURITY.md says so.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "child.h"
#include "p2p.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_feature.h"

#define SECURITYFS	"/sys/kernel/security"
#define LOAD		SECURITYFS "/apparmor/.replace"
#define CHANGE		"/proc/self/attr/apparmor/current"
#define PROFILES	"/tmp/profiles"

#define BAR	2
#define PAGE	4096

static const char profiles[] =
	"abi <abi/3.0>,\n"
	"profile p2p_test_without {\n"
	"}\n"
	"profile p2p_test_with {\n"
	"  /dev/vfio-p2p-dmabuf rw,\n"
	"}\n";

static struct vfio_dev dev = { .fd = -1 };

static int teardown(void **state)
{
	if (dev.fd >= 0)
		vfio_dev_close(&dev);
	return 0;
}

static void load_profiles(void)
{
	int fd = open(PROFILES, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const ssize_t size = strlen(profiles);

	assert_ok(fd);
	assert_int_equal(write(fd, profiles, size), size);
	close(fd);
	assert_int_equal(system("apparmor_parser --replace --skip-cache " PROFILES),
			 0);
}

/* Kernels without AppArmor, and those that were booted without it, have no such file. */
static void begin_or_skip(void)
{
	if (access(LOAD, W_OK))
		mount("securityfs", SECURITYFS, "securityfs", 0, NULL);
	if (access(LOAD, W_OK))
		skip();
	load_profiles();
	if (dev.fd < 0)
		served_open(&dev, "EXPORTER_NVME");
}

static void confine(const char *name)
{
	char text[64];

	snprintf(text, sizeof(text), "changeprofile %s", name);
	child_expect(sysfs_write(CHANGE, text) == 0);
	/* From now on it can't even read this. */
	child_expect(open("/proc/self/status", O_RDONLY | O_CLOEXEC) == -1);
	child_expect(errno == EACCES);
}

static void expect_usable(int dmabuf)
{
	__u32 value;
	void *addr;

	child_expect(dmabuf >= 0);
	addr = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	child_expect(addr != MAP_FAILED);
	child_expect(touch_write(addr, 0x5eed) == 0);
	child_expect(touch_read(addr, &value) == 0 && value == 0x5eed);
	close(dmabuf);
}

static void child_without(int device)
{
	confine("p2p_test_without");
	child_expect(p2p_open() == -EACCES);
	expect_usable(vfio_feature_dma_buf_range(device, BAR, 0, PAGE));
}

static void child_with(int device)
{
	struct vfio_p2p_info info;
	int control;

	confine("p2p_test_with");
	control = p2p_open();
	child_expect(control >= 0);
	child_expect(p2p_info(control, &info) == 0);
	expect_usable(p2p_export_range(control, device, BAR, 0, PAGE));
}

static void test_without_rule(void **state)
{
	begin_or_skip();
	child_run(child_without, dev.fd);
}

static void test_with_rule(void **state)
{
	begin_or_skip();
	child_run(child_with, dev.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_rule),
		cmocka_unit_test(test_with_rule),
	};

	return tap_run(tests, NULL, teardown);
}
