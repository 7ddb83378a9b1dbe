/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_FEATURE_H
#define P2P_FEATURE_H

#include <linux/types.h>

struct p2p_device;

int p2p_feature_dma_buf(struct p2p_device *dev, u32 flags, void __user *arg,
			size_t argsz);

#endif /* P2P_FEATURE_H */
