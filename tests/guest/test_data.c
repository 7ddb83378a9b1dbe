// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes arrive where they should: an importer reads and writes slices of a BAR
 * by peer-to-peer DMA.
 */
#include <unistd.h>

#include "scene.h"
#include "tap.h"

#define SLICE	16384

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

static void test_write(void **state)
{
	int fd = scene_export(&scene, 4096, SLICE);
	int handle = scene_map(&scene, fd);

	scene_check_write(&scene, handle, 4096, SLICE, 1);

	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
	};

	tap_begin();
	return cmocka_run_group_tests(tests, setup, teardown);
}
