/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be exported. */
#ifndef LIB_REQUEST_H
#define LIB_REQUEST_H

#include <vfio-p2p.h>

/**
 * struct request - the arguments of an export
 * @device_fd: an open vfio device
 * @bar: number of the BAR
 * @open_flags: of the dma-buf's fd
 * @ranges: slices of the BAR
 * @nr_ranges: their number
 * @flags: VFIO_P2P_EXPORT_*, for the module only
 */
struct request {
	int device_fd;
	unsigned int bar;
	int open_flags;
	const struct vfio_p2p_range *ranges;
	size_t nr_ranges;
	uint32_t flags;
};

#endif /* LIB_REQUEST_H */
