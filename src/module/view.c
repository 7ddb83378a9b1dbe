// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is exported right now: /sys/kernel/debug/vfio_p2p_dmabuf/exports.
 *
 *   view version=1 exporter=own now=81934567890
 *   pool device=0000:01:00.0 region=4 offset=0x0 length=0x1000000 free=0xff0000
 *	longest=0xff0000 slices=1 state=live	(one line)
 *   export id=1 device=0000:01:00.0 region=2 size=8192 ranges=1 inode=29
 *	memory=uncached state=live event=reset since=81934500000 revokes=1
 *	mappings=1 created=81930000000 pid=123 comm=spdk_tgt	(one line)
 *   range export=1 offset=0x0 length=0x2000
 *   importer export=1 device=0000:03:00.0 driver=mlx5_core mappings=1
 *	route=host-bridge distance=4 reason=no-common-upstream	(one line)
 *
 * Programs read it, so the format is stable; man/vfio_p2p_dmabuf.4 explains it.
 * A line is a kind of record and key=value, with one blank in between; no value
 * has a blank in it, what can't be printed is \ooo.  New kinds and new keys may
 * come, also in the middle; if the meaning of an old one changed, so would the
 * version.  Pools come first, and an export before its ranges and importers.
 *
 * Addresses are not told, neither the kernel's nor physical ones; yet the file is
 * root's alone, for it tells what others do.  It can be read under lockdown, which
 * forbids debugfs files that could be written to.  Without debugfs all else works.
 *
 * A line is of one moment, an export and its importers almost so.  Who looks
 * holds no lock while it prints or waits for a slow reader, and waits for no
 * importer and no event: there is a reference on the dma-buf's state that it is
 * at, RCU for the importers, and for the rest a leaf lock.  Pools are told in one go,
 * with locks of their own.  The open file holds the module.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/klist.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>
#include <linux/timekeeping.h>

#include "attachment.h"
#include "buffer.h"
#include "device.h"
#include "exports.h"
#include "mapping.h"
#include "names.h"
#include "native.h"
#include "pool.h"
#include "view.h"

#define P2P_VIEW_VERSION	1

static struct dentry *view_dir;

/**
 * struct view - where a reader is
 * @iter: in the list of exports
 * @buf: what @iter is at; NULL before the first and behind the last
 * @record: of @buf: 0 for the export and its importers, then its ranges
 * @pos: how many steps were made; at 0 is the head
 */
struct view {
	struct klist_iter iter;
	struct p2p_buffer *buf;
	unsigned int record;
	loff_t pos;
};

static void view_begin(struct view *view)
{
	p2p_exports_begin(&view->iter);
	view->buf = NULL;
	view->pos = 0;
}

static void view_end(struct view *view)
{
	p2p_exports_end(&view->iter);
	view->buf = NULL;
}

static bool at_end(const struct view *view)
{
	return view->pos && !view->buf;
}

/* Behind the end nothing is asked of the list: it would begin anew. */
static void view_step(struct view *view)
{
	if (at_end(view))
		return;

	view->pos++;
	if (view->buf && view->record < view->buf->ranges->nr) {
		view->record++;
		return;
	}
	view->buf = p2p_exports_next(&view->iter);
	view->record = 0;
}

static void *view_here(struct view *view)
{
	return at_end(view) ? NULL : view;
}

/* As a rule it goes on where it stopped; else the reader has gone back. */
static void *view_seq_start(struct seq_file *m, loff_t *pos)
{
	struct view *view = m->private;

	if (*pos < view->pos) {
		view_end(view);
		view_begin(view);
	}
	while (view->pos < *pos && !at_end(view))
		view_step(view);
	return view_here(view);
}

static void *view_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct view *view = m->private;

	view_step(view);
	++*pos;
	return view_here(view);
}

static void view_seq_stop(struct seq_file *m, void *v)
{
}

static void show_text(struct seq_file *m, const char *key, const char *text)
{
	seq_printf(m, " %s=", key);
	seq_escape_mem(m, text, strlen(text),
		       ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, " \\=");
}

static void show_head(struct seq_file *m)
{
	seq_printf(m, "view version=%u exporter=%s now=%llu\n",
		   P2P_VIEW_VERSION, p2p_native_used() ? "native" : "own",
		   ktime_get_boottime_ns());
}

static const char *pool_state(const struct p2p_pool *pool)
{
	switch (pool->state) {
	case P2P_POOL_LIVE:
		return "live";
	case P2P_POOL_PARKED:
		return "parked";
	default:
		return "closed";
	}
}

