// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#include "env.h"
#include "kmod.h"
#include "pattern.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"

void scene_open(struct scene *scene, const char *exporter,
		const char *importer)
{
	const char *bdf = env_bdf_or_skip(exporter);
	void *addr;

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open(&scene->dev, bdf));
	assert_ok(vfio_config_set_memory(&scene->dev, true));
	assert_ok(vfio_region_mmap(&scene->dev, SCENE_BAR, 0, SCENE_SIZE,
				   &addr));
	scene->bar = addr;
	assert_ok(importer_open(&scene->imp, env_bdf_or_skip(importer)));
	scene->control = assert_ok(p2p_open());
}

void scene_close(struct scene *scene)
{
	if (scene->control >= 0)
		close(scene->control);
	if (scene->imp.fd >= 0)
		importer_close(&scene->imp);
	if (scene->bar)
		munmap(scene->bar, SCENE_SIZE);
	if (scene->dev.fd >= 0)
		vfio_dev_close(&scene->dev);
}

int scene_export(struct scene *scene, __u64 offset, __u64 length)
{
	return assert_ok(vfio_feature_dma_buf_range(scene->dev.fd, SCENE_BAR,
						    offset, length));
}

int scene_map(struct scene *scene, int dmabuf_fd)
{
	int handle;

	handle = assert_ok(importer_attach(&scene->imp, dmabuf_fd,
					   P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&scene->imp, handle, P2P_TEST_BIDIRECTIONAL));
	return handle;
}

void scene_check_write(struct scene *scene, int handle, __u64 bar_offset,
		       size_t size, unsigned int seed)
{
	char *data = malloc(size);

	assert_non_null(data);
	pattern_fill(data, size, seed, 0);
	assert_ok(importer_write(&scene->imp, handle, 0, data, size));
	assert_int_equal(pattern_check_io(scene->bar + bar_offset, size, seed,
					  0), size);
	free(data);
}
