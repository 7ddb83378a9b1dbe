// SPDX-License-Identifier: GPL-2.0-only
/*
 * One dma-buf over slices of a BAR: the dma_buf_ops, and taking access back.
 *
 * Rules and errnos are those of upstream's vfio_pci_dmabuf.c, except where a
 * comment says otherwise.
 *
 * Locks: dma_resv -> importer's locks (in the callbacks); dma_resv ->
 * access->lock.  Nothing here takes a lock of vfio.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "access.h"
#include "attachment.h"
#include "buffer.h"
#include "compat/compat.h"
#include "exports.h"
#include "hold.h"
#include "mapping.h"
#include "names.h"
#include "page_map.h"
#include "topology.h"
#include "trace.h"
#include "user_map.h"

/* How often a revoke that waits for an importer says so. */
#define P2P_REPORT_INTERVAL	(10 * HZ)

/* kmalloc() would take half as much again. */
static struct kmem_cache *buffer_cache;

/**
 * p2p_buffers_start - before the first dma-buf
 *
 * Return: 0 or -ENOMEM.
 */
int p2p_buffers_start(void)
{
	buffer_cache = kmem_cache_create("vfio_p2p_buffer",
					 sizeof(struct p2p_buffer),
					 __alignof__(struct p2p_buffer),
					 SLAB_ACCOUNT, NULL);
	return buffer_cache ? 0 : -ENOMEM;
}

/**
 * p2p_buffers_stop - there are no dma-bufs any more, nor walks through their lists
 */
void p2p_buffers_stop(void)
{
	kmem_cache_destroy(buffer_cache);
}

static void free_buffer(struct kref *ref)
{
	struct p2p_buffer *buf = container_of(ref, struct p2p_buffer, ref);

	if (buf->hold)
		p2p_hold_free(buf->hold);
	dma_resv_fini(&buf->resv);
	if (buf->mmapped)
		atomic_dec(&buf->access->mmapped);
	p2p_access_put(buf->access);
	p2p_origin_forget(&buf->origin);
	iput(buf->inode);
	kvfree(buf->first_pages);
	kvfree(buf->ranges);
	kmem_cache_free(buffer_cache, buf);
}

void p2p_buffer_get(struct p2p_buffer *buf)
{
	kref_get(&buf->ref);
}

void p2p_buffer_put(struct p2p_buffer *buf)
{
	kref_put(&buf->ref, free_buffer);
}

void p2p_buffers_get(struct klist_node *node)
{
	p2p_buffer_get(p2p_buffer_of(node));
}

void p2p_buffers_put(struct klist_node *node)
{
	p2p_buffer_put(p2p_buffer_of(node));
}

/* Look at the PCI path between the two; either may be removed meanwhile. */
static int find_route(struct p2p_buffer *buf, struct device *importer,
		      struct p2p_attachment *state)
{
	const unsigned int bar = buf->ranges->region;
	struct pci_dev *pdev = NULL;
	int ret;

	dma_resv_lock(&buf->resv, NULL);
	if (!buf->revoked)
		pdev = pci_dev_get(buf->pdev);
	dma_resv_unlock(&buf->resv);
	if (!pdev)
		return -ENODEV;

	ret = p2p_route_find(pdev, importer, &state->decision);
	if (!ret && state->decision.route == VFIO_P2P_ROUTE_BUS_ADDR)
		ret = p2p_bus_offset(pdev, bar, &state->bus_offset);
	pci_dev_put(pdev);
	return ret;
}

/*
 * Who looks has no hold on the device, and may come when it is gone.  The
 * driver's memory can be read under RCU: free_module() waits for a grace period.
 */
static void name_importer(struct p2p_attachment *state, struct device *importer)
{
	struct device_driver *driver;

	state->importer = importer;
	strscpy(state->name, dev_name(importer), sizeof(state->name));
	rcu_read_lock();
	driver = READ_ONCE(importer->driver);
	if (driver)
		strscpy(state->driver, driver->name, sizeof(state->driver));
	rcu_read_unlock();
}

/*
 * Upstream looks at the route at map, not at attach; an importer that can't be
 * reached may attach here too and learns it from map.
 */
