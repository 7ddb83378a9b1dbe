/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_PAUSE_H
#define P2P_PAUSE_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/mm_types.h>

#include "access.h"
#include "device.h"

struct vm_fault;

/**
 * p2p_pause_begin - a call begins that may be an event, or not
 * @dev: the device, open
 *
 * Until as many calls of p2p_pause_end() followed no process can touch its memory by
 * an mmap of a dma-buf or of pages, not even of those that are made meanwhile.
 *
 * Context: may sleep.
 */
static inline void p2p_pause_begin(struct p2p_device *dev)
{
	struct p2p_access *access = &dev->exporter.access;

	atomic_inc(&access->paused);
	/* p2p_pages_any() has the barrier that pairs with p2p_paused(). */
	if (p2p_pages_any(&dev->pages))
		p2p_pages_drop(&dev->pages);
	if (atomic_read(&access->mmapped))
		p2p_exporter_zap(&dev->exporter);
}

/**
 * p2p_pause_end - the call is over
 * @dev: the device
 */
static inline void p2p_pause_end(struct p2p_device *dev)
{
	smp_mb__before_atomic(); /* what the call did is seen by who touches */
	atomic_dec(&dev->exporter.access.paused);
}

/* For who touches, with the lock held that keeps what it maps from being taken away */
static inline bool p2p_paused(struct p2p_access *access)
{
	/* Pairs with p2p_pause_begin(): who touches is seen there, or that here. */
	smp_mb();
	return atomic_read_acquire(&access->paused);
}

/* How long a touch by the kernel waits */
#define P2P_PAUSE_WAIT	(2 * HZ)

vm_fault_t p2p_pause_wait(struct vm_fault *vmf, struct p2p_access *access,
			  unsigned long until);

#endif /* P2P_PAUSE_H */
