/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel enters into the tables of an IOMMU. */
#ifndef BENCH_IOMMU_ENTRIES_H
#define BENCH_IOMMU_ENTRIES_H

/* Both fail the program if anything is wrong. */
void iommu_entries_begin(void);

/*
 * The entries made since the begin: of 4 KiB, 2 MiB and 1 GiB, the largest that fit,
 * for what the trace events tell is mapped.
 */
unsigned long long iommu_entries_end(void);

#endif /* BENCH_IOMMU_ENTRIES_H */
