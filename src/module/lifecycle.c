// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which event takes access back, and which gives it.
 *
 *   event                               before the event   after it
 *   any reset (ioctl, hot reset, FLR
 *     by config space, sysfs)           block (prepare)    unblock (done)
 *   config write, memory decode off     block              unblock
 *   config write to D3hot               block              unblock
 *   other config writes to PCI_COMMAND
 *     or power management               - (CPU: pause)     refresh
 *   other config writes                 -                  refresh
 *   LOW_POWER_ENTRY                     block              unblock
 *   other LOW_POWER features            -                  refresh
 *   reset ioctls, as they also wake
 *     the device up first               -                  refresh
 *   last close                          retire             -
 *   unbind                              shutdown           (last close)
 *
 * For pages of BARs (pages.c) the same holds, but what can be refused, is, while
 * pages are pinned for long: reset ioctls, and what would be blocked for a config
 * write or a feature.
 *
 * Unblock and refresh look at the device again: access comes back only if it
 * decodes memory then.  The table is that of upstream's calls of
 * vfio_pci_dma_buf_move(), and more: resets from outside vfio, and unbind.
 *
 * Resets are seen by reset_prepare and reset_done, which the PCI core calls
 * around those that somebody asks for, for each function concerned.  So a hot reset
 * that vfio refuses, or a FLR bit that does nothing, revokes nothing.
 */
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vfio_pci_core.h>

#include "device.h"
#include "lifecycle.h"
#include "pages.h"
#include "pause.h"

/* Upstream's __vfio_pci_memory_enabled(). */
static bool memory_enabled(struct vfio_pci_core_device *vdev)
{
	struct pci_dev *pdev = vdev->pdev;
	u16 command = le16_to_cpu(*(__le16 *)&vdev->vconfig[PCI_COMMAND]);

	return (__force int)pdev->current_state < (__force int)PCI_D3hot &&
	       (pdev->no_command_memory || (command & PCI_COMMAND_MEMORY));
}

/**
 * p2p_lifecycle_decodes - does the device decode memory right now
 * @access: of the device, which is open: it has dma-bufs
 *
 * A device in its low-power state does not, whatever its config space says;
 * upstream forgets that when a config write comes in between.
 */
bool p2p_lifecycle_decodes(struct p2p_access *access)
{
	struct p2p_device *dev = container_of(access, struct p2p_device,
					      exporter.access);

	return memory_enabled(dev->vdev) && !dev->vdev->pm_runtime_engaged;
}

static void block(struct p2p_device *dev, enum p2p_event event)
{
	p2p_pages_block(&dev->pages);
	p2p_exporter_block(&dev->exporter, event);
}

static void unblock(struct p2p_device *dev, enum p2p_event event)
{
	p2p_exporter_unblock(&dev->exporter, event);
	p2p_pages_unblock(&dev->pages);
}

/**
 * p2p_lifecycle_refresh - the device may have changed
 * @dev: the device, open
 * @event: by what
 *
 * Context: may sleep, for as long as importers take to unmap if the device does
 * not decode memory any more.
 */
void p2p_lifecycle_refresh(struct p2p_device *dev, enum p2p_event event)
{
	p2p_pages_refresh(dev);
	p2p_exporter_refresh(&dev->exporter, event);
}

/* As block(), for what can be refused.  Return: 0 or -EBUSY. */
static int try_block(struct p2p_device *dev, enum p2p_event event)
{
	int ret = p2p_pages_take(dev);

	if (!ret)
		p2p_exporter_block(&dev->exporter, event);
	return ret;
}

long p2p_lifecycle_ioctl(struct p2p_device *dev, unsigned int cmd,
			 unsigned long arg)
{
	long ret = vfio_pci_core_ioctl(&dev->vdev->vdev, cmd, arg);

	if (p2p_lifecycle_sees_ioctl(cmd))
		p2p_lifecycle_refresh(dev, P2P_EVENT_RESET);
	return ret;
}

/* Does a write of @count bytes at @pos of config space reach the byte at @where? */
static bool covers(u64 pos, size_t count, unsigned int where)
{
	return where >= pos && where - pos < count;
}

/*
 * The byte at @where of config space, if the write covers it.  If it can't be read
 * the write itself will fail, or not: then it is @doubt.
 */
