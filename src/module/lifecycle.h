/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_LIFECYCLE_H
#define P2P_LIFECYCLE_H

#include <linux/pci.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <linux/vfio_pci_core.h>

#include "event.h"

struct p2p_access;
struct p2p_device;

bool p2p_lifecycle_decodes(struct p2p_access *access);

/* Which calls can be events; only these come to the functions below. */
static inline bool p2p_lifecycle_sees_ioctl(unsigned int cmd)
{
	return cmd == VFIO_DEVICE_RESET || cmd == VFIO_DEVICE_PCI_HOT_RESET;
}

/*
 * How much of a write to config space vfio takes at a time, or more, where a capability
 * ends within a dword, see vfio_config_do_rw().
 *
 * It copies a chunk, writes it, copies the next one.  The owner can hold a copy up for
 * as long as it likes.  So that nothing comes between the chunk that matters and the
 * look that follows, each chunk is a write of its own.
 */
static inline size_t p2p_lifecycle_next_chunk(u64 pos, size_t count)
{
	if (count >= 4 && !(pos % 4))
		return 4;
	if (count >= 2 && !(pos % 2))
		return 2;
	return 1;
}

static inline bool p2p_lifecycle_sees_feature(u32 feature)
{
	return feature == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY ||
	       feature == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP ||
	       feature == VFIO_DEVICE_FEATURE_LOW_POWER_EXIT;
}

void p2p_lifecycle_refresh(struct p2p_device *dev, enum p2p_event event);
long p2p_lifecycle_ioctl(struct p2p_device *dev, unsigned int cmd,
			 unsigned long arg);
ssize_t p2p_lifecycle_write_chunk(struct p2p_device *dev,
				  const char __user *buf, size_t count,
				  loff_t *ppos);
ssize_t p2p_lifecycle_write_chunks(struct p2p_device *dev,
				   const char __user *buf, size_t count,
				   loff_t *ppos);
int p2p_lifecycle_feature(struct p2p_device *dev, u32 flags, void __user *arg,
			  size_t argsz);
void p2p_lifecycle_close(struct p2p_device *dev);
void p2p_lifecycle_hold(struct p2p_device *dev);
void p2p_lifecycle_release_hold(struct p2p_device *dev);
void p2p_lifecycle_reset_prepare(struct p2p_device *dev);
void p2p_lifecycle_reset_done(struct p2p_device *dev);
void p2p_lifecycle_unbind(struct p2p_device *dev);

#endif /* P2P_LIFECYCLE_H */
