/* SPDX-License-Identifier: GPL-2.0-only */
/* Dma-bufs of plain host memory, on kernels that have udmabuf. */
#ifndef TEST_UDMABUF_H
#define TEST_UDMABUF_H

#include <stddef.h>

/*
 * The first SIZE bytes of a memfd, which is sealed against being shrunk; returns the
 * fd or a negative errno, -ENOENT if the kernel has no udmabuf.
 */
int udmabuf_create(int memfd, size_t size);

#endif /* TEST_UDMABUF_H */
