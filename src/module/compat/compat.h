/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels, under one name each.  compat_config.h is made
 * by src/module/compat/probe from the headers the module is built against;
 * every HAVE_* has a test compilation in src/module/compat/probes, which names
 * the upstream change.
 *
 * This is the complete list; versions are upstream's, distributions backport.
 *
 * Found by a probe:
 *   6.3	vm_flags_set() (VM_FLAGS_SET)			user_pages.h
 *   6.4	struct class loses its owner (CLASS_OWNER)	vfio_file.c
 *   6.6	vfio_file_is_valid() (VFIO_FILE_IS_VALID)	vfio_file.c
 *   6.6	get_user_pages() follows entries without access	user_pages.h
 *		(HONOR_NUMA_FAULT)
 *   6.8	vfio_pci_core_setup_barmap(), until all BARs	bar_claim.c
 *		are claimed at open (SETUP_BARMAP)
 *   6.10	vm_pgoff of vfio-pci-core's mappings is no page	vfio_vma.h
 *		frame, no list of them (VFIO_VMA_LIST)
 *   6.10	__assign_str() with one argument		below
 *		(ASSIGN_STR_ONE_ARG)
 *   6.13	namespaces are strings (MODULE_IMPORT_NS_STRING) below
 *   6.17	vfio_device_ops.match_token_uuid		tests/importer
 *		(MATCH_TOKEN_UUID)
 *   6.17	vmf_insert_pfn_pmd() without pfn_t		user_pages.h
 *		(INSERT_PFN_UNTYPED)
 *   6.17	dma_fence_driver_name()				below
 *		(DMA_FENCE_DRIVER_NAME)
 *   6.19	vfio_device_ops.get_region_info_caps		below
 *		(GET_REGION_INFO_CAPS)
 *   7.1	dma_buf_move_notify() is			below
 *		dma_buf_invalidate_mappings()
 *		(DMA_BUF_INVALIDATE_MAPPINGS)
 *   7.1	move_notify is invalidate_mappings		tests/importer
 *		(INVALIDATE_MAPPINGS_CALLBACK)
 *   7.1	dma_buf_attach_revocable()			below
 *		(DMA_BUF_ATTACH_REVOCABLE)
 *
 * Found by the configuration:
 *   CONFIG_VFIO_PCI_DMABUF (6.19)			P2P_KERNEL_HAS_FEATURE
 *   CONFIG_ARCH_SUPPORTS_PMD_PFNMAP (6.12)		user_pages.h
 *   CONFIG_ZONE_DEVICE, CONFIG_FS_DAX, CONFIG_X86_64	zone_pages.h
 *   CONFIG_NUMA_BALANCING				user_pages.h
 *   PF_USER_WORKER (6.4), a macro			user_pages.h
 *   CONFIG_DMABUF_MOVE_NOTIFY (gone in 7.1)		P2P_CORE_PINS_BEFORE_MAP
 *
 * Found at run time:
 *   the name of vfio device files, before 6.6		vfio_file.c
 *   BARs claimed at open, or at first use		bar_claim.c
 *   reset_prepare and reset_done of vfio-pci-core,	reset_hooks.c
 *     which no kernel has yet, are called
 *
 * Written so that it makes no difference:
 *   members that vfio_device_ops gets: copied as a whole	interposer.c
 *   private data of vfio device files, since 6.6 not the	file_call.c
 *     vfio_device: never looked at
 *   vfio_device freed in its release (6.1) or after it: not	interposer.c
 *     touched any more
 *   pin and unpin of dma_buf_ops, without which the core of	buffer.c
 *     6.x maps at attach; later it does without
 *   what generic pages of ZONE_DEVICE are freed by, since	pool.c
 *     6.14 for other types only: they never are
 *   the reservation lock, which 6.2 to 6.4 hold around the	user_map.c
 *     mmap of a dma-buf: not taken there
 *   VFIO_DEVICE_FEATURE_DMA_BUF, in the kernel's headers	include/uapi
 *     from 6.19 (5d74781ebc86)
 *   kbuild's working directory, since 6.13 that of the module	Kbuild, probe
 *     (13b25489b6f8)
 *
 * All of it exists, in Debian's kernels, in 6.1; probe --missing says what is
 * lacking in an older one.
 */
#ifndef P2P_COMPAT_H
#define P2P_COMPAT_H

#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/vfio_pci_core.h>

#include "compat_config.h"

/*
 * "module: Convert symbol namespace to string literal" (cdd30ebb1b9f),
 * Linux 6.13
 */
#if defined(HAVE_MODULE_IMPORT_NS_STRING)
#define P2P_IMPORT_NS_DMA_BUF	MODULE_IMPORT_NS("DMA_BUF")
#else
#define P2P_IMPORT_NS_DMA_BUF	MODULE_IMPORT_NS(DMA_BUF)
#endif

