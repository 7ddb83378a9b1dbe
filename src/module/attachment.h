/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_ATTACHMENT_H
#define P2P_ATTACHMENT_H

#include <linux/list.h>
#include <linux/rcupdate.h>

#include "route.h"

struct device;

/* Longer names are cut. */
#define P2P_NAME_LEN	40

/**
 * struct p2p_attachment - what we keep for one attachment of an importer
 * @node: in the buffer's list, from attach until detach has flushed; the core's
 *	own list forgets an attachment before that
 * @rcu: who only looks does so under RCU
 * @importer: the device; only under the reservation lock
 * @name: of it, for who looks
 * @driver: of it at the time, empty if there was none
 * @decision: the route, found at attach: it needs locks that must not be taken
 *	under a reservation lock
 * @bus_offset: what to add to a CPU address of the BAR to get a bus address, if
 *	that is the route
 * @pins: pins not yet undone
 * @maps: mappings not yet undone; written under the reservation lock
 * @unflushed: the IOMMU may remember a mapping that was undone
 */
struct p2p_attachment {
	struct list_head node;
	struct rcu_head rcu;
	struct device *importer;
	char name[P2P_NAME_LEN];
	char driver[P2P_NAME_LEN];
	struct p2p_decision decision;
	u64 bus_offset;
	unsigned int pins;
	unsigned int maps;
	bool unflushed;
};

#endif /* P2P_ATTACHMENT_H */
