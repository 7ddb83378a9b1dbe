/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_BUFFER_H
#define P2P_BUFFER_H

#include <linux/dma-resv.h>
#include <linux/klist.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "event.h"
#include "history.h"
#include "origin.h"

struct dma_buf;
struct inode;
struct p2p_access;
struct p2p_hold;
struct p2p_phys_ranges;
struct pci_dev;

/**
 * struct p2p_memory - what a dma-buf is made of
 * @ranges: where it is; kvmalloc'ed
 * @hold: it has pages: what it will have of them; or NULL
 * @write_combined: the CPU sees it so, and not uncached
 */
struct p2p_memory {
	struct p2p_phys_ranges *ranges;
	struct p2p_hold *hold;
	bool write_combined;
};

/**
 * struct p2p_buffer - one dma-buf
 * @ref: one for the dma-buf, one for @node while it is in the list, one for
 *	@export_node
 * @node: in the exporter's list of buffers
 * @export_node: in the list of all, until it is released
 * @origin: which one it is
 * @history: what became of it; written under @resv
 * @access: the device's state; outlives the device
 * @resv: the dma-buf's reservation object, here so that a revoke needs no
 *	reference on the dma-buf
 * @dmabuf: NULL once it is released; under @resv
 * @inode: the dma-buf's, which a walk may need when the dma-buf is on its way out
 * @pdev: the exporter's function; valid under @resv while not @revoked
 * @ranges: the memory; never changes
 * @hold: the same as pages, if it has some, else NULL; never changes
 * @write_combined: how the CPU sees it, if it has no pages; never changes
 * @mmapped: counted in access->mmapped, until it is freed
 * @first_pages: of each range, if there are several and it was mmapped; made once
 * @revoked: no mapping can be made; under @resv
 * @revoking: the end of the revoke was not traced yet; under @resv
 * @ended: its owner took it back for good; under @resv
 * @listed: @node is in the list, and the buffer follows the device; under @resv
 * @mappings: live mappings of all attachments; written under @resv
 * @attachments: struct p2p_attachment; written under @resv, read also under RCU
 * @maps_ever: mappings ever made; under @resv
 * @maps_drained: how many of them a drain has seen the end of; under @resv
 * @drained: woken when @mappings gets 0
 */
struct p2p_buffer {
	struct kref ref;
	struct klist_node node;
	struct klist_node export_node;
	struct p2p_origin origin;
	struct p2p_history history;
	struct p2p_access *access;
	struct dma_resv resv;
	struct dma_buf *dmabuf;
	struct inode *inode;
	struct pci_dev *pdev;
	struct p2p_phys_ranges *ranges;
	struct p2p_hold *hold;
	pgoff_t *first_pages;
	bool mmapped;
	bool write_combined;
	bool revoked;
	bool revoking;
	bool ended;
	bool listed;
	unsigned int mappings;
	struct list_head attachments;
	u64 maps_ever;
	u64 maps_drained;
	wait_queue_head_t drained;
};

int p2p_buffers_start(void);
void p2p_buffers_stop(void);

struct dma_buf *p2p_buffer_create(struct p2p_access *access,
				  struct klist *list, struct pci_dev *pdev,
				  const struct p2p_memory *memory, int flags);

void p2p_buffer_get(struct p2p_buffer *buf);
void p2p_buffer_put(struct p2p_buffer *buf);

void p2p_buffers_get(struct klist_node *node);
void p2p_buffers_put(struct klist_node *node);

static inline struct p2p_buffer *p2p_buffer_of(struct klist_node *node)
{
	return container_of(node, struct p2p_buffer, node);
}

unsigned int p2p_buffer_importers(const struct p2p_buffer *buf);

void p2p_buffer_sync(struct p2p_buffer *buf, enum p2p_event event);
bool p2p_buffer_revoke(struct p2p_buffer *buf, enum p2p_event event);
void p2p_buffer_drain(struct p2p_buffer *buf, enum p2p_event event);
void p2p_buffer_zap(struct p2p_buffer *buf, enum p2p_event event);
void p2p_buffer_unlist(struct p2p_buffer *buf, enum p2p_event event);

struct p2p_buffer *p2p_buffer_of_dmabuf(struct dma_buf *dmabuf);
void p2p_buffer_end(struct p2p_buffer *buf);

#endif /* P2P_BUFFER_H */
