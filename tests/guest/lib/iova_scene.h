/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One device's BAR in the address space of another, in one iommufd: an exporter, and an
 * edu that user space drives.
 */
#ifndef TEST_IOVA_SCENE_H
#define TEST_IOVA_SCENE_H

#include <stddef.h>

#include <linux/types.h>

#include "edu_user.h"
#include "vfio_cdev.h"

/* How much of the BAR is mapped, and where it is for the edu */
#define IOVA_SIZE	(2ul << 20)
#define IOVA_BAR	0x40000000ull

/* Memory of the process, that the edu reads from and writes to */
#define IOVA_RAM	0x10000000ull
#define IOVA_RAM_SIZE	4096ul

/**
 * struct iova_scene - two devices, opened by their nodes
 * @dev: the exporter, memory decode on
 * @peer: the edu, attached to the address space
 * @edu: its engine
 * @iommufd: of both
 * @ioas: the address space
 * @control: fd of the misc device
 * @bar: vfio's own mmap of the BAR, or NULL; it holds the exporter open
 * @pages: mmap of the pages, or NULL
 * @ram: memory at IOVA_RAM
 */
struct iova_scene {
	struct vfio_dev dev;
	struct vfio_dev peer;
	struct edu_user edu;
	int iommufd;
	int ioas;
	int control;
	char *bar;
	char *pages;
	char *ram;
};

#define IOVA_SCENE_CLOSED { \
	.dev.fd = -1, .peer.fd = -1, .iommufd = -1, .control = -1, \
}

/* All functions fail the test if anything is wrong. */

/*
 * All but the mappings of the process.  The test is skipped where there are no device
 * nodes, or no pages for an IOMMU.
 */
void iova_scene_open(struct iova_scene *scene, const char *exporter,
		     const char *importer);

/* The same, also where there are no such pages */
void iova_scene_open_any(struct iova_scene *scene, const char *exporter,
			 const char *importer);

/* The first IOVA_SIZE of the BAR by vfio's mmap; after it is registered, if it is. */
void iova_scene_map_bar(struct iova_scene *scene);

/* Register the BAR with flags, and then mmap IOVA_SIZE of it: by vfio, and its pages. */
void iova_scene_register(struct iova_scene *scene, __u32 flags);

/* The first IOVA_SIZE of the BAR at IOVA_BAR; a negative errno if that fails */
int iova_scene_map(struct iova_scene *scene);
void iova_scene_unmap(struct iova_scene *scene);

/* All of that */
void iova_scene_start(struct iova_scene *scene, const char *exporter,
		      const char *importer, __u32 flags);

/* A pattern by DMA of the edu from memory to the BAR, and back from there */
void iova_scene_check_dma(struct iova_scene *scene, unsigned int seed);

/* The mappings of the process, both of which are no more after that */
void iova_scene_munmap_bar(struct iova_scene *scene);
void iova_scene_munmap_pages(struct iova_scene *scene);

void iova_scene_close_exporter(struct iova_scene *scene);
void iova_scene_close_importer(struct iova_scene *scene);
void iova_scene_close_iommufd(struct iova_scene *scene);

/* Closes what is open, also after a test that failed. */
void iova_scene_close(struct iova_scene *scene);

/* Open the exporter again and bind it; -EBUSY... if that fails */
int iova_scene_reopen(struct iova_scene *scene);

#endif /* TEST_IOVA_SCENE_H */
