/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of the tables: each function measures some of them and prints them.
 * All fail the program if anything is wrong.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <stdbool.h>

#include "importer.h"
#include "maker.h"

/* How an importer's addresses come about; see the topology "bench" */
enum way {
	/* an IOMMU translates */
	WAY_IOMMU,
	/* there is one, but its domain is the identity */
	WAY_IDENTITY,
	/* below the same switch: bus addresses */
	WAY_BUS,
	WAYS,
};

/* Importers, by enum way */
struct importers {
	struct importer of[WAYS];
};

/* In the names of rows */
const char *way_name(enum way way);

/* Export and close; FEW: only the sizes that the guard looks at */
void rows_export(const struct maker *maker, bool few);

/* Attach, detach */
void rows_attach(const struct maker *maker, struct importers *importers);

/*
 * Map, unmap, entries of the sg list and of the IOMMU.  RANGES_BROKEN: the maker can't map more
 * than one range where an IOMMU translates.
 */
void rows_map(const struct maker *maker, struct importers *importers,
	      bool ranges_broken);
void rows_map_few(const struct maker *maker, struct importers *importers);

/* Revoke and restore by the number of importers */
void rows_revoke(const struct maker *maker, struct importers *importers);
void rows_revoke_few(const struct maker *maker, struct importers *importers);

/* One more export, revoke and restore, by the number of dma-bufs */
void rows_live(const struct maker *maker, struct importers *importers);

/* What others pay.  WHO is there: "without" the module, ... */
void rows_callers(const char *who, const struct vfio_dev *device,
		  const char *plain);
void rows_callers_few(const char *who, const struct vfio_dev *device);

/* ROUTE of the module */
void rows_route(const struct vfio_dev *device, const char *peer);

/*
 * Bytes of kernel memory of an export, of each range, and of what a map leaves
 * behind after its unmap
 */
void rows_memory(const struct maker *maker, struct importers *importers);

/*
 * Bytes from one device to another, by peer-to-peer and through host memory: what
 * the CPU does, and how many bytes go to or come from host memory
 */
void rows_data(const struct maker *maker, struct importers *importers);

/*
 * Bytes from a drive into a BAR: through host memory, with a copy by the CPU, and
 * straight into pages of the BAR, for which the module has to be there
 */
void rows_files_without(const struct vfio_dev *device, const char *bdf);
void rows_files_pages(const struct vfio_dev *device, const char *bdf);

#endif /* BENCH_ROWS_H */
