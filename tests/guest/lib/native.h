/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernels that serve VFIO_DEVICE_FEATURE_DMA_BUF themselves. */
#ifndef TEST_NATIVE_H
#define TEST_NATIVE_H

#include <stdbool.h>

#include "vfio_dev.h"

/*
 * What the module under test says of the kernel, and of itself as this VM's
 * tests load it.  The functions load it for a moment if need be, once a process,
 * and fail the test if anything is wrong.
 */

/* Does the kernel serve the feature itself? */
bool native_there(void);

/* Does it make the dma-bufs also while the module is loaded? */
bool native_used(void);

/* Skip what holds of the module's dma-bufs only, of the kernel's only. */
void native_skip(void);
void native_need(void);

/*
 * Who made a dma-buf: 1 the kernel, 0 the module; -EINVAL somebody else, or
 * another negative errno.  This one needs no module, nor fails the test.
 */
int native_made(int dmabuf_fd);

/*
 * What vfio-pci says of the feature is what it says without the module: it is
 * unknown, or one page of BAR 2 becomes the kernel's dma-buf.
 */
void native_expect_alone(const struct vfio_dev *dev);

/* How a driver that the module leaves alone refuses the feature */
int native_refusal(void);

#endif /* TEST_NATIVE_H */
