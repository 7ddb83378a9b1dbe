/* SPDX-License-Identifier: GPL-2.0-only */
/* Who makes dma-bufs: the kernel, the module, or the floor. */
#ifndef BENCH_MAKER_H
#define BENCH_MAKER_H

#include <stdbool.h>

#include <linux/vfio.h>

#include "vfio_dev.h"

/* The exporter's BAR with memory behind it */
#define MAKER_BAR	2
#define MAKER_PAGE	4096ULL

/* How the ranges of a dma-buf lie */
enum shape {
	/* one range of so many bytes */
	SHAPE_ONE,
	/* so many pages, each next to the one before */
	SHAPE_ADJACENT,
	/* so many pages, with a page between each and the next */
	SHAPE_GAPS,
};

/**
 * struct maker - one of them, and the device
 * @name: in the results
 * @device: the exporter, open, memory decode on
 * @command: where PCI_COMMAND is in the file of the device
 * @floor: fd of the floor; -1 for others
 * @bar: where the BAR is
 * @bus_address: the floor is to do as if importers need no DMA API
 */
struct maker {
	const char *name;
	struct vfio_dev *device;
	__u64 command;
	int floor;
	__u64 bar;
	bool bus_address;
};

struct request;

/* All functions fail the program if anything is wrong. */
void maker_init(struct maker *maker, const char *name, struct vfio_dev *device);
void maker_init_floor(struct maker *maker, struct vfio_dev *device);
bool maker_is_floor(const struct maker *maker);
void maker_fini(struct maker *maker);

/* What is asked for, ready made, so that the time is that of the system call */
struct request *request_make(const struct maker *maker, enum shape shape,
			     __u64 count);
void request_free(struct request *request);

/* Returns the fd. */
int maker_export(const struct maker *maker, const struct request *request);

/* Take access to DMABUF, and to all others of the device, and give it back. */
void maker_revoke(const struct maker *maker, int dmabuf);
void maker_restore(const struct maker *maker, int dmabuf);

#endif /* BENCH_MAKER_H */
