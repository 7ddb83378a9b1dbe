// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking access to a whole device back, and giving it again.
 *
 * An event comes as block - the event itself - unblock.  Events may overlap, on
 * the same device too: access comes back with the last of them.
 *
 * A walk holds no lock while it notifies or waits: buffers come and go during
 * it, and the klist keeps the place.
 */
#include <linux/dma-buf.h>

#include "buffer.h"
#include "exporter.h"
#include "mapping.h"

/**
 * p2p_exporter_init - an exporter without buffers
 * @exporter: embedded in something that @release frees
 * @decodes: see struct p2p_access
 * @release: called with &exporter->access.ref when the last reference goes
 */
void p2p_exporter_init(struct p2p_exporter *exporter,
		       bool (*decodes)(struct p2p_access *access),
		       void (*release)(struct kref *ref))
{
	p2p_access_init(&exporter->access, decodes, release);
	klist_init(&exporter->buffers, p2p_buffers_get, p2p_buffers_put);
}

static void walk_buffers(struct p2p_exporter *exporter,
			 void (*fn)(struct p2p_buffer *buf,
				    enum p2p_event event),
			 enum p2p_event event)
{
	struct klist_node *node;
	struct klist_iter iter;

	klist_iter_init(&exporter->buffers, &iter);
	while ((node = klist_next(&iter)))
		fn(p2p_buffer_of(node), event);
	klist_iter_exit(&iter);
}

/*
 * All are told before the first is waited for: importers let go in parallel.
 * Mostly nobody has to be waited for.
 */
static void revoke_all(struct p2p_exporter *exporter, enum p2p_event event)
{
	struct klist_node *node;
	struct klist_iter iter;
	bool drained = true;

	klist_iter_init(&exporter->buffers, &iter);
	while ((node = klist_next(&iter)))
		drained &= p2p_buffer_revoke(p2p_buffer_of(node), event);
	klist_iter_exit(&iter);

	if (!drained)
		walk_buffers(exporter, p2p_buffer_drain, event);
}

/*
 * Reading and storing is one step under the lock, so that of two events that
 * end at once none can store what it read before the other changed the device.
 */
static void read_enabled(struct p2p_access *access)
{
	lockdep_assert_held(&access->lock);
	if (access->buffers)
		access->enabled = access->decodes(access);
}

/*
 * End some events, look at the device again, and do what follows from it.  If
 * nothing does, this waits for nobody: others may hold access back, and wait.
 *
 * Return: whether the buffers were gone through.
 */
static bool settle(struct p2p_exporter *exporter, unsigned int unblock,
		   enum p2p_event event)
{
	struct p2p_access *access = &exporter->access;
	bool before, after;

	spin_lock(&access->lock);
	before = p2p_access_allowed_locked(access);
	access->blocked -= unblock;
	read_enabled(access);
	after = p2p_access_allowed_locked(access);
	spin_unlock(&access->lock);

	if (before == after)
		return false;
	if (after)
		walk_buffers(exporter, p2p_buffer_sync, event);
	else
		revoke_all(exporter, event);
	return true;
}

/**
 * p2p_exporter_add - make a dma-buf
 * @exporter: of a device that is open for the duration of the call
 * @pdev: the device
 * @memory: what is in it is the dma-buf's on success
 * @flags: open flags for the file
 *
 * The buffer is listed before the state is read: an event that still found the
 * list empty is over then, and one that comes later finds the buffer.
 *
 * Context: may sleep.  Return: the dma-buf or an error, -ENODEV if the device is
 * being unbound.
 */
struct dma_buf *p2p_exporter_add(struct p2p_exporter *exporter,
				 struct pci_dev *pdev,
				 const struct p2p_memory *memory, int flags)
{
	struct dma_buf *dmabuf;

	if (READ_ONCE(exporter->access.gone))
		return ERR_PTR(-ENODEV);

	dmabuf = p2p_buffer_create(&exporter->access, &exporter->buffers, pdev,
				   memory, flags);
	if (IS_ERR(dmabuf))
		return dmabuf;

	/* What no event told of concerns the older buffers as well. */
	if (!settle(exporter, 0, P2P_EVENT_EXPORT))
		p2p_buffer_sync(dmabuf->priv, P2P_EVENT_EXPORT);
	return dmabuf;
}

