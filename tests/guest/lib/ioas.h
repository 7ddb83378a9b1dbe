/* SPDX-License-Identifier: GPL-2.0-only */
/* Address spaces of an iommufd: what devices reach by DMA. */
#ifndef TEST_IOAS_H
#define TEST_IOAS_H

#include <stddef.h>

#include <linux/types.h>

/* All functions return a negative errno if they fail. */

/* Map the caller's memory for reading and writing, at an IOVA. */
int ioas_map(int iommufd, __u32 ioas, void *addr, __u64 iova, size_t size);
int ioas_unmap(int iommufd, __u32 ioas, __u64 iova, size_t size);

#endif /* TEST_IOAS_H */
