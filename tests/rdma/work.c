// SPDX-License-Identifier: GPL-2.0-only
/* Work requests: DMA of the device through a memory region. */
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "rdma.h"

static int check_work(const struct test_mr *mr,
		      const struct p2p_rdma_work *work)
{
	u64 size = mr->umem->umem.length;

	if (work->flags & P2P_RDMA_WRITE && !mr->umem->umem.writable)
		return -EACCES;
	if (work->length > size || work->offset > size - work->length)
		return -ERANGE;
	if (work->flags & P2P_RDMA_NO_FAULT && !mr->umem->sgt)
		return -ESTALE;

	return 0;
}

static int move_piece(struct edu *edu, u64 address, void *buf, size_t len,
		      bool write)
{
	return write ? edu_write(edu, address, buf, len) :
		       edu_read(edu, buf, address, len);
}

/* The core's sg list begins at the page that the region begins in. */
static int move(struct test_mr *mr, const struct p2p_rdma_work *work, void *buf)
{
	struct ib_umem *umem = &mr->umem->umem;
	u64 offset = work->offset + ib_umem_offset(umem);
	bool write = work->flags & P2P_RDMA_WRITE;
	u64 left = work->length;
	struct scatterlist *sg;
	int i, ret;

	for_each_sgtable_dma_sg(&umem->sgt_append.sgt, sg, i) {
		size_t len;

		if (offset >= sg_dma_len(sg)) {
			offset -= sg_dma_len(sg);
			continue;
		}

		len = min_t(u64, left, sg_dma_len(sg) - offset);
		ret = move_piece(test_mr_edu(mr), sg_dma_address(sg) + offset,
				 buf, len, write);
		if (ret)
			return ret;

		buf += len;
		left -= len;
		offset = 0;
		if (!left)
			return 0;
	}

	return -EIO;
}

static int do_work(struct test_mr *mr, const struct p2p_rdma_work *work,
		   void *buf)
{
	int ret;

	ret = dma_resv_lock_interruptible(test_mr_resv(mr), NULL);
	if (ret)
		return ret;

	ret = check_work(mr, work);
	if (!ret)
		ret = test_mr_map(mr);
	if (!ret)
		ret = move(mr, work, buf);
	dma_resv_unlock(test_mr_resv(mr));

	return ret;
}

static void *work_buffer(const struct p2p_rdma_work *work)
{
	if (work->flags & ~(P2P_RDMA_WRITE | P2P_RDMA_NO_FAULT) ||
	    !work->length || work->length > P2P_RDMA_WORK_MAX)
		return ERR_PTR(-EINVAL);

	if (work->flags & P2P_RDMA_WRITE)
		return memdup_user(u64_to_user_ptr(work->user), work->length);

	return kzalloc(work->length, GFP_KERNEL) ?: ERR_PTR(-ENOMEM);
}

static long ioctl_work(void __user *uarg)
{
	struct p2p_rdma_work work;
	struct test_mr *mr;
	void *buf;
	int ret;

	if (copy_from_user(&work, uarg, sizeof(work)))
		return -EFAULT;

	buf = work_buffer(&work);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	mr = test_mr_get(work.key);
	if (IS_ERR(mr)) {
		ret = PTR_ERR(mr);
		goto out_free;
	}

	ret = do_work(mr, &work, buf);
	test_mr_put(mr);
	if (!ret && !(work.flags & P2P_RDMA_WRITE) &&
	    copy_to_user(u64_to_user_ptr(work.user), buf, work.length))
		ret = -EFAULT;

out_free:
	kfree(buf);

	return ret;
}

static long ioctl_stat(void __user *uarg)
{
	struct p2p_rdma_stat stat;
	struct test_mr *mr;

	if (copy_from_user(&stat, uarg, sizeof(stat)))
		return -EFAULT;

	mr = test_mr_get(stat.key);
	if (IS_ERR(mr))
		return PTR_ERR(mr);

	dma_resv_lock(test_mr_resv(mr), NULL);
	stat.mapped = !!mr->umem->sgt;
	stat.maps = mr->maps;
	stat.invalidations = mr->invalidations;
	dma_resv_unlock(test_mr_resv(mr));
	test_mr_put(mr);

	return copy_to_user(uarg, &stat, sizeof(stat)) ? -EFAULT : 0;
}

static long test_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case P2P_RDMA_WORK:
		return ioctl_work((void __user *)arg);
	case P2P_RDMA_STAT:
		return ioctl_stat((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations test_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = test_ioctl,
};

static struct miscdevice test_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = P2P_RDMA_DEVICE,
	.fops = &test_fops,
	.mode = 0600,
};

int test_work_register(void)
{
	return misc_register(&test_misc);
}

void test_work_unregister(void)
{
	misc_deregister(&test_misc);
}
