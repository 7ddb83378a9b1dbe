// SPDX-License-Identifier: GPL-2.0-only
/* Of which BARs this process has dma-bufs that the module has made */
#include <sys/stat.h>

#include "bars.h"
#include "dmabufs.h"

/* The last ones.  VMMs map them at once, and have few. */
#define MANY	256

static struct dmabuf dmabufs[MANY];
static unsigned int next;

/* The kernel imports its own, if of one range. */
void dmabufs_add(int device_fd, const struct vfio_device_feature *feature,
		 int dmabuf_fd)
{
	const struct vfio_device_feature_dma_buf *get =
		(const void *)feature->data;
	struct dmabuf new;
	struct stat stat;

	if (feature->flags != (VFIO_DEVICE_FEATURE_GET |
			       VFIO_DEVICE_FEATURE_DMA_BUF) ||
	    get->nr_ranges != 1 || fstat(dmabuf_fd, &stat) ||
	    !bars_is_device(device_fd, &new.device) ||
	    vfio_p2p_made_by(dmabuf_fd, NULL) != VFIO_P2P_MAKER_MODULE)
		return;

	new.fs = stat.st_dev;
	new.inode = stat.st_ino;
	new.number = get->region_index;
	new.range.offset = get->dma_ranges[0].offset;
	new.range.length = get->dma_ranges[0].length;
	bars_lock();
	dmabufs[next++ % MANY] = new;
	bars_unlock();
}

int dmabufs_find(int dmabuf_fd, struct dmabuf *dmabuf)
{
	unsigned int i;
	struct stat stat;
	int found = 0;

	if (fstat(dmabuf_fd, &stat))
		return 0;

	bars_lock();
	for (i = 0; i < MANY && !found; i++) {
		if (dmabufs[i].fs == stat.st_dev &&
		    dmabufs[i].inode == stat.st_ino) {
			*dmabuf = dmabufs[i];
			found = 1;
		}
	}
	bars_unlock();
	return found;
}
