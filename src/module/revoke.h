/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_REVOKE_H
#define P2P_REVOKE_H

struct dma_buf;
struct p2p_device;

int p2p_revoke(struct p2p_device *dev, struct dma_buf *dmabuf);

#endif /* P2P_REVOKE_H */
