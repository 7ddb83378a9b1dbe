// SPDX-License-Identifier: GPL-2.0-only
/* Attachments: attach, map, unmap, and what happens when the exporter moves. */
#include <linux/dma-resv.h>
#include <linux/slab.h>

#include "compat.h"
#include "importer.h"

/* How long the exporter's own fences may keep a map waiting */
#define MAP_FENCE_TIMEOUT	(10 * HZ)

void attachment_set_flags(struct attachment *att, u32 set, u32 clear)
{
	spin_lock(&att->stat_lock);
	att->stat.flags = (att->stat.flags & ~clear) | set;
	spin_unlock(&att->stat_lock);
}

static void attachment_count_map(struct attachment *att, int err)
{
	spin_lock(&att->stat_lock);
	if (err) {
		att->stat.map_errors++;
		att->stat.last_map_error = -err;
	} else {
		att->stat.maps++;
		att->stat.nents = att->sgt->nents;
		att->stat.flags |= P2P_TEST_STAT_MAPPED;
		att->stat.flags &= ~P2P_TEST_STAT_REVOKED;
	}
	spin_unlock(&att->stat_lock);
}

static void attachment_count_unmap(struct attachment *att)
{
	spin_lock(&att->stat_lock);
	att->stat.unmaps++;
	att->stat.nents = 0;
	att->stat.flags &= ~P2P_TEST_STAT_MAPPED;
	spin_unlock(&att->stat_lock);
}

static void attachment_count_notify(struct attachment *att)
{
	spin_lock(&att->stat_lock);
	att->stat.notifies++;
	if (att->sgt)
		att->stat.notifies_mapped++;
	att->stat.flags |= P2P_TEST_STAT_REVOKED;
	spin_unlock(&att->stat_lock);
}

static void attachment_unmap_locked(struct attachment *att)
{
	dma_resv_assert_held(att->dmabuf->resv);

	dma_buf_unmap_attachment(att->attach, att->sgt, att->dir);
	att->sgt = NULL;
	attachment_fence_signal(att);
	attachment_fence_forget(att);
	attachment_count_unmap(att);
	importer_file_event(att->file, P2P_TEST_EVENT_UNMAP);
}

static void attachment_move_notify(struct dma_buf_attachment *attach)
{
	struct attachment *att = attach->importer_priv;

	dma_resv_assert_held(att->dmabuf->resv);

	/* Attached, but attachment_create() has not stored it yet, or going */
	if (!att->attach || att->dead)
		return;

	att->revoked = true;
	attachment_count_notify(att);

	if (att->sgt) {
		switch (att->flavour) {
		case P2P_TEST_DYNAMIC:
		case P2P_TEST_NO_P2P:
		case P2P_TEST_PIN:
			attachment_unmap_locked(att);
			break;
		case P2P_TEST_LATE:
			schedule_delayed_work(&att->late,
					      msecs_to_jiffies(att->late_ms));
			break;
		default:
			/* Kept until user space asks */
			break;
		}
	}

	importer_file_event(att->file, P2P_TEST_EVENT_NOTIFY);
}

static const struct dma_buf_attach_ops attachment_p2p_ops = {
	.allow_peer2peer = true,
	.P2P_TEST_MOVE_NOTIFY = attachment_move_notify,
};

static const struct dma_buf_attach_ops attachment_no_p2p_ops = {
	.allow_peer2peer = false,
	.P2P_TEST_MOVE_NOTIFY = attachment_move_notify,
};

static void attachment_late_work(struct work_struct *work)
{
	struct attachment *att = container_of(to_delayed_work(work),
					      struct attachment, late);

	dma_resv_lock(att->dmabuf->resv, NULL);
	/* Someone else may have unmapped it, and even mapped it again. */
	if (att->sgt && att->revoked)
		attachment_unmap_locked(att);
	dma_resv_unlock(att->dmabuf->resv);
}

static struct dma_buf_attachment *attachment_attach(struct attachment *att,
						    struct device *dev)
{
	switch (att->flavour) {
	case P2P_TEST_STATIC:
		return dma_buf_attach(att->dmabuf, dev);
	case P2P_TEST_NO_P2P:
		return dma_buf_dynamic_attach(att->dmabuf, dev,
					      &attachment_no_p2p_ops, att);
	default:
		return dma_buf_dynamic_attach(att->dmabuf, dev,
					      &attachment_p2p_ops, att);
	}
}

static int attachment_pin(struct attachment *att)
{
	int ret;

	dma_resv_lock(att->dmabuf->resv, NULL);
	ret = dma_buf_pin(att->attach);
	att->pinned = !ret;
	dma_resv_unlock(att->dmabuf->resv);

	return ret;
}

