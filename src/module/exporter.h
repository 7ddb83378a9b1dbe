/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_EXPORTER_H
#define P2P_EXPORTER_H

#include <linux/klist.h>

#include "access.h"
#include "event.h"

struct dma_buf;
struct p2p_buffer;
struct p2p_memory;
struct pci_dev;

/**
 * struct p2p_exporter - all dma-bufs of one device
 * @access: may they be used
 * @buffers: struct p2p_buffer
 */
struct p2p_exporter {
	struct p2p_access access;
	struct klist buffers;
};

void p2p_exporter_init(struct p2p_exporter *exporter,
		       bool (*decodes)(struct p2p_access *access),
		       void (*release)(struct kref *ref));

struct dma_buf *p2p_exporter_add(struct p2p_exporter *exporter,
				 struct pci_dev *pdev,
				 const struct p2p_memory *memory, int flags);

void p2p_exporter_block(struct p2p_exporter *exporter,
			enum p2p_event event);
void p2p_exporter_unblock(struct p2p_exporter *exporter,
			  enum p2p_event event);
void p2p_exporter_refresh(struct p2p_exporter *exporter,
			  enum p2p_event event);
void p2p_exporter_zap(struct p2p_exporter *exporter);
void p2p_exporter_retire(struct p2p_exporter *exporter);
void p2p_exporter_shutdown(struct p2p_exporter *exporter);

/*
 * Are there dma-bufs that a change of the device, just made, concerns?  One that is
 * being made meanwhile is counted, or sees the change.
 */
static inline bool p2p_exporter_in_use(struct p2p_exporter *exporter)
{
	/* Pairs with list_buffer(). */
	smp_mb();
	return READ_ONCE(exporter->access.buffers);
}

bool p2p_exporter_has(struct p2p_exporter *exporter, unsigned int region);
struct p2p_buffer *p2p_exporter_find(struct p2p_exporter *exporter,
				     struct dma_buf *dmabuf);

#endif /* P2P_EXPORTER_H */
