// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"
#include "ioas.h"
#include "iova_scene.h"
#include "kmod.h"
#include "p2p.h"
#include "pages.h"
#include "pattern.h"
#include "scene.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"

static void map_ram(struct iova_scene *scene)
{
	void *ram = mmap(NULL, IOVA_RAM_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(ram, MAP_FAILED);
	scene->ram = ram;
	assert_ok(ioas_map(scene->iommufd, scene->ioas, ram, IOVA_RAM,
			   IOVA_RAM_SIZE));
}

void iova_scene_open_any(struct iova_scene *scene, const char *exporter,
			 const char *importer)
{
	const char *bdf = vfio_cdev_bdf_or_skip(exporter);
	const char *peer = vfio_cdev_bdf_or_skip(importer);

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	scene->control = assert_ok(p2p_open());
	scene->iommufd = assert_ok(iommufd_open());
	scene->ioas = assert_ok(iommufd_ioas_alloc(scene->iommufd));
	assert_ok(vfio_cdev_open(&scene->dev, bdf));
	assert_ok(vfio_cdev_bind(&scene->dev, scene->iommufd));
	assert_ok(vfio_config_set_memory(&scene->dev, true));
	assert_ok(vfio_cdev_open(&scene->peer, peer));
	assert_ok(vfio_cdev_bind(&scene->peer, scene->iommufd));
	assert_ok(vfio_cdev_attach(&scene->peer, scene->ioas));
	assert_ok(edu_user_open(&scene->edu, &scene->peer));
	map_ram(scene);
}

void iova_scene_open(struct iova_scene *scene, const char *exporter,
		     const char *importer)
{
	iova_scene_open_any(scene, exporter, importer);
	pages_iommu_skip(scene->control);
}

void iova_scene_map_bar(struct iova_scene *scene)
{
	void *bar;

	assert_null(scene->bar);
	assert_ok(vfio_region_mmap(&scene->dev, SCENE_BAR, 0, IOVA_SIZE, &bar));
	scene->bar = bar;
}

void iova_scene_register(struct iova_scene *scene, __u32 flags)
{
	assert_ok(pages_iommu_register(scene->control, scene->dev.fd, SCENE_BAR,
				       flags));
	iova_scene_map_bar(scene);
	scene->pages = pages_iommu_map(scene->control, scene->dev.fd, SCENE_BAR,
				       0, IOVA_SIZE);
}

int iova_scene_map(struct iova_scene *scene)
{
	return ioas_map(scene->iommufd, scene->ioas, scene->pages, IOVA_BAR,
			IOVA_SIZE);
}

void iova_scene_unmap(struct iova_scene *scene)
{
	assert_ok(ioas_unmap(scene->iommufd, scene->ioas, IOVA_BAR, IOVA_SIZE));
}

void iova_scene_start(struct iova_scene *scene, const char *exporter,
		      const char *importer, __u32 flags)
{
	iova_scene_open(scene, exporter, importer);
	iova_scene_register(scene, flags);
	assert_ok(iova_scene_map(scene));
}

void iova_scene_check_dma(struct iova_scene *scene, unsigned int seed)
{
	const size_t size = EDU_USER_CHUNK;
	const __u64 offset = IOVA_SIZE - 4096;

	pattern_fill(scene->ram, size, seed, 0);
	assert_ok(edu_user_copy(&scene->edu, IOVA_RAM, IOVA_BAR + offset,
				size));
	if (scene->bar)
		assert_int_equal(pattern_check_io(scene->bar + offset, size,
						  seed, 0), size);
	memset(scene->ram, 0, size);
	assert_ok(edu_user_copy(&scene->edu, IOVA_BAR + offset, IOVA_RAM,
				size));
	assert_int_equal(pattern_check(scene->ram, size, seed, 0), size);
}

void iova_scene_munmap_bar(struct iova_scene *scene)
{
	if (scene->bar)
		munmap(scene->bar, IOVA_SIZE);
	scene->bar = NULL;
}

void iova_scene_munmap_pages(struct iova_scene *scene)
{
	if (scene->pages)
		munmap(scene->pages, IOVA_SIZE);
	scene->pages = NULL;
}

void iova_scene_close_exporter(struct iova_scene *scene)
{
	iova_scene_munmap_bar(scene);
	vfio_cdev_close(&scene->dev);
}

void iova_scene_close_importer(struct iova_scene *scene)
{
	edu_user_close(&scene->edu);
	vfio_cdev_close(&scene->peer);
}

void iova_scene_close_iommufd(struct iova_scene *scene)
{
	if (scene->iommufd >= 0)
		close(scene->iommufd);
	scene->iommufd = -1;
}

void iova_scene_close(struct iova_scene *scene)
{
	const struct iova_scene closed = IOVA_SCENE_CLOSED;

	iova_scene_munmap_pages(scene);
	iova_scene_close_exporter(scene);
	iova_scene_close_importer(scene);
	iova_scene_close_iommufd(scene);
	if (scene->control >= 0)
		close(scene->control);
	if (scene->ram)
		munmap(scene->ram, IOVA_RAM_SIZE);
	*scene = closed;
}

int iova_scene_reopen(struct iova_scene *scene)
{
	const struct vfio_dev closed = scene->dev;
	int ret;

	ret = vfio_cdev_open(&scene->dev, closed.bdf);
	if (!ret)
		ret = vfio_cdev_bind(&scene->dev, scene->iommufd);
	if (ret < 0)
		vfio_cdev_close(&scene->dev);
	return ret < 0 ? ret : 0;
}
