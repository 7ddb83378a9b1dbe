// SPDX-License-Identifier: GPL-2.0-only
/* The example of the README does what the README says. */
#include <errno.h>
#include <unistd.h>

#include "scene.h"
#include "tap.h"

#include "../../examples/export_bar.c"

static struct scene scene;

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

static void test_export_bar(void **state)
{
	int fd = assert_ok(export_bar(scene.dev.fd, SCENE_BAR, 8192, 4096));
	int handle = scene_map(&scene, fd);

	scene_check_write(&scene, handle, 8192, 4096, 7);
	assert_ok(importer_detach(&scene.imp, handle));
	assert_ok(close(fd));
}

static void test_says_why_not(void **state)
{
	assert_int_equal(export_bar(scene.dev.fd, SCENE_BAR, 1, 4096), -1);
	assert_int_equal(errno, EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_export_bar),
		cmocka_unit_test(test_says_why_not),
	};

	tap_begin();
	return cmocka_run_group_tests(tests, setup, teardown);
}
