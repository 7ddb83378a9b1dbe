/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For kernel modules that import a dma-buf of vfio_p2p_dmabuf and do not map it
 * for a device by the DMA API, but need to know where its memory is: to put it
 * into an IOMMU's page table of their own, for example.
 *
 * There is one function.  What it tells holds for a while only:
 *
 * - Attach by dma_buf_dynamic_attach(), with allow_peer2peer and move_notify (called
 *   invalidate_mappings from Linux 7.1 on).  Others are refused by the attach,
 *   with -EOPNOTSUPP.
 * - Take the dma-buf's reservation lock, call vfio_p2p_phys_ranges(), make use of
 *   the list, release the lock.  If the memory is no longer used then, no more has
 *   to be thought of.
 * - What is still in use, such as a translation that was set up, is valid until
 *   move_notify, and must be gone when that returns: no DMA to it and no access by
 *   the CPU under way, nothing that could begin another, IOTLBs flushed.  Nobody
 *   waits for more than this return, and then the device is reset, or belongs to
 *   somebody else.  move_notify is called with the reservation lock held; it may
 *   sleep, and may call vfio_p2p_phys_ranges().
 * - move_notify is called both when access is taken back and when it is given
 *   again.  Which it is, and whether it is again there later, tells
 *   vfio_p2p_phys_ranges(): -ENODEV while it is not.  It is not given again if the
 *   device was closed or unbound, or the dma-buf taken back by its owner; then all
 *   that is left is to detach.
 * - dma_buf_detach() ends all use, too, and comes without a call of move_notify.
 *
 * Nothing is said about routes: by which the memory can be reached, if by any, is
 * for the importer to know (for its owner VFIO_P2P_ROUTE tells it).
 *
 * Where the kernel makes the dma-bufs of vfio-pci (exporter=native) they are none of
 * this module's: -EOPNOTSUPP.
 *
 * Building: the directory of this header goes into ccflags-y (with DKMS
 * -I/usr/src/vfio-p2p-dmabuf-VERSION/include), and KBUILD_EXTRA_SYMBOLS has to name
 * the Module.symvers of a build of vfio_p2p_dmabuf for the same kernel.  DKMS keeps
 * none; "make modules BUILD=DIR KVER=RELEASE" in its sources, which are
 * /usr/src/vfio-p2p-dmabuf-VERSION, leaves it in DIR/RELEASE.  A module that uses
 * the function so can be loaded only after vfio_p2p_dmabuf (modprobe sees to that),
 * and keeps it loaded.
 *
 * A module that should work without vfio_p2p_dmabuf as well needs no Module.symvers;
 * it asks each time (a dma-buf of vfio_p2p_dmabuf keeps that loaded, so where NULL
 * is the answer there is none):
 *
 *	typeof(vfio_p2p_phys_ranges) *ranges_of;
 *
 *	ranges_of = symbol_get(vfio_p2p_phys_ranges);
 *	if (!ranges_of)
 *		return -EOPNOTSUPP;
 *	nr = ranges_of(attach, &ranges);
 *	symbol_put(vfio_p2p_phys_ranges);
 */
#ifndef _LINUX_VFIO_P2P_PHYS_H
#define _LINUX_VFIO_P2P_PHYS_H

#include <linux/types.h>

struct dma_buf_attachment;

/**
 * struct vfio_p2p_phys_range - physically contiguous device memory
 * @start: CPU physical address of the first byte, page aligned
 * @length: in bytes, a multiple of the page size
 */
struct vfio_p2p_phys_range {
	u64 start;
	u64 length;
};

/**
 * vfio_p2p_phys_ranges - where the memory of a dma-buf is
 * @attach: an attachment of the caller's
 * @ranges: set to the list, if there is no error
 *
 * The entries are in the order of the dma-buf, and their lengths add up to its
 * size.  Those that follow each other in memory as well are one.  Two may be of the
 * same memory, if it was exported so.
 *
 * The list is the dma-buf's, never changes, and can be read until @attach is
 * detached.  The memory that it names must be used by the rule above only.
 *
 * Context: the dma-buf's reservation lock is held, of which lockdep makes sure; does
 * not sleep.
 * Return: the number of entries, not 0; -ENODEV: access is taken back at the moment,
 * or for good; -EOPNOTSUPP: the dma-buf is not one of this module's; -EINVAL: @attach
 * is NULL or an error.
 */
int vfio_p2p_phys_ranges(struct dma_buf_attachment *attach,
			 const struct vfio_p2p_phys_range **ranges);

#endif /* _LINUX_VFIO_P2P_PHYS_H */
