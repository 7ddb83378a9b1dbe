/* SPDX-License-Identifier: GPL-2.0-only */
/* The differences between kernels that the test modules have to know. */
#ifndef P2P_TEST_COMPAT_H
#define P2P_TEST_COMPAT_H

#include <linux/dma-buf.h>
#include <linux/module.h>

#include "compat_config.h"

/* The callback of struct dma_buf_attach_ops by which an exporter revokes */
#if defined(HAVE_INVALIDATE_MAPPINGS_CALLBACK)
#define P2P_TEST_MOVE_NOTIFY	invalidate_mappings
#else
#define P2P_TEST_MOVE_NOTIFY	move_notify
#endif

#if defined(HAVE_MODULE_IMPORT_NS_STRING)
#define P2P_TEST_IMPORT_DMA_BUF	MODULE_IMPORT_NS("DMA_BUF")
#else
#define P2P_TEST_IMPORT_DMA_BUF	MODULE_IMPORT_NS(DMA_BUF)
#endif

#endif /* P2P_TEST_COMPAT_H */
