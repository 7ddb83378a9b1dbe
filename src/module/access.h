/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May importers reach the device's memory right now?
 *
 * The one state that events of the device and the dma-bufs share.  Its lock is
 * a leaf: nothing is taken inside it, and it is never held across a call that
 * sleeps.  An interposer can't hold vfio-pci-core's memory_lock over the calls
 * it wraps, and dev_set->lock is taken inside them, so "blocked" is a count
 * here, not a lock there.
 */
#ifndef P2P_ACCESS_H
#define P2P_ACCESS_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct p2p_access - the state, one for each served device
 * @ref: one for the device's owner, one for each dma-buf
 * @release: frees what this is embedded in
 * @decodes: does the device decode memory right now; called only while it is
 *	open, from any context
 * @paused: calls under way that may forbid access, or not, see pause.c
 * @mmapped: dma-bufs without pages that have been mmapped
 * @lock: protects all below
 * @blocked: events under way that forbid access (reset, decode off, ...)
 * @buffers: dma-bufs that follow this state
 * @enabled: the device decodes memory; valid only while @buffers is not 0
 * @gone: the driver is being unbound; never cleared
 */
struct p2p_access {
	struct kref ref;
	void (*release)(struct kref *ref);
	bool (*decodes)(struct p2p_access *access);
	atomic_t paused;
	atomic_t mmapped;
	spinlock_t lock; /* leaf: protects all below */
	unsigned int blocked;
	unsigned int buffers;
	bool enabled;
	bool gone;
};

static inline void p2p_access_init(struct p2p_access *access,
				   bool (*decodes)(struct p2p_access *access),
				   void (*release)(struct kref *ref))
{
	kref_init(&access->ref);
	access->release = release;
	access->decodes = decodes;
	spin_lock_init(&access->lock);
}

static inline void p2p_access_get(struct p2p_access *access)
{
	kref_get(&access->ref);
}

static inline void p2p_access_put(struct p2p_access *access)
{
	kref_put(&access->ref, access->release);
}

static inline bool p2p_access_allowed_locked(struct p2p_access *access)
{
	lockdep_assert_held(&access->lock);
	return access->enabled && !access->blocked && !access->gone;
}

static inline bool p2p_access_allowed(struct p2p_access *access)
{
	bool allowed;

	spin_lock(&access->lock);
	allowed = p2p_access_allowed_locked(access);
	spin_unlock(&access->lock);
	return allowed;
}

#endif /* P2P_ACCESS_H */
