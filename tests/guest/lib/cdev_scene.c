// SPDX-License-Identifier: GPL-2.0-only
/* A scene whose exporter was opened by its device node. */
#include <sys/mman.h>
#include <unistd.h>

#include "cdev_scene.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"

/* A page for each peer */
#define FIRST_PAGE_AT	8192

static void open_device(struct cdev_scene *cdev, const char *bdf)
{
	cdev->iommufd = assert_ok(iommufd_open());
	cdev->ioas = assert_ok(iommufd_ioas_alloc(cdev->iommufd));
	assert_ok(vfio_cdev_open(&cdev->scene.dev, bdf));
}

void cdev_scene_open(struct cdev_scene *cdev, const char *exporter,
		     const char *importer)
{
	const char *bdf = vfio_cdev_bdf_or_skip(exporter);

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(module_ensure(MODULE_IMPORTER));
	open_device(cdev, bdf);
	assert_ok(importer_open(&cdev->scene.imp, env_bdf_or_skip(importer)));
	cdev->scene.control = assert_ok(p2p_open());
}

void cdev_scene_bind(struct cdev_scene *cdev)
{
	void *bar;

	assert_ok(vfio_cdev_bind(&cdev->scene.dev, cdev->iommufd));
	assert_ok(vfio_config_set_memory(&cdev->scene.dev, true));
	assert_ok(vfio_region_mmap(&cdev->scene.dev, SCENE_BAR, 0, SCENE_SIZE,
				   &bar));
	cdev->scene.bar = bar;
}

void cdev_scene_attach(struct cdev_scene *cdev)
{
	assert_ok(vfio_cdev_attach(&cdev->scene.dev, cdev->ioas));
}

void cdev_scene_start(struct cdev_scene *cdev, const char *exporter,
		      const char *importer)
{
	cdev_scene_open(cdev, exporter, importer);
	cdev_scene_bind(cdev);
	cdev_scene_attach(cdev);
}

void cdev_scene_restart(struct cdev_scene *cdev)
{
	const struct vfio_dev closed = cdev->scene.dev;

	open_device(cdev, closed.bdf);
	cdev_scene_bind(cdev);
	cdev_scene_attach(cdev);
}

void cdev_scene_unmap_bar(struct cdev_scene *cdev)
{
	if (cdev->scene.bar)
		munmap(cdev->scene.bar, SCENE_SIZE);
	cdev->scene.bar = NULL;
}

void cdev_scene_close(struct cdev_scene *cdev)
{
	const struct cdev_scene closed = CDEV_SCENE_CLOSED;
	int i;

	cdev_scene_unmap_bar(cdev);
	vfio_cdev_close(&cdev->scene.dev);
	if (cdev->iommufd >= 0)
		close(cdev->iommufd);
	/* Importers detach as they are closed. */
	scene_close(&cdev->scene);
	for (i = 0; i < CDEV_PEERS; i++) {
		if (cdev->peers[i].dmabuf >= 0)
			close(cdev->peers[i].dmabuf);
	}
	*cdev = closed;
}

void cdev_peers_begin(struct cdev_scene *cdev)
{
	const __u64 second_page_at = FIRST_PAGE_AT + PEER_PAGE;
	struct scene *scene = &cdev->scene;
	int dmabuf, i;

	peer_begin(&cdev->peers[0], scene, FIRST_PAGE_AT);
	dmabuf = assert_ok(p2p_export_range(scene->control, scene->dev.fd,
					    SCENE_BAR, second_page_at,
					    PEER_PAGE));
	peer_begin_with(&cdev->peers[1], scene, second_page_at, dmabuf);
	for (i = 0; i < CDEV_PEERS; i++)
		assert_int_equal(native_made(cdev->peers[i].dmabuf),
				 native_used());
}

void cdev_peers_end(struct cdev_scene *cdev)
{
	int i;

	for (i = 0; i < CDEV_PEERS; i++) {
		peer_end(&cdev->peers[i]);
		cdev->peers[i].dmabuf = -1;
	}
}

void cdev_peers_expect(struct cdev_scene *cdev,
		       void (*expect)(struct peer *peer))
{
	int i;

	for (i = 0; i < CDEV_PEERS; i++)
		expect(&cdev->peers[i]);
}
