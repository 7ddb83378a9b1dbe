// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fences that user space signals: they stand for DMA that is still in flight
 * when the exporter wants its memory back.
 */
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "importer.h"

struct importer_fence {
	struct dma_fence base;
	/* The lock of @base */
	spinlock_t lock;
};

static const char *importer_fence_name(struct dma_fence *fence)
{
	return "p2p_test_importer";
}

/* A waiter may hold the last reference, so each fence pins the module. */
static void importer_fence_release(struct dma_fence *fence)
{
	dma_fence_free(fence);
	module_put(THIS_MODULE);
}

static const struct dma_fence_ops importer_fence_ops = {
	.get_driver_name = importer_fence_name,
	.get_timeline_name = importer_fence_name,
	.release = importer_fence_release,
};

static struct dma_fence *importer_fence_create(void)
{
	struct importer_fence *fence;

	fence = kzalloc(sizeof(*fence), GFP_KERNEL);
	if (!fence)
		return NULL;

	__module_get(THIS_MODULE);
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &importer_fence_ops, &fence->lock,
		       dma_fence_context_alloc(1), 1);

	return &fence->base;
}

/**
 * attachment_fence_add - add an unsignalled fence to the reservation object
 * @att: the attachment, its reservation lock held
 *
 * Return: 0 or -ENOMEM.
 */
int attachment_fence_add(struct attachment *att)
{
	struct dma_resv *resv = att->dmabuf->resv;
	struct dma_fence *fence;
	int ret;

	ret = dma_resv_reserve_fences(resv, 1);
	if (ret)
		return ret;

	fence = importer_fence_create();
	if (!fence)
		return -ENOMEM;

	dma_resv_add_fence(resv, fence, DMA_RESV_USAGE_BOOKKEEP);

	spin_lock(&att->stat_lock);
	att->fence = fence;
	att->stat.flags |= P2P_TEST_STAT_FENCE;
	spin_unlock(&att->stat_lock);

	return 0;
}

/**
 * attachment_fence_signal - signal the fence of the mapping, if there is one
 * @att: the attachment
 *
 * Needs no reservation lock, which an exporter may hold while it waits.
 */
void attachment_fence_signal(struct attachment *att)
{
	struct dma_fence *fence;

	spin_lock(&att->stat_lock);
	fence = att->fence;
	if (fence)
		dma_fence_get(fence);
	att->stat.flags &= ~P2P_TEST_STAT_FENCE;
	spin_unlock(&att->stat_lock);

	if (!fence)
		return;

	dma_fence_signal(fence);
	dma_fence_put(fence);
}

/**
 * attachment_fence_forget - take the signalled fence out of the reservation
 * @att: the attachment, its reservation lock held
 *
 * A dma-buf that lives on must not keep this module loaded.
 */
void attachment_fence_forget(struct attachment *att)
{
	struct dma_fence *fence, *stub;

	spin_lock(&att->stat_lock);
	fence = att->fence;
	att->fence = NULL;
	spin_unlock(&att->stat_lock);

	if (!fence)
		return;

	stub = dma_fence_get_stub();
	dma_resv_replace_fences(att->dmabuf->resv, fence->context, stub,
				DMA_RESV_USAGE_BOOKKEEP);
	dma_fence_put(stub);
	dma_fence_put(fence);
}
