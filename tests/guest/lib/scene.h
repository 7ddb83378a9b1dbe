/* SPDX-License-Identifier: GPL-2.0-only */
/* What most tests need: an exporter, its BAR mapped, and an importer. */
#ifndef TEST_SCENE_H
#define TEST_SCENE_H

#include <stddef.h>

#include "importer.h"
#include "p2p.h"
#include "vfio_dev.h"

/* BAR with memory behind it, of all exporters in the topologies */
#define SCENE_BAR	2

/* How much of it a scene maps */
#define SCENE_SIZE	(1 << 20)

/**
 * struct scene - an exporter and an importer, ready for an export
 * @dev: the exporter, bound to vfio-pci and opened, memory decode on
 * @imp: the importer
 * @bar: the owner's mapping of the first SCENE_SIZE bytes of SCENE_BAR
 * @control: fd of the misc device
 */
struct scene {
	struct vfio_dev dev;
	struct importer imp;
	char *bar;
	int control;
};

/* Names are those of the topology.  Fails the test if anything is wrong. */
void scene_open(struct scene *scene, const char *exporter,
		const char *importer);

/* Closes what is open; what the test closed itself it sets to -1 or NULL. */
void scene_close(struct scene *scene);

/* A dma-buf fd over one slice of SCENE_BAR, by the device feature. */
int scene_export(struct scene *scene, __u64 offset, __u64 length);

/* Attach and map for both directions; returns the handle. */
int scene_map(struct scene *scene, int dmabuf_fd);

/* A pattern by DMA into the dma-buf, looked at through the owner's mapping. */
void scene_check_write(struct scene *scene, int handle, __u64 bar_offset,
		       size_t size, unsigned int seed);

#endif /* TEST_SCENE_H */