static void show_pool(struct p2p_pool *pool, void *context)
{
	struct seq_file *m = context;

	seq_puts(m, "pool");
	show_text(m, "device", pci_name(pool->dev->pdev));
	seq_printf(m, " region=%u offset=%#llx length=%#llx", pool->bar,
		   pool->offset, pool->length);
	seq_printf(m, " free=%#llx longest=%#llx slices=%u state=%s%s\n",
		   (u64)p2p_pool_free(pool) << PAGE_SHIFT,
		   (u64)p2p_pool_longest(pool) << PAGE_SHIFT, pool->nr_slices,
		   pool_state(pool), pool->iommu ? " for=iommu" : "");
}

static const char *memory_name(const struct p2p_buffer *buf)
{
	if (buf->hold)
		return "pages";
	return buf->write_combined ? "write-combined" : "uncached";
}

static void show_export(struct seq_file *m, struct p2p_buffer *buf)
{
	const struct p2p_origin *origin = &buf->origin;
	struct p2p_moment now = p2p_history_read(&buf->history);

	seq_printf(m, "export id=%llu", origin->id);
	show_text(m, "device", origin->device);
	seq_printf(m, " region=%u size=%zu ranges=%u inode=%lu",
		   buf->ranges->region, buf->ranges->size, buf->ranges->nr,
		   origin->inode);
	seq_printf(m, " memory=%s", memory_name(buf));
	seq_printf(m, " state=%s event=%s since=%llu revokes=%llu mappings=%u",
		   p2p_state_name(now.state), p2p_event_name(now.event),
		   ktime_to_ns(now.since), now.revokes,
		   READ_ONCE(buf->mappings));
	seq_printf(m, " created=%llu pid=%d", ktime_to_ns(origin->created),
		   pid_vnr(origin->creator));
	show_text(m, "comm", origin->comm);
	seq_putc(m, '\n');
}

static void show_importer(struct seq_file *m, const struct p2p_buffer *buf,
			  const struct p2p_attachment *state)
{
	seq_printf(m, "importer export=%llu", buf->origin.id);
	show_text(m, "device", state->name);
	show_text(m, "driver", state->driver);
	seq_printf(m, " mappings=%u route=%s distance=%d reason=%s\n",
		   READ_ONCE(state->maps),
		   p2p_route_name(state->decision.route),
		   state->decision.distance,
		   p2p_reason_name(state->decision.reason));
}

static void show_importers(struct seq_file *m, struct p2p_buffer *buf)
{
	struct p2p_attachment *state;

	rcu_read_lock();
	list_for_each_entry_rcu(state, &buf->attachments, node) {
		if (seq_has_overflowed(m))
			break;
		show_importer(m, buf, state);
	}
	rcu_read_unlock();
}

static void show_range(struct seq_file *m, const struct p2p_buffer *buf,
		       unsigned int nr)
{
	const struct p2p_phys_ranges *ranges = buf->ranges;

	seq_printf(m, "range export=%llu offset=%#llx length=%#llx\n",
		   buf->origin.id,
		   (u64)(ranges->range[nr].start - ranges->region_start),
		   ranges->range[nr].length);
}

static int view_seq_show(struct seq_file *m, void *v)
{
	struct view *view = v;

	if (!view->buf) {
		show_head(m);
		p2p_pools_for_each(show_pool, m);
	} else if (!view->record) {
		show_export(m, view->buf);
		show_importers(m, view->buf);
	} else {
		show_range(m, view->buf, view->record - 1);
	}
	return 0;
}

static const struct seq_operations view_seq_ops = {
	.start = view_seq_start,
	.next = view_seq_next,
	.stop = view_seq_stop,
	.show = view_seq_show,
};

static int view_open(struct inode *inode, struct file *file)
{
	struct view *view;

	view = __seq_open_private(file, &view_seq_ops, sizeof(*view));
	if (!view)
		return -ENOMEM;

	view_begin(view);
	return 0;
}

static int view_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	view_end(m->private);
	return seq_release_private(inode, file);
}

static const struct file_operations view_fops = {
	.owner = THIS_MODULE,
	.open = view_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = view_release,
};

/**
 * p2p_view_start - offer the file, where there is debugfs
 *
 * Nothing that could fail may follow: a reader may have come by then, and holds
 * the module only once it is loaded for good.
 */
void p2p_view_start(void)
{
	view_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("exports", 0400, view_dir, NULL, &view_fops);
}

/**
 * p2p_view_stop - withdraw the file
 *
 * Context: may sleep; nobody has it open: that would hold the module.
 */
void p2p_view_stop(void)
{
	debugfs_remove(view_dir);
}
