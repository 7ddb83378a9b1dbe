/* SPDX-License-Identifier: GPL-2.0-only */
/* A scene whose exporter was opened by its device node. */
#ifndef TEST_CDEV_SCENE_H
#define TEST_CDEV_SCENE_H

#include "peer.h"
#include "scene.h"
#include "vfio_cdev.h"

/* Peers by both ABIs: the device feature, and the misc device */
#define CDEV_PEERS	2

/**
 * struct cdev_scene - an exporter in an address space of an iommufd
 * @scene: what there is in a scene with groups, too
 * @iommufd: -1 once the test has closed it
 * @ioas: an address space of it
 * @peers: of the exporter
 */
struct cdev_scene {
	struct scene scene;
	int iommufd;
	int ioas;
	struct peer peers[CDEV_PEERS];
};

#define CDEV_SCENE_CLOSED { \
	.scene.dev.fd = -1, \
	.scene.imp.fd = -1, \
	.scene.control = -1, \
	.iommufd = -1, \
	.peers = { { .dmabuf = -1 }, { .dmabuf = -1 } }, \
}

/* All functions fail the test if anything is wrong. */

/*
 * All but the bind: the device node is open, and nothing may be done with it.
 * The test is skipped where there are no device nodes.
 */
void cdev_scene_open(struct cdev_scene *cdev, const char *exporter,
		     const char *importer);

/* Bind to the iommufd, memory decode on, and map the BAR. */
void cdev_scene_bind(struct cdev_scene *cdev);

/* Attach to the address space. */
void cdev_scene_attach(struct cdev_scene *cdev);

/* All of that */
void cdev_scene_start(struct cdev_scene *cdev, const char *exporter,
		      const char *importer);

/* After a close: the node again, with a new iommufd, bound and attached */
void cdev_scene_restart(struct cdev_scene *cdev);

/* The owner's mapping of the BAR holds the device open as an fd does. */
void cdev_scene_unmap_bar(struct cdev_scene *cdev);

/* Closes what is open, also after a test that failed. */
void cdev_scene_close(struct cdev_scene *cdev);

/* They are dma-bufs of who should make them here, kernel or module. */
void cdev_peers_begin(struct cdev_scene *cdev);
void cdev_peers_end(struct cdev_scene *cdev);

/* Each of them as peer_expect_kept()... has it */
void cdev_peers_expect(struct cdev_scene *cdev,
		       void (*expect)(struct peer *peer));

#endif /* TEST_CDEV_SCENE_H */
