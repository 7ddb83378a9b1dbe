/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_EXPORT_H
#define P2P_EXPORT_H

#include <linux/types.h>

struct p2p_device;

/**
 * struct p2p_export_request - what a caller wants exported
 * @flags: VFIO_P2P_EXPORT_*, checked
 * @region_index: VFIO region index
 * @open_flags: for the dma-buf's file and fd
 * @nr_ranges: entries in @ranges, not 0
 * @ranges: user pointer to that many struct vfio_p2p_range
 */
struct p2p_export_request {
	u32 flags;
	u32 region_index;
	u32 open_flags;
	u32 nr_ranges;
	const void __user *ranges;
};

int p2p_claim_once(struct p2p_device *dev, unsigned int bar);
int p2p_export(struct p2p_device *dev, const struct p2p_export_request *req);

#endif /* P2P_EXPORT_H */
