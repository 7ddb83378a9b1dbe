/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels, under one name each.  compat_config.h is made
 * by src/module/compat/probe from the headers the module is built against;
 * every HAVE_* has a test compilation in src/module/compat/probes.
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
 * Linux 6.13 (cdd30ebb1b9f) made the namespace a string.
 */
#if defined(HAVE_MODULE_IMPORT_NS_STRING)
#define P2P_IMPORT_NS_DMA_BUF	MODULE_IMPORT_NS("DMA_BUF")
#else
#define P2P_IMPORT_NS_DMA_BUF	MODULE_IMPORT_NS(DMA_BUF)
#endif

/*
 * Linux 7.1 renamed move_notify to invalidate_mappings, made it optional and
 * stopped pinning a dynamic exporter for each map.
 */
#if defined(HAVE_DMA_BUF_INVALIDATE_MAPPINGS)
#define p2p_invalidate_mappings(dmabuf)	dma_buf_invalidate_mappings(dmabuf)
#define P2P_CORE_PINS_BEFORE_MAP	false
#else
#define p2p_invalidate_mappings(dmabuf)	dma_buf_move_notify(dmabuf)
/* With DMABUF_MOVE_NOTIFY=n the core pins before every map, dynamic or not. */
#define P2P_CORE_PINS_BEFORE_MAP	(!IS_ENABLED(CONFIG_DMABUF_MOVE_NOTIFY))
#endif

/*
 * Does vfio-pci-core serve VFIO_DEVICE_FEATURE_DMA_BUF itself (Linux 6.19)?
 */
#define P2P_KERNEL_HAS_FEATURE	IS_ENABLED(CONFIG_VFIO_PCI_DMABUF)

/*
 * Can this importer be told to let go?  Linux 7.1 answers that itself; before,
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
