/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RDMA test device: registration of dma-bufs by the kernel's uverbs, as
 * ibv_reg_dmabuf_mr() does it, and work requests.
 */
#ifndef TEST_RDMA_H
#define TEST_RDMA_H

#include <stdbool.h>
#include <stddef.h>

#include "../../rdma/p2p_test_rdma.h"

#define MODULE_RDMA	P2P_RDMA_NAME

/**
 * struct rdma - an open RDMA device with a protection domain
 * @fd: uverbs; -1 if not open
 * @work: the device that takes work requests
 * @pd: handle of the protection domain
 */
struct rdma {
	int fd;
	int work;
	__u32 pd;
};

/**
 * struct rdma_mr - a memory region
 * @handle: for uverbs
 * @key: for work requests
 */
struct rdma_mr {
	__u32 handle;
	__u32 key;
};

/*
 * Load the module with what it needs, or skip the test where the kernel has no
 * InfiniBand.
 */
void rdma_load_or_skip(void);

/* All functions below return a negative errno if they fail. */

/* Bind a function of edu to the driver and open it. */
int rdma_open(struct rdma *rdma, const char *bdf);

/* Also deregisters what is registered. */
void rdma_close(struct rdma *rdma);

/* Register LENGTH bytes from OFFSET of a dma-buf on, with IB_ACCESS_* rights. */
int rdma_reg_dmabuf(struct rdma *rdma, int dmabuf, __u64 offset, __u64 length,
		    __u32 access, struct rdma_mr *mr);
int rdma_dereg(struct rdma *rdma, const struct rdma_mr *mr);

/* Regions registered from now on pin their dma-buf for good, or not any more. */
int rdma_set_pinned(bool pinned);

/*
 * Work requests: DMA of the device to and from the region; FLAGS may have
 * P2P_RDMA_NO_FAULT.
 */
int rdma_write(const struct rdma *rdma, const struct rdma_mr *mr, __u64 offset,
	       const void *buf, size_t size, __u32 flags);
int rdma_read(const struct rdma *rdma, const struct rdma_mr *mr, __u64 offset,
	      void *buf, size_t size, __u32 flags);

int rdma_stat(const struct rdma *rdma, const struct rdma_mr *mr,
	      struct p2p_rdma_stat *stat);

#endif /* TEST_RDMA_H */
