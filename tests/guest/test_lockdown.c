// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that was locked down, as with Secure Boot: what is loaded works, what
 * is not signed cannot be loaded.  There is no way back, so this has a VM of its
 * own.
 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "env.h"
#include "kmod.h"
#include "peer.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_reset.h"
#include "view.h"

#define LOCKDOWN	"/sys/kernel/security/lockdown"

static struct scene scene;

static int setup(void **state)
{
	mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	if (access(LOCKDOWN, W_OK) < 0)
		return 0;
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");

	return sysfs_write(LOCKDOWN, "confidentiality");
}

static void skip_without_lockdown(void)
{
	if (access(LOCKDOWN, W_OK) < 0)
		skip();
}

static void test_locked_down(void **state)
{
	char modes[80];

	skip_without_lockdown();
	assert_ok(sysfs_read(LOCKDOWN, modes, sizeof(modes)));
	assert_non_null(strstr(modes, "[confidentiality]"));
}

/* Export, DMA, revocation: none of it is raw access to memory. */
static void test_works(void **state)
{
	struct peer peer;

	skip_without_lockdown();
	peer_begin(&peer, &scene, 0);
	assert_ok(vfio_dev_reset(&scene.dev));
	peer_expect_taken_and_given_back(&peer);
	peer_end(&peer);
}

/* Debugfs is closed then, but for files that tell and take nothing. */
static void test_exports(void **state)
{
	struct view view = { NULL };
	int fd;

	skip_without_lockdown();
	fd = scene_export(&scene, 0, 4096);
	view_expect(view_export(&view, fd), "state", "live");
	view_free(&view);
	close(fd);
}

static void test_unsigned(void **state)
{
	skip_without_lockdown();
	scene_close(&scene);
	assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_errno(module_load(MODULE_UNDER_TEST, ""), EPERM);
	assert_false(module_loaded(MODULE_UNDER_TEST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locked_down),
		cmocka_unit_test(test_works),
		cmocka_unit_test(test_exports),
		cmocka_unit_test(test_unsigned),
	};

	return tap_run(tests, setup, NULL);
}
