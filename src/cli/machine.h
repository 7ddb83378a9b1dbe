/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI functions of a machine, read once and kept.
 */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bdf.h"
#include "config.h"

#define NR_BARS	6

/**
 * struct bar - a base address register
 * @size: in bytes, 0 if there is none
 * @address: its start as the CPU sees it, 0 if none is assigned
 * @memory: memory and no I/O ports
 * @wide: a 64-bit BAR
 * @prefetchable: as it says
 */
struct bar {
	uint64_t size;
	uint64_t address;
	bool memory;
	bool wide;
	bool prefetchable;
};

/**
 * struct function - a PCI function
 * @bdf: its address
 * @text: the same as text
 * @vendor: vendor ID
 * @device: device ID
 * @class: base class and subclass
 * @name: vendor and device in words
 * @driver: that is bound, or NULL
 * @group: number of its IOMMU group, -1 without one
 * @group_type: how that group's DMA is treated, as the kernel says it ("DMA",
 *	"DMA-FQ", "identity", ...); NULL if there is no group or no word
 * @dma_mask_bits: of the mask that its driver set, 0 if it can't be known
 * @bars: those it has have a size
 * @config: what its config space tells
 * @virtual: it is a virtual function, whose way up is that of its physical one
 * @on_root: no bridge is above it
 * @above: address of the bridge above it or, @on_root, of the root bus (devfn 0)
 * @upstream: the bridge above it, NULL if there is none
 * @root: root bus of the topmost bridge (devfn 0)
 * @lost: internal
 */
struct function {
	struct p2p_bdf bdf;
	char text[BDF_TEXT_SIZE];
	uint16_t vendor;
	uint16_t device;
	uint16_t class;
	char *name;
	char *driver;
	int group;
	char *group_type;
	unsigned int dma_mask_bits;
	struct bar bars[NR_BARS];
	struct config config;
	bool virtual;
	bool on_root;
	struct p2p_bdf above;
	struct function *upstream;
	struct p2p_bdf root;
	bool lost;
};

/**
 * struct machine - all that was read
 * @root: directory below which sys and proc are, "" for this machine
 * @functions: sorted by address
 * @nr_functions: number of entries in @functions
 */
struct machine {
	const char *root;
	struct function **functions;
	size_t nr_functions;
};

/*
 * Ends the program if there is no PCI at all.  What goes away while it is read is
 * left out, with a word on stderr.
 */
struct machine *machine_read(const char *root);
void machine_free(struct machine *machine);

/* NULL if there is no such function */
struct function *machine_find(const struct machine *machine,
			      const struct p2p_bdf *bdf);

/* The function a user means by TEXT; ends the program with a sentence if none. */
struct function *machine_named(const struct machine *machine, const char *text);

/* The function with the lowest number on a root bus, or NULL */
struct function *machine_first_on(const struct machine *machine,
				  const struct p2p_bdf *root);

/* By header or, where that says nothing, by class */
bool function_is_bridge(const struct function *function);

#endif /* CLI_MACHINE_H */
