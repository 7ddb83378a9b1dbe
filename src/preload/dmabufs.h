/* SPDX-License-Identifier: GPL-2.0-only */
/* Of which BARs this process has dma-bufs that the module has made */
#ifndef PRELOAD_DMABUFS_H
#define PRELOAD_DMABUFS_H

#include <stdint.h>
#include <sys/types.h>

#include <vfio-p2p.h>

/**
 * struct dmabuf - a part of a BAR
 * @fs: where the dma-buf's file is
 * @inode: of that; there is no second one, as long as the machine runs
 * @device: whose BAR it is
 * @number: of the BAR
 * @range: of that
 */
struct dmabuf {
	dev_t fs;
	ino_t inode;
	dev_t device;
	unsigned int number;
	struct vfio_p2p_range range;
};

/* All take the lock of the BARs. */

/* A VFIO_DEVICE_FEATURE of the fd has ended so; it may have made one. */
void dmabufs_add(int device_fd, const struct vfio_device_feature *feature,
		 int dmabuf_fd);

/* Is it one of these? */
int dmabufs_find(int dmabuf_fd, struct dmabuf *dmabuf);

#endif /* PRELOAD_DMABUFS_H */
