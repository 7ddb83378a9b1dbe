/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_ORIGIN_H
#define P2P_ORIGIN_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/types.h>

struct dma_buf;
struct pci_dev;
struct pid;

/* Room for "12345678:12:12.1"; mostly it is "1234:12:12.1". */
#define P2P_ADDRESS_LEN	24

/**
 * struct p2p_origin - which dma-buf this is, and who made it; never changes
 * @id: of this module's dma-bufs, in the order in which they were made
 * @inode: number of the dma-buf's inode, as in fdinfo and in dma-buf's own
 *	debugfs; it is just a number, there is no such file
 * @device: the exporter's address, also when it is gone
 * @created: CLOCK_BOOTTIME
 * @creator: the process; a reference
 * @comm: its name then
 */
struct p2p_origin {
	u64 id;
	unsigned long inode;
	char device[P2P_ADDRESS_LEN];
	ktime_t created;
	struct pid *creator;
	char comm[TASK_COMM_LEN];
};

void p2p_origin_note(struct p2p_origin *origin, struct pci_dev *pdev,
		     struct dma_buf *dmabuf, ktime_t created);
void p2p_origin_forget(struct p2p_origin *origin);

#endif /* P2P_ORIGIN_H */
