/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * p2p_test_rdma: an RDMA device for tests, whose DMA engine is QEMU's edu.
 *
 * Bind a function of edu to the driver by its driver_override.  Memory regions
 * are registered with the kernel's own uverbs, the module ib_uverbs.  There are no
 * queue pairs: work is requested at /dev/p2p-test-rdma, for the regions of all such
 * devices.
 *
 * Parameter "pinned" (writable): regions registered from now on pin their dma-buf
 * for good, by ib_umem_dmabuf_get_pinned().  Without it they are like mlx5's: the
 * exporter may take the mapping away at any time, and what uses the region next
 * maps it again.
 */
#ifndef _P2P_TEST_RDMA_H
#define _P2P_TEST_RDMA_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define P2P_RDMA_IOC_MAGIC	0xD7

#define P2P_RDMA_NAME		"p2p_test_rdma"
#define P2P_RDMA_DEVICE		"p2p-test-rdma"

/* The largest transfer of one work request */
#define P2P_RDMA_WORK_MAX	65536u

/* Direction: write the buffer at @user to the region; else read into it */
#define P2P_RDMA_WRITE		0x1u
/* Don't map the region if it is not: as a device does that has no page faults */
#define P2P_RDMA_NO_FAULT	0x2u

/**
 * struct p2p_rdma_work - move bytes through a memory region by DMA
 * @key: in: of the region, local or remote
 * @flags: in: P2P_RDMA_*
 * @offset: in: in the region
 * @length: in: 1 to P2P_RDMA_WORK_MAX
 * @user: in: user pointer to the data to write, or to read into
 *
 * The reservation lock of the dma-buf is held from the first to the last byte, so
 * that a revoke waits for work that has begun and none begins after it.
 *
 * Errors: ENOENT no such key; EACCES a write to a region that was registered
 * without the right to it; ERANGE not within the region; ESTALE it is not mapped
 * and must not be (P2P_RDMA_NO_FAULT); EINVAL unknown flags, bad length; EFAULT,
 * ENOMEM; ETIMEDOUT the engine hangs; EINTR; else what the exporter said when the
 * region was to be mapped: ENODEV, there is no access now.
 */
struct p2p_rdma_work {
	__u32 key;
	__u32 flags;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 user;
};

/**
 * struct p2p_rdma_stat - what happened to a memory region
 * @key: in
 * @mapped: out: 1 if it is mapped now, else 0
 * @maps: out: successful maps
 * @invalidations: out: mappings that the exporter took away
 *
 * Waits for work on the region, and for a revoke.  Errors: ENOENT, EFAULT.
 */
struct p2p_rdma_stat {
	__u32 key;
	__u32 mapped;
	__aligned_u64 maps;
	__aligned_u64 invalidations;
};

#define P2P_RDMA_WORK	_IOW(P2P_RDMA_IOC_MAGIC, 0x00, struct p2p_rdma_work)
#define P2P_RDMA_STAT	_IOWR(P2P_RDMA_IOC_MAGIC, 0x01, struct p2p_rdma_stat)

#endif /* _P2P_TEST_RDMA_H */