static struct attachment *attachment_alloc(struct importer_file *file,
					   const struct p2p_test_attach *arg)
{
	struct attachment *att;

	if (arg->flavour > P2P_TEST_FENCE)
		return ERR_PTR(-EINVAL);

	att = kzalloc(sizeof(*att), GFP_KERNEL_ACCOUNT);
	if (!att)
		return ERR_PTR(-ENOMEM);

	kref_init(&att->ref);
	att->file = file;
	att->flavour = arg->flavour;
	att->late_ms = arg->late_ms;
	spin_lock_init(&att->stat_lock);
	INIT_DELAYED_WORK(&att->late, attachment_late_work);

	return att;
}

/**
 * attachment_create - attach a dma-buf
 * @file: the file that will own the attachment
 * @arg: what user space wants
 *
 * Return: the attachment, to be ended by attachment_shutdown() and
 * attachment_put(), or an ERR_PTR.
 */
struct attachment *attachment_create(struct importer_file *file,
				     const struct p2p_test_attach *arg)
{
	struct dma_buf_attachment *attach;
	struct attachment *att;
	int ret;

	att = attachment_alloc(file, arg);
	if (IS_ERR(att))
		return att;

	att->dmabuf = dma_buf_get(arg->dmabuf_fd);
	if (IS_ERR(att->dmabuf)) {
		ret = PTR_ERR(att->dmabuf);
		kfree(att);
		return ERR_PTR(ret);
	}

	attach = attachment_attach(att, file->importer->dev);
	if (IS_ERR(attach)) {
		ret = PTR_ERR(attach);
		goto err_put;
	}

	dma_resv_lock(att->dmabuf->resv, NULL);
	att->attach = attach;
	dma_resv_unlock(att->dmabuf->resv);

	if (att->flavour == P2P_TEST_PIN) {
		ret = attachment_pin(att);
		if (ret)
			goto err_shutdown;
	}

	return att;

err_shutdown:
	attachment_shutdown(att);
err_put:
	attachment_put(att);

	return ERR_PTR(ret);
}

/**
 * attachment_shutdown - unmap and detach
 * @att: the attachment, which nobody finds any more
 *
 * Calls that found it before see that it is dead once they get the lock.
 */
void attachment_shutdown(struct attachment *att)
{
	struct dma_buf_attachment *attach;

	/* The exporter may hold the lock while it waits for the fence. */
	attachment_fence_signal(att);

	dma_resv_lock(att->dmabuf->resv, NULL);
	att->dead = true;
	if (att->sgt)
		attachment_unmap_locked(att);
	if (att->pinned)
		dma_buf_unpin(att->attach);
	att->pinned = false;
	attach = att->attach;
	att->attach = NULL;
	dma_resv_unlock(att->dmabuf->resv);

	cancel_delayed_work_sync(&att->late);
	dma_buf_detach(att->dmabuf, attach);
}

static void attachment_release(struct kref *ref)
{
	struct attachment *att = container_of(ref, struct attachment, ref);

	dma_buf_put(att->dmabuf);
	kfree(att);
}

void attachment_put(struct attachment *att)
{
	kref_put(&att->ref, attachment_release);
}

/* Dynamic importers have to wait for the exporter's moves before they map. */
static int attachment_wait_exporter(struct attachment *att)
{
	long left;

	left = dma_resv_wait_timeout(att->dmabuf->resv, DMA_RESV_USAGE_KERNEL,
				     true, MAP_FENCE_TIMEOUT);
	if (left < 0)
		return left;

	return left ? 0 : -ETIMEDOUT;
}

static int attachment_map_locked(struct attachment *att,
				 enum dma_data_direction dir)
{
	struct sg_table *sgt;
	int ret;

	ret = attachment_wait_exporter(att);
	if (ret)
		return ret;

	sgt = dma_buf_map_attachment(att->attach, dir);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);

	if (att->flavour == P2P_TEST_FENCE) {
		ret = attachment_fence_add(att);
		if (ret) {
			dma_buf_unmap_attachment(att->attach, sgt, dir);
			return ret;
		}
	}

	att->sgt = sgt;
	att->dir = dir;
	att->revoked = false;

	return 0;
}

int attachment_map(struct attachment *att, u32 direction)
{
	int ret;

	if (direction > DMA_FROM_DEVICE)
		return -EINVAL;

	dma_resv_lock(att->dmabuf->resv, NULL);
	if (att->dead) {
		ret = -ENOENT;
	} else if (att->sgt) {
		ret = -EALREADY;
	} else {
		ret = attachment_map_locked(att, direction);
		attachment_count_map(att, ret);
	}
	dma_resv_unlock(att->dmabuf->resv);

	return ret;
}

int attachment_unmap(struct attachment *att)
{
	int ret = 0;

	/* As in attachment_shutdown() */
	attachment_fence_signal(att);

	dma_resv_lock(att->dmabuf->resv, NULL);
	if (att->dead)
		ret = -ENOENT;
	else if (!att->sgt)
		ret = -ENXIO;
	else
		attachment_unmap_locked(att);
	dma_resv_unlock(att->dmabuf->resv);

	return ret;
}

int attachment_signal(struct attachment *att)
{
	if (att->flavour != P2P_TEST_FENCE)
		return -EOPNOTSUPP;

	return attachment_unmap(att);
}