static int buffer_attach(struct dma_buf *dmabuf,
			 struct dma_buf_attachment *attach)
{
	struct p2p_buffer *buf = dmabuf->priv;
	struct p2p_attachment *state;
	int ret;

	if (!attach->peer2peer) {
		dev_dbg(attach->dev, "importer knows no peer-to-peer\n");
		return -EOPNOTSUPP;
	}

	state = kzalloc(sizeof(*state), GFP_KERNEL);
	if (!state)
		return -ENOMEM;

	ret = find_route(buf, attach->dev, state);
	if (ret)
		goto err_free;

	if (!p2p_attach_revocable(attach)) {
		dev_dbg(attach->dev, "importer can't be told to let go\n");
		ret = -EOPNOTSUPP;
		goto err_free;
	}

	name_importer(state, attach->dev);
	attach->priv = state;
	dma_resv_lock(&buf->resv, NULL);
	list_add_rcu(&state->node, &buf->attachments);
	trace_p2p_attach(buf, state);
	dma_resv_unlock(&buf->resv);
	return 0;

err_free:
	kfree(state);
	return ret;
}

/* The attachment leaves, so this is the last chance; see p2p_buffer_sync(). */
static void buffer_detach(struct dma_buf *dmabuf,
			  struct dma_buf_attachment *attach)
{
	struct p2p_attachment *state = attach->priv;
	struct p2p_buffer *buf = dmabuf->priv;

	/* It stays counted: a revoke can't say that the mapping is gone. */
	if (state->maps)
		dev_err_ratelimited(attach->dev,
				    "importer detached without unmapping\n");

	dma_resv_lock(&buf->resv, NULL);
	if (state->unflushed)
		p2p_flush_iotlb(attach->dev);
	list_del_rcu(&state->node);
	trace_p2p_detach(buf, state);
	dma_resv_unlock(&buf->resv);
	attach->priv = NULL;
	kfree_rcu(state, rcu);
}

/*
 * With DMABUF_MOVE_NOTIFY=n the core pins before every map, also for dynamic
 * importers, in one go under the reservation lock.  An importer that pins for
 * good shows by a pin that no map followed: it gets no (further) mapping.  The
 * op has to exist there: without it the core would map at attach and keep that
 * mapping, which no revoke could drain.  Where only those are attached who let go
 * when they are told, all may pin: a revoke takes what is pinned, too.
 */
static int buffer_pin(struct dma_buf_attachment *attach)
{
	struct p2p_attachment *state = attach->priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	if (!P2P_PINS_ARE_REVOCABLE &&
	    (!P2P_CORE_PINS_BEFORE_MAP || state->pins != state->maps)) {
		dev_dbg(attach->dev, "importer pins for good\n");
		return -EOPNOTSUPP;
	}

	state->pins++;
	return 0;
}

static void buffer_unpin(struct dma_buf_attachment *attach)
{
	struct p2p_attachment *state = attach->priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	state->pins--;
}

/**
 * p2p_buffer_importers - how many are attached
 * @buf: its reservation lock is held
 */
unsigned int p2p_buffer_importers(const struct p2p_buffer *buf)
{
	const struct p2p_attachment *state;
	unsigned int nr = 0;

	list_for_each_entry(state, &buf->attachments, node)
		nr++;
	return nr;
}

static struct sg_table *map_by_route(struct p2p_buffer *buf,
				     struct dma_buf_attachment *attach,
				     enum dma_data_direction dir)
{
	struct p2p_attachment *state = attach->priv;

	switch (state->decision.route) {
	case VFIO_P2P_ROUTE_BUS_ADDR:
		return p2p_map_bus(attach->dev, buf->ranges,
				   state->bus_offset);
	case VFIO_P2P_ROUTE_HOST_BRIDGE:
		return p2p_map_host_bridge(attach->dev, buf->ranges, dir);
	default:
		dev_notice_ratelimited(attach->dev,
				       "no peer-to-peer route to %s (reason %u, VFIO_P2P_ROUTE tells more)\n",
				       pci_name(buf->pdev),
				       state->decision.reason);
		return ERR_PTR(-EINVAL);
	}
}

