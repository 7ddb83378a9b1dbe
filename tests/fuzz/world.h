/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs act on, and a model of the state it is in.
 *
 * Each program finds the devices open and awake, memory decode on, and no
 * dma-buf.  What it leaves behind is taken away after it, and must let itself be
 * taken away.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include <stdbool.h>

#include "importer.h"
#include "p2p.h"
#include "vfio_dev.h"

#define PAGE		4096ull

#define NR_DEVICES	3
#define NR_IMPORTERS	3
#define NR_BARS		6
#define NR_BUFFERS	6
#define NR_ATTACHMENTS	6

/* Importers: two with a DMA engine, one that is no PCI device */
#define IMPORTER_NONPCI	2

/* How much of SCENE_BAR programs write to by DMA, and is looked at */
#define WINDOW		(64 * PAGE)
#define WINDOW_BAR	2

/* The exporter whose resets are quick, and which has low-power states */
#define DEVICE_NVME	0

/* A state that follows from what was done, or does not */
enum certain { NO, YES, MAYBE };

/**
 * struct bar - one of a device
 * @start: physical address
 * @size: 0 if there is none
 * @memory: it is no I/O BAR
 * @prefetchable: it is
 */
struct bar {
	__u64 start;
	__u64 size;
	bool memory;
	bool prefetchable;
};

/**
 * struct device - an exporter
 * @vfio: open, or its fd is -1
 * @name: of the topology
 * @bars: all
 * @window: the owner's mapping of WINDOW bytes of WINDOW_BAR, if that is memory
 * @opens: counts
 * @pm_cap: where the power management capability is, 0 if there is none
 * @decode: memory decode is on in PCI_COMMAND
 * @d3hot: that is where the owner put it
 * @low_power: entered; MAYBE: and perhaps woken up
 */
struct device {
	struct vfio_dev vfio;
	const char *name;
	struct bar bars[NR_BARS];
	volatile __u32 *window;
	unsigned int opens;
	int pm_cap;
	bool decode;
	enum certain d3hot;
	enum certain low_power;
};

/**
 * struct buffer - a dma-buf
 * @used: it exists
 * @fd: -1 if only attachments are left
 * @device: whose
 * @opens: of the device, when it was made
 * @bar: of the device
 * @size: in bytes
 * @nr: of @ranges
 * @ranges: as they should be mapped, neighbours are one
 * @revoked: it was taken back for good
 */
struct buffer {
	bool used;
	int fd;
	struct device *device;
	unsigned int opens;
	__u32 bar;
	__u64 size;
	__u32 nr;
	struct vfio_p2p_range *ranges;
	bool revoked;
};

/**
 * struct attachment - one of a buffer
 * @handle: 0 if the slot is free
 * @importer: index of world.importers[]
 * @buffer: to which
 * @flavour: of the importer
 * @mapped: as it was left; what events do to that is in model_mapped()
 * @direction: of the mapping
 * @address: DMA address of the latest mapping's first entry
 */
struct attachment {
	int handle;
	int importer;
	struct buffer *buffer;
	__u32 flavour;
	enum certain mapped;
	__u32 direction;
	__u64 address;
};

struct world {
	int control;
	__u64 capabilities;
	/* Without that it takes privileges to register a BAR. */
	bool clears_memory;
	struct device devices[NR_DEVICES];
	struct importer importers[NR_IMPORTERS];
	struct buffer buffers[NR_BUFFERS];
	struct attachment attachments[NR_ATTACHMENTS];
};

extern struct world world;

/* Fails the test where there are no such devices. */
void world_open(void);
void world_close(void);

/* Bring it back to where programs begin, and see that nothing is left. */
void world_reset(void);

/* Close all, unload the modules, load them again, open all. */
void world_renew(void);

void device_open(struct device *device);
void device_close(struct device *device);

/* The owner's mapping; nothing happens if there is one, or none */
void device_open_window(struct device *device);
void device_close_window(struct device *device);

/* -1: there is no room; buffer or attachment of an index in those in use */
struct buffer *buffer_free_slot(void);
struct buffer *buffer_pick(__u32 choice);
struct attachment *attachment_free_slot(void);
struct attachment *attachment_pick(__u32 choice);

/* The owner lets go of it; it is forgotten with its last attachment. */
void buffer_close(struct buffer *buffer);
void attachment_forget(struct attachment *att);

/* Reads or writes the owner's view; only while the device decodes. */
bool device_window_usable(const struct device *device);

/* fds of this process */
unsigned int count_fds(void);

#endif /* FUZZ_WORLD_H */
