/* SPDX-License-Identifier: GPL-2.0-only */
/* The test importer. */
#ifndef TEST_IMPORTER_H
#define TEST_IMPORTER_H

#include <stddef.h>

#include <linux/vfio_p2p_dmabuf.h>

#include "p2p_test_importer.h"

/* Longer than any DMA or event takes on a slow machine, shorter than a hang */
#define IMPORTER_TIMEOUT_MS	30000

/**
 * struct importer - an open importer
 * @fd: the misc device
 * @pending: events that were taken but not waited for yet; so only one thread
 *	at a time may wait
 */
struct importer {
	int fd;
	__u32 pending;
};

/*
 * All functions return a negative errno if they fail; what means which is in
 * p2p_test_importer.h.
 */
int importer_open(struct importer *imp, const char *bdf);
int importer_open_nonpci(struct importer *imp);
void importer_close(struct importer *imp);

/* Return the handle, which is positive. */
int importer_attach(struct importer *imp, int dmabuf_fd,
		    enum p2p_test_flavour flavour);
int importer_attach_late(struct importer *imp, int dmabuf_fd, __u32 late_ms);

int importer_detach(struct importer *imp, int handle);
int importer_map(struct importer *imp, int handle,
		 enum p2p_test_direction direction);
int importer_unmap(struct importer *imp, int handle);

/* Signal the fence of a P2P_TEST_FENCE attachment, and unmap. */
int importer_signal(struct importer *imp, int handle);

/* DMA of the importer through the mapping: write to, read from the dma-buf */
int importer_write(struct importer *imp, int handle, __u64 offset,
		   const void *buf, size_t size);
int importer_read(struct importer *imp, int handle, __u64 offset, void *buf,
		  size_t size);

/* DMA of the importer to or from any DMA address */
int importer_raw_write(struct importer *imp, __u64 address, const void *buf,
		       size_t size);
int importer_raw_read(struct importer *imp, __u64 address, void *buf,
		      size_t size);

int importer_stat(struct importer *imp, int handle, struct p2p_test_stat *stat);

/* The number of entries of the sg list; fills ENTRIES as far as there is room */
int importer_sg(struct importer *imp, int handle,
		struct p2p_test_sg_entry *entries, __u32 room);

/*
 * Wait until one of EVENTS (P2P_TEST_EVENT_*) has happened since it was last
 * waited for.  Returns those of EVENTS that did; -ETIMEDOUT; -ENODEV if the
 * importer was unbound.
 */
int importer_wait(struct importer *imp, __u32 events, int timeout_ms);

/* Forget what happened so far. */
int importer_clear_events(struct importer *imp);

/* A PCI function in runtime suspend can't be woken up until it may again. */
int importer_keep_asleep(struct importer *imp, const char *bdf);
int importer_let_wake(struct importer *imp);

/* enum p2p_test_memory_type of a page of the caller, which is in no huge page */
int importer_memory_type(struct importer *imp, const void *page);

/*
 * Pin memory of the process for long, for writing: by an ioctl() that looks like one of
 * iommufd, or by any other.  A file has one such range, until it is closed.
 */
int importer_pin_as_iommufd(struct importer *imp, const void *addr,
			    size_t size);
int importer_pin(struct importer *imp, const void *addr, size_t size);
int importer_unpin(struct importer *imp);

/* Take (1) or give back (-1) a reference of the page at a physical address. */
int importer_page_ref(struct importer *imp, __u64 address, int change);

/* A function, as the importer's calls name it */
struct p2p_test_function importer_function(const struct vfio_p2p_bdf *bdf);

#endif /* TEST_IMPORTER_H */
