// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory regions over dma-bufs, by the rules of mlx5's on-demand paging: the
 * exporter may take a mapping away at any time, and the next use maps it again.
 */
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "compat.h"
#include "rdma.h"

static bool pinned;
module_param(pinned, bool, 0644);
MODULE_PARM_DESC(pinned, "Regions registered from now on pin their dma-buf for good (default N)");

/* Regions of all devices, by key; a key does not come back soon. */
static DEFINE_XARRAY_ALLOC1(mrs);
static u32 next_key;

static void test_mr_invalidate(struct dma_buf_attachment *attach)
{
	struct ib_umem_dmabuf *umem = attach->importer_priv;
	struct test_mr *mr = umem->private;

	dma_resv_assert_held(attach->dmabuf->resv);

	/* Also before the registration got as far as to map it */
	if (!umem->sgt)
		return;

	/* Who works with the mapping holds the lock, so nobody does. */
	ib_umem_dmabuf_unmap_pages(umem);
	mr->invalidations++;
}

static const struct dma_buf_attach_ops test_mr_attach_ops = {
	.allow_peer2peer = true,
	.P2P_TEST_MOVE_NOTIFY = test_mr_invalidate,
};

/**
 * test_mr_map - what a page fault of the device does
 * @mr: the region; its reservation lock is held
 *
 * Return: 0, or what the exporter said.
 */
int test_mr_map(struct test_mr *mr)
{
	bool mapped = mr->umem->sgt;
	int ret;

	/* Waits for the exporter's fences also if it is mapped. */
	ret = ib_umem_dmabuf_map_pages(mr->umem);
	if (!ret && !mapped)
		mr->maps++;

	return ret;
}

struct test_mr *test_mr_get(u32 key)
{
	struct test_mr *mr;

	xa_lock(&mrs);
	mr = xa_load(&mrs, key);
	if (mr)
		refcount_inc(&mr->users);
	xa_unlock(&mrs);

	return mr ?: ERR_PTR(-ENOENT);
}

void test_mr_put(struct test_mr *mr)
{
	if (refcount_dec_and_test(&mr->users))
		complete(&mr->unused);
}

static struct ib_umem_dmabuf *get_umem(struct ib_device *dev, u64 offset,
				       u64 length, int fd, int access)
{
	if (pinned)
		return ib_umem_dmabuf_get_pinned(dev, offset, length, fd,
						 access);

	return ib_umem_dmabuf_get(dev, offset, length, fd, access,
				  &test_mr_attach_ops);
}

static int first_map(struct test_mr *mr)
{
	int ret;

	dma_resv_lock(test_mr_resv(mr), NULL);
	mr->umem->private = mr;
	ret = test_mr_map(mr);
	dma_resv_unlock(test_mr_resv(mr));

	return ret;
}

struct ib_mr *test_reg_dmabuf(struct ib_pd *pd, u64 offset, u64 length,
			      u64 iova, int fd, int access)
{
	struct test_mr *mr;
	int ret;

	mr = kzalloc(sizeof(*mr), GFP_KERNEL);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	mr->ib.device = pd->device;
	refcount_set(&mr->users, 1);
	init_completion(&mr->unused);

	mr->umem = get_umem(pd->device, offset, length, fd, access);
	if (IS_ERR(mr->umem)) {
		ret = PTR_ERR(mr->umem);
		goto err_free;
	}

	ret = first_map(mr);
	if (ret)
		goto err_release;

	ret = xa_alloc_cyclic(&mrs, &mr->ib.lkey, mr, xa_limit_31b, &next_key,
			      GFP_KERNEL);
	if (ret < 0)
		goto err_release;

	mr->ib.rkey = mr->ib.lkey;
	mr->ib.length = length;
	mr->ib.iova = iova;

	return &mr->ib;

err_release:
	ib_umem_release(&mr->umem->umem);
err_free:
	kfree(mr);

	return ERR_PTR(ret);
}

int test_dereg_mr(struct ib_mr *ib_mr, struct ib_udata *udata)
{
	struct test_mr *mr = container_of(ib_mr, struct test_mr, ib);

	xa_erase(&mrs, mr->ib.lkey);
	test_mr_put(mr);
	wait_for_completion(&mr->unused);

	ib_umem_release(&mr->umem->umem);
	kfree(mr);

	return 0;
}
