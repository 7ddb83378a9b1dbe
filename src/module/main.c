// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_p2p_dmabuf: export vfio-pci BARs as dma-bufs on kernels before 6.19.
 *
 * Load and unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/vfio_p2p_dmabuf.h>

#include "buffer.h"
#include "compat/compat.h"
#include "control.h"
#include "interposer.h"
#include "native.h"
#include "pages.h"
#include "topology.h"
#include "view.h"

static int __init p2p_init(void)
{
	int ret;

	ret = p2p_native_init();
	if (ret)
		return ret;

	ret = p2p_topology_init(p2p_native_used());
	if (ret)
		return ret;

	ret = p2p_buffers_start();
	if (ret)
		return ret;

	ret = p2p_pages_start();
	if (ret)
		goto err_buffers;

	ret = p2p_control_start();
	if (ret)
		goto err_pages;

	/* From here on there may be dma-bufs, and no way back. */
	ret = p2p_interposer_start();
	if (ret)
		goto err_control;
	p2p_view_start();

	pr_info("version %s, ABI %u, capabilities %#llx, %u devices served, dma-bufs are %s\n",
		VFIO_P2P_VERSION, VFIO_P2P_ABI_VERSION,
		p2p_control_capabilities(), p2p_interposer_devices(),
		p2p_native_used() ? "the kernel's" : "ours");
	return 0;

err_control:
	p2p_control_stop();
err_pages:
	p2p_pages_stop();
err_buffers:
	p2p_buffers_stop();
	return ret;
}

static void __exit p2p_exit(void)
{
	p2p_view_stop();
	p2p_control_stop();
	p2p_interposer_stop();
	p2p_pages_stop();
	p2p_buffers_stop();
}

module_init(p2p_init);
module_exit(p2p_exit);

MODULE_DESCRIPTION("Export vfio-pci BARs as dma-bufs for PCI peer-to-peer DMA");
MODULE_AUTHOR("The vfio_p2p_dmabuf developers");
MODULE_LICENSE("GPL");
P2P_IMPORT_NS_DMA_BUF;
MODULE_VERSION(VFIO_P2P_VERSION);
