/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a dma-buf, for those who want to see it.  Nothing is decided by
 * it.  Its lock is a leaf, so that who looks waits for nobody, not even for an
 * importer that sits on the reservation lock.
 */
#ifndef P2P_HISTORY_H
#define P2P_HISTORY_H

#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#include "event.h"

/**
 * enum p2p_state - can a dma-buf be mapped
 * @P2P_STATE_REVOKED: not now
 * @P2P_STATE_LIVE: yes
 * @P2P_STATE_SHELL: never again: the device was closed, or its owner took the
 *	dma-buf back
 */
enum p2p_state {
	P2P_STATE_REVOKED,
	P2P_STATE_LIVE,
	P2P_STATE_SHELL,
};

/**
 * struct p2p_moment - a state and how it came about
 * @state: the state
 * @event: what brought it
 * @since: when; CLOCK_BOOTTIME
 * @revokes: how often access was taken back until then
 */
struct p2p_moment {
	enum p2p_state state;
	enum p2p_event event;
	ktime_t since;
	u64 revokes;
};

/**
 * struct p2p_history - of one dma-buf
 * @lock: protects all below; leaf
 * @now: the state it is in
 */
struct p2p_history {
	spinlock_t lock; /* leaf: protects all below */
	struct p2p_moment now;
};

static inline void p2p_history_init(struct p2p_history *history, ktime_t now)
{
	spin_lock_init(&history->lock);
	history->now = (struct p2p_moment) {
		.state = P2P_STATE_REVOKED,
		.event = P2P_EVENT_EXPORT,
		.since = now,
	};
}

static inline struct p2p_moment p2p_history_read(struct p2p_history *history)
{
	struct p2p_moment now;

	spin_lock(&history->lock);
	now = history->now;
	spin_unlock(&history->lock);
	return now;
}

/**
 * p2p_history_enter - a new state begins
 * @history: the caller holds the dma-buf's reservation lock
 * @state: it
 * @event: what brought it
 *
 * Return: how long the state before it was, in ns.
 */
static inline u64 p2p_history_enter(struct p2p_history *history,
				    enum p2p_state state, enum p2p_event event)
{
	ktime_t since = ktime_get_boottime();
	struct p2p_moment before;

	spin_lock(&history->lock);
	before = history->now;
	if (before.state == P2P_STATE_LIVE)
		history->now.revokes++;
	history->now.state = state;
	history->now.event = event;
	history->now.since = since;
	spin_unlock(&history->lock);
	return ktime_to_ns(ktime_sub(since, before.since));
}

#endif /* P2P_HISTORY_H */