static struct sg_table *buffer_map(struct dma_buf_attachment *attach,
				   enum dma_data_direction dir)
{
	struct p2p_buffer *buf = attach->dmabuf->priv;
	struct p2p_attachment *state = attach->priv;
	struct sg_table *sgt;

	dma_resv_assert_held(&buf->resv);
	if (buf->revoked)
		sgt = ERR_PTR(-ENODEV);
	else
		sgt = map_by_route(buf, attach, dir);
	if (IS_ERR(sgt)) {
		trace_p2p_map(buf, state, 0, PTR_ERR(sgt));
		return sgt;
	}

	trace_p2p_map(buf, state, sgt->nents, 0);
	WRITE_ONCE(state->maps, state->maps + 1);
	buf->maps_ever++;
	WRITE_ONCE(buf->mappings, buf->mappings + 1);
	return sgt;
}

/* Mostly nobody waits; the barrier in wq_has_sleeper() is that of who does. */
static void wake_drainers(struct p2p_buffer *buf)
{
	if (wq_has_sleeper(&buf->drained))
		wake_up_all(&buf->drained);
}

static void buffer_unmap(struct dma_buf_attachment *attach,
			 struct sg_table *sgt, enum dma_data_direction dir)
{
	struct p2p_buffer *buf = attach->dmabuf->priv;
	struct p2p_attachment *state = attach->priv;

	dma_resv_assert_held(&buf->resv);
	trace_p2p_unmap(buf, state, sgt->nents);
	if (state->decision.route == VFIO_P2P_ROUTE_BUS_ADDR) {
		p2p_unmap_bus(sgt);
	} else {
		p2p_unmap_host_bridge(attach->dev, sgt, buf->ranges, dir);
		/* At once only if somebody waits for it to be gone. */
		state->unflushed = !buf->revoked;
		if (buf->revoked)
			p2p_flush_iotlb(attach->dev);
	}

	WRITE_ONCE(state->maps, state->maps - 1);
	/* Pairs with the load in is_drained(): the mapping is gone by now. */
	smp_store_release(&buf->mappings, buf->mappings - 1);
	if (!buf->mappings)
		wake_drainers(buf);
}

static void unlist_locked(struct p2p_buffer *buf)
{
	struct p2p_access *access = buf->access;

	dma_resv_assert_held(&buf->resv);
	if (!buf->listed)
		return;

	buf->listed = false;
	spin_lock(&access->lock);
	WRITE_ONCE(access->buffers, access->buffers - 1);
	spin_unlock(&access->lock);
	klist_del(&buf->node);
}

/* Once a revoke; it began when the state did that there is. */
static void end_revoke(struct p2p_buffer *buf)
{
	struct p2p_moment now;

	dma_resv_assert_held(&buf->resv);
	if (!buf->revoking)
		return;

	buf->revoking = false;
	if (!trace_p2p_revoke_end_enabled())
		return;

	now = p2p_history_read(&buf->history);
	trace_p2p_revoke_end(buf, now.event,
			     ktime_to_ns(ktime_sub(ktime_get_boottime(),
						   now.since)));
}

/*
 * Neither the device nor its owner notice: a walk of a revoke that holds the
 * buffer finds dmabuf NULL, and nobody left to tell.
 */
static void buffer_release(struct dma_buf *dmabuf)
{
	struct p2p_buffer *buf = dmabuf->priv;

	dma_resv_lock(&buf->resv, NULL);
	end_revoke(buf);
	buf->dmabuf = NULL;
	unlist_locked(buf);
	dma_resv_unlock(&buf->resv);
	trace_p2p_release(buf);

	if (buf->hold)
		p2p_hold_let_go(buf->hold);
	p2p_exports_del(buf);
	p2p_buffer_put(buf);
}

static int buffer_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct p2p_buffer *buf = dmabuf->priv;

	return buf->hold ? p2p_page_map(buf->hold, vma) :
			   p2p_user_map(buf, vma);
}

static const struct dma_buf_ops buffer_ops = {
	.attach = buffer_attach,
	.detach = buffer_detach,
	.pin = buffer_pin,
	.unpin = buffer_unpin,
	.map_dma_buf = buffer_map,
	.unmap_dma_buf = buffer_unmap,
	.mmap = buffer_mmap,
	.release = buffer_release,
};