static bool written_byte(const char __user *buf, size_t count, u64 pos,
			 unsigned int where, u8 doubt, u8 *byte)
{
	if (!covers(pos, count, where))
		return false;

	if (get_user(*byte, (const u8 __user *)buf + (where - pos)))
		*byte = doubt;
	return true;
}

/*
 * Does a write to config space turn memory decode off or go to D3hot?
 *
 * vfio cuts writes at dwords and capabilities, so that its handlers of PCI_COMMAND
 * and PCI_PM_CTRL see every write that covers their first byte, and no other.
 */
static bool write_blocks(struct pci_dev *pdev, const char __user *buf,
			 size_t count, u64 pos)
{
	u8 byte;

	if (written_byte(buf, count, pos, PCI_COMMAND, 0, &byte) &&
	    !(byte & PCI_COMMAND_MEMORY))
		return true;

	return pdev->pm_cap &&
	       written_byte(buf, count, pos, pdev->pm_cap + PCI_PM_CTRL,
			    (__force u8)PCI_D3hot, &byte) &&
	       (byte & PCI_PM_CTRL_STATE_MASK) == (__force u8)PCI_D3hot;
}

static ssize_t block_and_write(struct p2p_device *dev, const char __user *buf,
			       size_t count, loff_t *ppos)
{
	ssize_t ret = try_block(dev, P2P_EVENT_CONFIG);

	if (ret)
		return ret;
	ret = vfio_pci_core_write(&dev->vdev->vdev, buf, count, ppos);
	unblock(dev, P2P_EVENT_CONFIG);
	return ret;
}

/*
 * Can a chunk switch decode off, or power the device down?  vfio takes each capability
 * of power management for that, and the PCI core goes by one.
 */
static bool can_block(struct vfio_pci_core_device *vdev, u64 pos, size_t count)
{
	if (pos >= PCI_CFG_SPACE_SIZE)
		return false;
	return covers(pos, count, PCI_COMMAND) ||
	       vdev->pci_config_map[pos] == PCI_CAP_ID_PM;
}

/* Any write has woken the device up, if that was in low power with a wakeup. */
static ssize_t write_and_refresh(struct p2p_device *dev,
				 const char __user *buf, size_t count,
				 loff_t *ppos)
{
	ssize_t ret = vfio_pci_core_write(&dev->vdev->vdev, buf, count, ppos);

	/* This one may wait for importers. */
	if (p2p_exporter_in_use(&dev->exporter))
		p2p_exporter_refresh(&dev->exporter, P2P_EVENT_CONFIG);
	return ret;
}

/*
 * What is written may be other than what was looked at, if the owner changes it
 * meanwhile, and so power the device down or have decode switched off.
 *
 * For importers that is told afterwards: their DMA meets for a moment a device that
 * does not answer.  The CPU does not touch it meanwhile.
 */
static ssize_t write_paused(struct p2p_device *dev, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	ssize_t ret;

	p2p_pause_begin(dev);
	ret = vfio_pci_core_write(&dev->vdev->vdev, buf, count, ppos);
	if (p2p_pages_any(&dev->pages))
		p2p_pages_refresh(dev);
	p2p_pause_end(dev);
	p2p_exporter_refresh(&dev->exporter, P2P_EVENT_CONFIG);
	return ret;
}

/**
 * p2p_lifecycle_write_chunk - a write to config space, or a part of it
 * @dev: the device
 * @buf: what is written; may change meanwhile
 * @count: bytes, see p2p_lifecycle_next_chunk()
 * @ppos: where; moved on if it was written
 *
 * Context: may sleep.
 * Return: as vfio's write, or -EBUSY: pages are pinned that would go.
 */
ssize_t p2p_lifecycle_write_chunk(struct p2p_device *dev,
				  const char __user *buf, size_t count,
				  loff_t *ppos)
{
	const u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;

	if (!can_block(dev->vdev, pos, count))
		return write_and_refresh(dev, buf, count, ppos);
	if (write_blocks(dev->pdev, buf, count, pos))
		return block_and_write(dev, buf, count, ppos);
	return write_paused(dev, buf, count, ppos);
}

/**
 * p2p_lifecycle_write_chunks - a write to config space of several chunks
 * @dev: the device
 * @buf: what is written; may change meanwhile
 * @count: bytes
 * @ppos: where; moved on if all was written
 *
 * Context: may sleep.
 * Return: @count, or an error as from the one for a chunk, the others before it being
 * written.
 */
