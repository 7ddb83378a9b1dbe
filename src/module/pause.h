/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_PAUSE_H
#define P2P_PAUSE_H

#include <linux/atomic.h>
#include <linux/mm_types.h>

#include "access.h"

struct p2p_device;
struct vm_fault;

void p2p_pause_begin(struct p2p_device *dev);
void p2p_pause_end(struct p2p_device *dev);
vm_fault_t p2p_pause_wait(struct vm_fault *vmf, struct p2p_access *access);

/* For who touches, with the lock held that keeps what it maps from being taken away */
static inline bool p2p_paused(struct p2p_access *access)
{
	/* Pairs with p2p_pause_begin(): who touches is seen there, or that here. */
	smp_mb();
	return atomic_read_acquire(&access->paused);
}

#endif /* P2P_PAUSE_H */