/*
 * "tracing/treewide: Remove second parameter of __assign_str()" (2c92ca849fcc),
 * Linux 6.10
 */
#if defined(HAVE_ASSIGN_STR_ONE_ARG)
#define p2p_assign_str(field, text)	__assign_str(field)
#else
#define p2p_assign_str(field, text)	__assign_str(field, text)
#endif

/*
 * "dma-buf: Rename dma_buf_move_notify() to dma_buf_invalidate_mappings()"
 * (95308225e5ba), Linux 7.1
 */
#if defined(HAVE_DMA_BUF_INVALIDATE_MAPPINGS)
#define p2p_invalidate_mappings(dmabuf)	dma_buf_invalidate_mappings(dmabuf)
#else
#define p2p_invalidate_mappings(dmabuf)	dma_buf_move_notify(dmabuf)
#endif

/*
 * With DMABUF_MOVE_NOTIFY=n the core pins before every map, dynamic or not.
 * "dma-buf: Always build with DMABUF_MOVE_NOTIFY" (609fc8766d68), Linux 7.1,
 * ended that and took the option away.  In headers that looks like =n, so what
 * came before and after it in its series has to tell; without both it is safe to
 * accept the pin: an importer that pins for good is then refused at its map.
 *
 * P2P_PINS_ARE_REVOCABLE: an importer that pins lets go all the same when it is told
 * to.  From 7.1 on one that can't is to have no callback, so that it is not attached;
 * before, it has one that does nothing.  Upstream's exporter takes the pin, and irdma
 * relies on that.
 */
#if defined(HAVE_DMA_BUF_INVALIDATE_MAPPINGS) && \
	defined(HAVE_DMA_BUF_ATTACH_REVOCABLE)
#define P2P_CORE_PINS_BEFORE_MAP	false
#define P2P_PINS_ARE_REVOCABLE		true
#else
#define P2P_CORE_PINS_BEFORE_MAP	(!IS_ENABLED(CONFIG_DMABUF_MOVE_NOTIFY))
#define P2P_PINS_ARE_REVOCABLE		false
#endif

/*
 * Does vfio-pci-core serve VFIO_DEVICE_FEATURE_DMA_BUF itself?  "vfio/pci: Add
 * dma-buf export support for MMIO regions" (5d74781ebc86), Linux 6.19
 */
#define P2P_KERNEL_HAS_FEATURE	IS_ENABLED(CONFIG_VFIO_PCI_DMABUF)

/*
 * Are there dma-bufs of its own of an open device?  Of which BAR they are it does
 * not tell.  One look needs no lock.
 */
static inline bool p2p_kernel_has_dma_bufs(struct vfio_pci_core_device *vdev)
{
#if P2P_KERNEL_HAS_FEATURE
	return !list_empty(&vdev->dmabufs);
#else
	return false;
#endif
}

/*
 * Can this importer be told to let go?  "dma-buf: Add
 * dma_buf_attach_revocable()" (be6d4c9e9d71), Linux 7.1, answers that; before,
 * every dynamic importer has to have a move_notify (dma_buf_dynamic_attach()
 * warns otherwise), so that being dynamic is what can be known.
 */
static inline bool p2p_attach_revocable(struct dma_buf_attachment *attach)
{
#if defined(HAVE_DMA_BUF_ATTACH_REVOCABLE)
	return dma_buf_attach_revocable(attach);
#else
	return attach->importer_ops;
#endif
}

/*
 * Is VFIO_DEVICE_GET_REGION_INFO answered by vfio-pci-core alone?  "vfio: Add
 * get_region_info_caps op" (775f726a742a), Linux 6.19, took it from the ioctl.
 */
static inline bool p2p_region_info_is_core(const struct vfio_device_ops *ops)
{
#if defined(HAVE_GET_REGION_INFO_CAPS)
	return ops->get_region_info_caps == vfio_pci_ioctl_get_region_info;
#else
	return true;
#endif
}

/*
 * Who made a fence that may signal at any moment.  Its ops are gone then since
 * "dma-buf: detach fence ops on signal v3" (541c8f2468b9, Linux 7.2 has it), for
 * which "dma-fence: Add safe access helpers and document the rules"
 * (506aa8b02a8d), Linux 6.17, had brought this accessor.
 */
static inline void p2p_fence_driver(struct dma_fence *fence, char *name,
				    size_t size)
{
#if defined(HAVE_DMA_FENCE_DRIVER_NAME)
	const char __rcu *driver;

	rcu_read_lock();
	driver = dma_fence_driver_name(fence);
	strscpy(name, rcu_dereference(driver), size);
	rcu_read_unlock();
#else
	strscpy(name, fence->ops->get_driver_name(fence), size);
#endif
}

#endif /* P2P_COMPAT_H */