ssize_t p2p_lifecycle_write_chunks(struct p2p_device *dev,
				   const char __user *buf, size_t count,
				   loff_t *ppos)
{
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;
	loff_t next = *ppos;
	size_t chunk, done;
	ssize_t ret = 0;

	/* Of what reaches beyond the end vfio writes nothing. */
	if (pos + count > dev->pdev->cfg_size)
		return vfio_pci_core_write(&dev->vdev->vdev, buf, count, ppos);

	/* As for vfio it is one call, the device does not go to sleep in it. */
	pm_runtime_get_noresume(&dev->pdev->dev);
	for (done = 0; done < count; done += ret) {
		chunk = p2p_lifecycle_next_chunk(next, count - done);
		ret = p2p_lifecycle_write_chunk(dev, buf + done, chunk, &next);
		if (ret <= 0)
			goto out_put;
	}
	*ppos = next;
	ret = done;
out_put:
	pm_runtime_put(&dev->pdev->dev);
	return ret;
}

static bool feature_blocks(u32 flags)
{
	u32 feature = flags & VFIO_DEVICE_FEATURE_MASK;

	return (feature == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY ||
		feature == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP) &&
	       (flags & VFIO_DEVICE_FEATURE_SET) &&
	       !(flags & VFIO_DEVICE_FEATURE_PROBE);
}

int p2p_lifecycle_feature(struct p2p_device *dev, u32 flags, void __user *arg,
			  size_t argsz)
{
	struct vfio_device *vdev = &dev->vdev->vdev;
	int ret;

	if (feature_blocks(flags)) {
		ret = try_block(dev, P2P_EVENT_POWER);
		if (ret)
			return ret;
		ret = vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
		unblock(dev, P2P_EVENT_POWER);
	} else {
		ret = vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
		p2p_lifecycle_refresh(dev, P2P_EVENT_POWER);
	}
	return ret;
}

/**
 * p2p_lifecycle_close - the last file of the device is closed
 * @dev: the device
 *
 * Context: dev_set->lock held, as in upstream, where the dma-bufs end here too.
 */
void p2p_lifecycle_close(struct p2p_device *dev)
{
	p2p_exporter_retire(&dev->exporter);
	p2p_pages_retire(dev);
	WRITE_ONCE(dev->unclaimable, 0);
	vfio_pci_core_close_device(&dev->vdev->vdev);
}

/**
 * p2p_lifecycle_hold - a reset whose begin was missed may be under way
 * @dev: the device, just attached
 */
void p2p_lifecycle_hold(struct p2p_device *dev)
{
	pci_dbg(dev->pdev, "may be in a reset, access is held back\n");
	block(dev, P2P_EVENT_LOAD);
	WRITE_ONCE(dev->held, true);
}

/**
 * p2p_lifecycle_release_hold - no such reset is under way any more
 * @dev: the device, held or not
 */
void p2p_lifecycle_release_hold(struct p2p_device *dev)
{
	if (xchg(&dev->held, false))
		unblock(dev, P2P_EVENT_LOAD);
}

/*
 * Context of both: device lock held; for a reset that comes by vfio also
 * memory_lock, for write, and perhaps dev_set->lock.
 */
void p2p_lifecycle_reset_prepare(struct p2p_device *dev)
{
	dev->resetting = true;
	block(dev, P2P_EVENT_RESET);
	p2p_pages_drain(dev);
	/* This is another reset than the one that may have been missed. */
	p2p_lifecycle_release_hold(dev);
}

/* The device may have been attached in the middle of a reset. */
void p2p_lifecycle_reset_done(struct p2p_device *dev)
{
	if (!dev->resetting)
		return;
	dev->resetting = false;
	unblock(dev, P2P_EVENT_RESET);
}

/**
 * p2p_lifecycle_unbind - the driver is about to be unbound
 * @dev: the device, perhaps still open
 *
 * Context: device lock held, in a bus notifier: must not wait for importers.
 */
void p2p_lifecycle_unbind(struct p2p_device *dev)
{
	p2p_exporter_shutdown(&dev->exporter);
	p2p_pages_shutdown(dev);
}
