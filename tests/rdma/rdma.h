/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of the RDMA test device and what its files offer each other.
 *
 * Locks, outermost first:
 *   dma_buf::resv	everything about a region's mapping, DMA included
 *   edu::lock		the engine
 * No user memory is touched while a reservation lock is held.
 */
#ifndef P2P_TEST_RDMA_INTERNAL_H
#define P2P_TEST_RDMA_INTERNAL_H

#include <linux/completion.h>
#include <linux/dma-buf.h>
#include <linux/refcount.h>

#include <rdma/ib_umem.h>
#include <rdma/ib_verbs.h>

#include "../importer/edu.h"
#include "p2p_test_rdma.h"

/**
 * struct test_device - one RDMA device
 * @ib: it, as the RDMA core has it
 * @edu: its DMA engine
 */
struct test_device {
	struct ib_device ib;
	struct edu *edu;
};

/**
 * struct test_mr - a memory region over a dma-buf
 * @ib: it, as the RDMA core has it
 * @umem: the core's attachment to the dma-buf
 * @users: one by the table of keys, one by each call that uses it
 * @unused: no users are left
 * @maps: protected by the reservation lock; successful maps
 * @invalidations: protected by the reservation lock; mappings taken away
 */
struct test_mr {
	struct ib_mr ib;
	struct ib_umem_dmabuf *umem;
	refcount_t users;
	struct completion unused;
	u64 maps;
	u64 invalidations;
};

static inline struct edu *test_mr_edu(const struct test_mr *mr)
{
	return container_of(mr->ib.device, struct test_device, ib)->edu;
}

static inline struct dma_resv *test_mr_resv(const struct test_mr *mr)
{
	return mr->umem->attach->dmabuf->resv;
}

/* device.c: the RDMA device */
struct test_device *test_device_create(struct pci_dev *pdev, struct edu *edu);
void test_device_destroy(struct test_device *dev);

/* mr.c: memory regions */
struct ib_mr *test_reg_dmabuf(struct ib_pd *pd, u64 offset, u64 length,
			      u64 iova, int fd, int access);
int test_dereg_mr(struct ib_mr *ib_mr, struct ib_udata *udata);
struct test_mr *test_mr_get(u32 key);
void test_mr_put(struct test_mr *mr);
int test_mr_map(struct test_mr *mr);

/* work.c: work requests */
int test_work_register(void);
void test_work_unregister(void);

#endif /* P2P_TEST_RDMA_INTERNAL_H */
