/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * p2p_floor: dma-bufs of device memory by the least that makes one, for
 * benchmarks.  Nothing is checked, and nobody waits for anybody: what it costs
 * is what dma-buf and the DMA API cost.
 */
#ifndef _P2P_FLOOR_H
#define _P2P_FLOOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define P2P_FLOOR_IOC_MAGIC	0xD7

#define P2P_FLOOR_DEVICE_NAME	"p2p-floor"

/* DMA addresses are the CPU's; else they come from the DMA API. */
#define P2P_FLOOR_BUS_ADDRESS	0x1u

struct p2p_floor_range {
	__aligned_u64 offset;
	__aligned_u64 length;
};

/**
 * struct p2p_floor_export - make a dma-buf
 * @start: physical address that the offsets of the ranges count from
 * @ranges: user pointer to struct p2p_floor_range
 * @nr: of them, not zero
 * @flags: P2P_FLOOR_*
 *
 * Returns its fd.
 */
struct p2p_floor_export {
	__aligned_u64 start;
	__aligned_u64 ranges;
	__u32 nr;
	__u32 flags;
};

#define P2P_FLOOR_EXPORT \
	_IOW(P2P_FLOOR_IOC_MAGIC, 0x00, struct p2p_floor_export)

/* The importers of a dma-buf, by its fd, are told that it moves. */
#define P2P_FLOOR_MOVE	_IO(P2P_FLOOR_IOC_MAGIC, 0x01)

#endif /* _P2P_FLOOR_H */
