/* SPDX-License-Identifier: GPL-2.0-only */
/* A peer with access to a page of a BAR, and what events do to that access. */
#ifndef TEST_PEER_H
#define TEST_PEER_H

#include "scene.h"

#define PEER_PAGE	4096

/**
 * struct peer - an importer's attachment to a dma-buf of one page
 * @scene: the exporter and the importer
 * @offset: of the page in SCENE_BAR
 * @dmabuf: fd; -1 if the test closed it
 * @handle: the attachment
 * @address: DMA address of the latest mapping, also after its end
 * @before: what had happened to the attachment when it was last looked at
 */
struct peer {
	struct scene *scene;
	__u64 offset;
	int dmabuf;
	int handle;
	__u64 address;
	struct p2p_test_stat before;
};

/* All functions fail the test if anything is not as they say. */

/* Export a page, attach, map, and see that data arrives. */
void peer_begin(struct peer *peer, struct scene *scene, __u64 offset);

/* The same with a dma-buf of that page that there is already; it is taken over. */
void peer_begin_with(struct peer *peer, struct scene *scene, __u64 offset,
		     int dmabuf);
void peer_end(struct peer *peer);

/* Map, and see that data arrives. */
void peer_map(struct peer *peer);

/* Nothing was said since the last look, and the same mapping still works. */
void peer_expect_kept(struct peer *peer);

/* Access was taken: told once, while mapped; unmapped; can't be mapped. */
void peer_expect_taken(struct peer *peer);

/* Nothing was said since the last look, and it still can't be mapped. */
void peer_expect_still_taken(struct peer *peer);

/* A dma-buf whose device is gone: taken as it was, and it can't be attached to. */
void peer_expect_shell(struct peer *peer);

/*
 * Access is back: told once, not mapped since; the old mapping's address does
 * not reach the BAR, though it decodes; a new mapping works.
 */
void peer_expect_given_back(struct peer *peer);

/* Taken and given back, both before the event was over. */
void peer_expect_taken_and_given_back(struct peer *peer);

/* DMA to the old mapping's address changes nothing.  The BAR decodes. */
void peer_expect_address_dead(struct peer *peer);

#endif /* TEST_PEER_H */