/**
 * p2p_exporter_block - take access back before an event
 * @exporter: the device
 * @event: which
 *
 * When this returns no importer has a mapping, and none can get one until as
 * many calls of p2p_exporter_unblock() followed.
 *
 * Context: may sleep, for as long as importers take to unmap.
 */
void p2p_exporter_block(struct p2p_exporter *exporter,
			enum p2p_event event)
{
	struct p2p_access *access = &exporter->access;
	bool any;

	spin_lock(&access->lock);
	access->blocked++;
	any = access->buffers;
	spin_unlock(&access->lock);

	if (any)
		revoke_all(exporter, event);
}

/**
 * p2p_exporter_unblock - the event is over
 * @exporter: the device
 * @event: which
 *
 * Access comes back if this was the last event and the device decodes memory.
 *
 * Context: may sleep.
 */
void p2p_exporter_unblock(struct p2p_exporter *exporter,
			  enum p2p_event event)
{
	settle(exporter, 1, event);
}

/**
 * p2p_exporter_refresh - the device may have changed
 * @exporter: the device
 * @event: by what
 *
 * Context: may sleep, for as long as importers take to unmap if the device does
 * not decode memory any more.
 */
void p2p_exporter_refresh(struct p2p_exporter *exporter,
			  enum p2p_event event)
{
	settle(exporter, 0, event);
}

/**
 * p2p_exporter_zap - take away what processes have mapped of the dma-bufs
 * @exporter: of a device that is open, and paused
 *
 * Importers keep what they have.
 *
 * Context: may sleep.
 */
void p2p_exporter_zap(struct p2p_exporter *exporter)
{
	walk_buffers(exporter, p2p_buffer_zap, P2P_EVENT_CONFIG);
}

/**
 * p2p_exporter_retire - end all dma-bufs for good, at the last close
 * @exporter: the device; no export of it is under way
 *
 * They become shells that know nothing of the device.
 *
 * Context: may sleep, for as long as importers take to unmap.
 */
void p2p_exporter_retire(struct p2p_exporter *exporter)
{
	p2p_exporter_block(exporter, P2P_EVENT_CLOSE);
	walk_buffers(exporter, p2p_buffer_unlist, P2P_EVENT_CLOSE);

	spin_lock(&exporter->access.lock);
	exporter->access.blocked--;
	spin_unlock(&exporter->access.lock);
}

/**
 * p2p_exporter_shutdown - the driver lets go of the device
 * @exporter: the device
 *
 * No access is given any more, no dma-buf made.  Importers are told, but not
 * waited for: the caller must not be held up, and the driver's remove waits for
 * the last close, which waits for them.
 *
 * Context: may sleep.
 */
void p2p_exporter_shutdown(struct p2p_exporter *exporter)
{
	spin_lock(&exporter->access.lock);
	exporter->access.gone = true;
	spin_unlock(&exporter->access.lock);

	walk_buffers(exporter, p2p_buffer_sync, P2P_EVENT_UNBIND);
}

/**
 * p2p_exporter_find - is this dma-buf one of this device's
 * @exporter: the device
 * @dmabuf: any dma-buf; the caller holds it
 *
 * Return: the buffer, also if it was taken back; -EINVAL: not made by this module;
 * -EPERM: of another device.
 */
struct p2p_buffer *p2p_exporter_find(struct p2p_exporter *exporter,
				     struct dma_buf *dmabuf)
{
	struct p2p_buffer *buf = p2p_buffer_of_dmabuf(dmabuf);

	if (!buf)
		return ERR_PTR(-EINVAL);
	if (buf->access != &exporter->access)
		return ERR_PTR(-EPERM);
	return buf;
}

/**
 * p2p_exporter_has - are there dma-bufs without pages of a region
 * @exporter: the device
 * @region: VFIO region index
 *
 * Context: may sleep.
 * Return: whether there is one that its device has not let go of for good.
 */
bool p2p_exporter_has(struct p2p_exporter *exporter, unsigned int region)
{
	const struct p2p_buffer *buf;
	struct klist_node *node;
	struct klist_iter iter;
	bool found = false;

	klist_iter_init(&exporter->buffers, &iter);
	while (!found && (node = klist_next(&iter))) {
		buf = p2p_buffer_of(node);
		found = !buf->hold && buf->ranges->region == region;
	}
	klist_iter_exit(&iter);
	return found;
}
