// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a dma-buf comes from, for those who want to know.
 */
#include <linux/atomic.h>
#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/pci.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "origin.h"

static atomic64_t last_id = ATOMIC64_INIT(0);

/**
 * p2p_origin_note - the current process makes a dma-buf
 * @origin: zero
 * @pdev: whose memory it is
 * @dmabuf: the dma-buf
 * @created: now
 *
 * The process goes by the name of its first thread: what threads call
 * themselves says little to others.
 */
void p2p_origin_note(struct p2p_origin *origin, struct pci_dev *pdev,
		     struct dma_buf *dmabuf, ktime_t created)
{
	origin->id = atomic64_inc_return(&last_id);
	origin->inode = file_inode(dmabuf->file)->i_ino;
	strscpy(origin->device, pci_name(pdev), sizeof(origin->device));
	origin->created = created;
	origin->creator = get_pid(task_tgid(current));
	/* An exec of another thread may replace the first one. */
	rcu_read_lock();
	/* A rename under way leaves two halves here; the last byte is always 0. */
	data_race(memcpy(origin->comm, READ_ONCE(current->group_leader)->comm,
			 sizeof(origin->comm)));
	rcu_read_unlock();
}

/**
 * p2p_origin_forget - give back what it holds
 * @origin: noted, or zero
 */
void p2p_origin_forget(struct p2p_origin *origin)
{
	put_pid(origin->creator);
}