static struct dma_buf *export(struct p2p_buffer *buf, int flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	info.ops = &buffer_ops;
	info.size = buf->ranges->size;
	info.flags = flags;
	info.resv = &buf->resv;
	info.priv = buf;
	return dma_buf_export(&info);
}

/* Nobody who looks at @listed can find the buffer before it is in the list. */
static void list_buffer(struct p2p_buffer *buf, struct klist *list)
{
	struct p2p_access *access = buf->access;

	buf->listed = true;
	spin_lock(&access->lock);
	WRITE_ONCE(access->buffers, access->buffers + 1);
	spin_unlock(&access->lock);
	/* Pairs with p2p_exporter_in_use(): what is read next is the state. */
	smp_mb();
	klist_add_tail(&buf->node, list);
}

/**
 * p2p_buffer_create - make a dma-buf, revoked, and have it follow a device
 * @access: the device's state
 * @list: the device's buffers, with p2p_buffers_get() and p2p_buffers_put()
 * @pdev: the device; bound and open during the call
 * @memory: what is in it is the buffer's on success
 * @flags: open flags for the file
 *
 * Context: may sleep.  Return: the dma-buf, with one reference.
 */
struct dma_buf *p2p_buffer_create(struct p2p_access *access,
				  struct klist *list, struct pci_dev *pdev,
				  const struct p2p_memory *memory, int flags)
{
	const ktime_t now = ktime_get_boottime();
	struct p2p_buffer *buf;
	struct dma_buf *dmabuf;

	buf = kmem_cache_zalloc(buffer_cache, GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	kref_init(&buf->ref);
	dma_resv_init(&buf->resv);
	INIT_LIST_HEAD(&buf->attachments);
	p2p_history_init(&buf->history, now);
	init_waitqueue_head(&buf->drained);
	buf->access = access;
	buf->pdev = pdev;
	buf->ranges = memory->ranges;
	buf->hold = memory->hold;
	buf->write_combined = memory->write_combined;
	buf->revoked = true;

	dmabuf = export(buf, flags);
	if (IS_ERR(dmabuf)) {
		dma_resv_fini(&buf->resv);
		kmem_cache_free(buffer_cache, buf);
		return dmabuf;
	}

	p2p_access_get(access);
	buf->dmabuf = dmabuf;
	buf->inode = file_inode(dmabuf->file);
	ihold(buf->inode);
	if (buf->hold)
		p2p_hold_set_inode(buf->hold, buf->inode);
	p2p_origin_note(&buf->origin, pdev, dmabuf, now);
	trace_p2p_export(buf);
	p2p_exports_add(buf);
	list_buffer(buf, list);
	return dmabuf;
}

/* Mappings that importers undid themselves, shortly before the revoke. */
static void flush_unmapped(struct p2p_buffer *buf)
{
	struct p2p_attachment *state;

	dma_resv_assert_held(&buf->resv);
	list_for_each_entry(state, &buf->attachments, node) {
		if (state->unflushed)
			p2p_flush_iotlb(state->importer);
		state->unflushed = false;
	}
}

/* To begin with there is no access; that an export gives it is no restore. */
static void note_change(struct p2p_buffer *buf, enum p2p_event event)
{
	u64 duration;
	bool first;

	if (buf->revoked) {
		duration = p2p_history_enter(&buf->history, P2P_STATE_REVOKED,
					     event);
		buf->revoking = true;
		trace_p2p_revoke_begin(buf, event, duration);
		return;
	}

	end_revoke(buf);
	first = !p2p_history_read(&buf->history).revokes;
	duration = p2p_history_enter(&buf->history, P2P_STATE_LIVE, event);
	if (event != P2P_EVENT_EXPORT || !first)
		trace_p2p_restore(buf, event, duration);
}

static void sync_locked(struct p2p_buffer *buf, enum p2p_event event)
{
	bool revoked;

	dma_resv_assert_held(&buf->resv);
	revoked = !buf->listed || buf->ended ||
		  !p2p_access_allowed(buf->access);
	if (buf->revoked == revoked)
		return;

	WRITE_ONCE(buf->revoked, revoked);
	note_change(buf, event);
	if (buf->dmabuf)
		p2p_invalidate_mappings(buf->dmabuf);
	if (revoked) {
		flush_unmapped(buf);
		p2p_user_map_zap(buf);
	} else {
		wake_drainers(buf);
	}
}

/**
 * p2p_buffer_sync - bring one buffer in line with its device's state
 * @buf: in the list, or held by a walk through it
 * @event: what may have changed it
 *
 * The state is read again under the reservation lock.  So of an event that
 * takes access back and one that gives it, whichever looks at this buffer last
 * leaves it right, in whatever order they run.
 *
 * Importers are told of both: of the end, so that they unmap, and of the
 * restore, as upstream does, so that they may try again.  From processes the
 * memory is taken at once.
 *
 * Context: may sleep; calls the importers' invalidate_mappings or move_notify.
 */
void p2p_buffer_sync(struct p2p_buffer *buf, enum p2p_event event)
{
	dma_resv_lock(&buf->resv, NULL);
	sync_locked(buf, event);
	dma_resv_unlock(&buf->resv);
}

static void report_wait(struct p2p_buffer *buf, enum p2p_event event)
{
	struct p2p_attachment *state;
	struct device *importer = NULL;

	dma_resv_lock(&buf->resv, NULL);
	list_for_each_entry(state, &buf->attachments, node)
		if (state->maps)
			importer = state->importer;
	pr_warn("revoke waits for importer %s to unmap (%s, %u mappings of %s)\n",
		importer ? dev_name(importer) : "(detached)",
		p2p_event_name(event), buf->mappings, buf->origin.device);
	dma_resv_unlock(&buf->resv);
}

/*
 * Fences of importers that were told to stop and could not at once.  Those that
 * come later don't count: who holds a dma-buf can add some for ever.  Without a
 * mapping since the last time there is nothing they could stand for.
 *
 * @maps is set to the number of mappings that they can stand for.
 *
 * Return: all there are as one, NULL if there is none, or an error.
 */
static struct dma_fence *fences_to_wait_for(struct p2p_buffer *buf, u64 *maps)
{
	struct dma_fence *fence = NULL;
	int ret = 0;

	dma_resv_lock(&buf->resv, NULL);
	*maps = buf->maps_ever;
	if (*maps != buf->maps_drained)
		ret = dma_resv_get_singleton(&buf->resv,
					     DMA_RESV_USAGE_BOOKKEEP, &fence);
	dma_resv_unlock(&buf->resv);
	return ret ? ERR_PTR(ret) : fence;
}

static void wait_fences(struct p2p_buffer *buf, u64 *maps)
{
	struct dma_fence *fence = fences_to_wait_for(buf, maps);
	char driver[32];

	if (IS_ERR(fence)) {
		/* Out of memory.  This needs none. */
		while (!dma_resv_wait_timeout(&buf->resv,
					      DMA_RESV_USAGE_BOOKKEEP, false,
					      P2P_REPORT_INTERVAL))
			pr_warn("revoke waits for fences of importers\n");
		return;
	}
	while (fence && !dma_fence_wait_timeout(fence, false,
						P2P_REPORT_INTERVAL)) {
		p2p_fence_driver(fence, driver, sizeof(driver));
		pr_warn("revoke waits for a fence of an importer (%s)\n",
			driver);
	}
	dma_fence_put(fence);
}

static bool is_drained(struct p2p_buffer *buf)
{
	/* Pairs with the store in buffer_unmap(). */
	return !smp_load_acquire(&buf->mappings) || !READ_ONCE(buf->revoked);
}

/* @maps: how many mappings were made before what was waited for */
static void end_drain(struct p2p_buffer *buf, u64 maps)
{
	dma_resv_assert_held(&buf->resv);
	if (buf->mappings)
		return;

	if (maps > buf->maps_drained)
		buf->maps_drained = maps;
	if (buf->revoked)
		end_revoke(buf);
}

/* The usual case: who was told has let go at once, and left no fence. */
static bool drain_at_once(struct p2p_buffer *buf)
{
	bool done;

	dma_resv_assert_held(&buf->resv);
	done = !buf->mappings &&
	       (buf->maps_ever == buf->maps_drained ||
		dma_resv_test_signaled(&buf->resv, DMA_RESV_USAGE_BOOKKEEP));
	if (done)
		end_drain(buf, buf->maps_ever);
	return done;
}

/**
 * p2p_buffer_revoke - p2p_buffer_sync(), and look whether that was all
 * @buf: held by a walk through the list
 * @event: what takes access back
 *
 * Context: as p2p_buffer_sync(); waits for no importer.
 * Return: false if p2p_buffer_drain() has to wait for some.
 */
bool p2p_buffer_revoke(struct p2p_buffer *buf, enum p2p_event event)
{
	bool drained;

	dma_resv_lock(&buf->resv, NULL);
	sync_locked(buf, event);
	drained = drain_at_once(buf);
	dma_resv_unlock(&buf->resv);
	return drained;
}

/**
 * p2p_buffer_drain - wait until no mapping of a revoked buffer is left
 * @buf: the buffer
 * @event: what waits
 *
 * There is no way to take a mapping from an importer that does not let go, so
 * this waits, and says for whom.  It also ends when access is given back: an
 * event that has to keep it away for its duration blocks it.
 *
 * Context: may sleep, for as long as the slowest importer takes.
 */
void p2p_buffer_drain(struct p2p_buffer *buf, enum p2p_event event)
{
	bool drained;
	u64 maps;

	dma_resv_lock(&buf->resv, NULL);
	drained = drain_at_once(buf);
	dma_resv_unlock(&buf->resv);
	if (drained)
		return;

	wait_fences(buf, &maps);
	while (!wait_event_timeout(buf->drained, is_drained(buf),
				   P2P_REPORT_INTERVAL))
		report_wait(buf, event);

	dma_resv_lock(&buf->resv, NULL);
	end_drain(buf, maps);
	dma_resv_unlock(&buf->resv);
}

/**
 * p2p_buffer_zap - take away what processes have mapped
 * @buf: held by a walk through the list; its device is paused
 * @event: in the course of which
 *
 * What has pages loses them by p2p_pages_drop().
 *
 * Context: may sleep.
 */
void p2p_buffer_zap(struct p2p_buffer *buf, enum p2p_event event)
{
	if (buf->hold || !READ_ONCE(buf->mmapped))
		return;

	dma_resv_lock(&buf->resv, NULL);
	p2p_user_map_zap(buf);
	dma_resv_unlock(&buf->resv);
}

/**
 * p2p_buffer_unlist - let go of a buffer for good
 * @buf: held by a walk through the list; it stays revoked for ever
 * @event: the end of the device
 *
 * Context: may sleep.
 */
void p2p_buffer_unlist(struct p2p_buffer *buf, enum p2p_event event)
{
	dma_resv_lock(&buf->resv, NULL);
	if (buf->listed)
		p2p_history_enter(&buf->history, P2P_STATE_SHELL, event);
	unlist_locked(buf);
	dma_resv_unlock(&buf->resv);
}

/**
 * p2p_buffer_of_dmabuf - is this dma-buf one of ours
 * @dmabuf: any; the caller holds it
 *
 * Return: the buffer, which @dmabuf holds, or NULL.
 */
struct p2p_buffer *p2p_buffer_of_dmabuf(struct dma_buf *dmabuf)
{
	return dmabuf->ops == &buffer_ops ? dmabuf->priv : NULL;
}

/**
 * p2p_buffer_end - take one buffer back for good
 * @buf: held by its dma-buf
 *
 * It stays in the list until the last importer has let go: a reset that begins
 * meanwhile has to wait for that too.
 *
 * Context: may sleep, for as long as importers take to unmap.
 */
void p2p_buffer_end(struct p2p_buffer *buf)
{
	dma_resv_lock(&buf->resv, NULL);
	buf->ended = true;
	dma_resv_unlock(&buf->resv);

	if (!p2p_buffer_revoke(buf, P2P_EVENT_REVOKE))
		p2p_buffer_drain(buf, P2P_EVENT_REVOKE);
	p2p_buffer_unlist(buf, P2P_EVENT_REVOKE);
}
