/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * p2p_test_phys and p2p_test_phys_optional: a dma-buf importer that maps nothing,
 * but asks vfio_p2p_phys_ranges() where the memory is.  The first is linked with that
 * function, the second looks for it each time.
 *
 * The misc device of each has its name.  An open file holds one attachment; closing
 * it detaches.
 */
#ifndef _P2P_TEST_PHYS_H
#define _P2P_TEST_PHYS_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define P2P_TEST_PHYS_IOC_MAGIC	0xD7

/* The largest number of ranges that GET stores */
#define P2P_TEST_PHYS_MAX	1024u

/* Of how many calls of move_notify the result is kept */
#define P2P_TEST_PHYS_NOTIFIES	4u

/* dma_buf_attach(), cannot be told of a move */
#define P2P_TEST_PHYS_STATIC	0x1u

/**
 * struct p2p_test_phys_attach - attach a dma-buf
 * @dmabuf_fd: in
 * @flags: in: P2P_TEST_PHYS_STATIC
 *
 * Errors: those of dma_buf_get() and of the attach; EALREADY there is one; EINVAL
 * unknown flags.
 */
struct p2p_test_phys_attach {
	__s32 dmabuf_fd;
	__u32 flags;
};

struct p2p_test_phys_range {
	__aligned_u64 start;
	__aligned_u64 length;
};

/**
 * struct p2p_test_phys_get - call the function
 * @ranges: in: user pointer to struct p2p_test_phys_range
 * @room: in: how many fit there, up to P2P_TEST_PHYS_MAX
 * @nr: out: how many there are
 *
 * Without an attachment the function is called with NULL.
 *
 * Errors: what the function says; ENOPKG there is no such function (optional).
 */
struct p2p_test_phys_get {
	__aligned_u64 ranges;
	__u32 room;
	__u32 nr;
};

/**
 * struct p2p_test_phys_notified - calls of move_notify since the last time
 * @nr: out
 * @result: out: what the function said in the first of them
 *
 * Errors: ENXIO there is no attachment.
 */
struct p2p_test_phys_notified {
	__u32 nr;
	__s32 result[P2P_TEST_PHYS_NOTIFIES];
};

#define P2P_TEST_PHYS_ATTACH \
	_IOW(P2P_TEST_PHYS_IOC_MAGIC, 0x00, struct p2p_test_phys_attach)
#define P2P_TEST_PHYS_GET \
	_IOWR(P2P_TEST_PHYS_IOC_MAGIC, 0x01, struct p2p_test_phys_get)
#define P2P_TEST_PHYS_NOTIFIED \
	_IOR(P2P_TEST_PHYS_IOC_MAGIC, 0x02, struct p2p_test_phys_notified)

#endif /* _P2P_TEST_PHYS_H */
