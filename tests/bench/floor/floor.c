// SPDX-License-Identifier: GPL-2.0-only
/* See p2p_floor.h. */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat/compat.h"
#include "p2p_floor.h"

/**
 * struct floor - one dma-buf
 * @start: as in struct p2p_floor_export
 * @nr: entries in @range
 * @flags: P2P_FLOOR_*
 * @range: the memory
 */
struct floor {
	u64 start;
	u32 nr;
	u32 flags;
	struct p2p_floor_range range[];
};

/* An exporter of device memory has to refuse who can't do peer-to-peer. */
static int floor_attach(struct dma_buf *dmabuf,
			struct dma_buf_attachment *attach)
{
	return attach->peer2peer ? 0 : -EOPNOTSUPP;
}

/* Without these the core maps at attach, where it pins before each map. */
static int floor_pin(struct dma_buf_attachment *attach)
{
	return 0;
}

static void floor_unpin(struct dma_buf_attachment *attach)
{
}

/* What sg_dma_len() can hold, in whole pages */
#define ENTRY_MAX	ALIGN_DOWN(UINT_MAX, PAGE_SIZE)

static unsigned int count_entries(const struct floor *floor)
{
	unsigned int i, nr = 0;

	for (i = 0; i < floor->nr; i++)
		nr += DIV_ROUND_UP_ULL(floor->range[i].length, ENTRY_MAX);
	return nr;
}

/* The first @nr ranges */
static void unmap_ranges(const struct floor *floor,
			 struct dma_buf_attachment *attach,
			 struct scatterlist *sg, unsigned int nr,
			 enum dma_data_direction dir)
{
	dma_addr_t addr;
	unsigned int i;
	u64 done;

	for (i = 0; i < nr; i++) {
		addr = sg_dma_address(sg);
		for (done = 0; done < floor->range[i].length;
		     done += ENTRY_MAX)
			sg = sg_next(sg);
		dma_unmap_resource(attach->dev, addr, floor->range[i].length,
				   dir, 0);
	}
}

static void free_table(struct sg_table *sgt)
{
	sgt->orig_nents = sgt->nents;
	sg_free_table(sgt);
	kfree(sgt);
}

/* Entries for one range; returns the one after them. */
static struct scatterlist *fill_entries(struct scatterlist *sg, dma_addr_t addr,
					u64 length)
{
	for (; length; sg = sg_next(sg)) {
		sg_dma_address(sg) = addr;
		sg_dma_len(sg) = min_t(u64, length, ENTRY_MAX);
		addr += sg_dma_len(sg);
		length -= sg_dma_len(sg);
	}
	return sg;
}

static int map_ranges(const struct floor *floor,
		      struct dma_buf_attachment *attach, struct sg_table *sgt,
		      enum dma_data_direction dir)
{
	struct scatterlist *sg = sgt->sgl;
	unsigned int i;

	for (i = 0; i < floor->nr; i++) {
		dma_addr_t addr = floor->start + floor->range[i].offset;
		u64 length = floor->range[i].length;

		if (!(floor->flags & P2P_FLOOR_BUS_ADDRESS)) {
			addr = dma_map_resource(attach->dev, addr, length, dir,
						0);
			if (dma_mapping_error(attach->dev, addr)) {
				unmap_ranges(floor, attach, sgt->sgl, i, dir);
				return -ENOMEM;
			}
		}
		sg = fill_entries(sg, addr, length);
	}
	return 0;
}

static struct sg_table *floor_map(struct dma_buf_attachment *attach,
				  enum dma_data_direction dir)
{
	const struct floor *floor = attach->dmabuf->priv;
	struct sg_table *sgt;
	int ret;

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table(sgt, count_entries(floor), GFP_KERNEL);
	if (ret) {
		kfree(sgt);
		return ERR_PTR(ret);
	}

	ret = map_ranges(floor, attach, sgt, dir);
	if (ret) {
		free_table(sgt);
		return ERR_PTR(ret);
	}
	sgt->orig_nents = 0;
	return sgt;
}

static void floor_unmap(struct dma_buf_attachment *attach,
			struct sg_table *sgt, enum dma_data_direction dir)
{
	const struct floor *floor = attach->dmabuf->priv;

	if (!(floor->flags & P2P_FLOOR_BUS_ADDRESS))
		unmap_ranges(floor, attach, sgt->sgl, floor->nr, dir);
	free_table(sgt);
}

static void floor_release(struct dma_buf *dmabuf)
{
	kvfree(dmabuf->priv);
}

static const struct dma_buf_ops floor_ops = {
	.attach = floor_attach,
	.pin = floor_pin,
	.unpin = floor_unpin,
	.map_dma_buf = floor_map,
	.unmap_dma_buf = floor_unmap,
	.release = floor_release,
};

static struct floor *floor_alloc(const struct p2p_floor_export *arg)
{
	struct floor *floor;

	floor = kvmalloc(struct_size(floor, range, arg->nr),
			 GFP_KERNEL_ACCOUNT);
	if (!floor)
		return ERR_PTR(-ENOMEM);

	floor->start = arg->start;
	floor->nr = arg->nr;
	floor->flags = arg->flags;
	if (copy_from_user(floor->range, u64_to_user_ptr(arg->ranges),
			   array_size(arg->nr, sizeof(floor->range[0])))) {
		kvfree(floor);
		return ERR_PTR(-EFAULT);
	}
	return floor;
}

static int floor_fd(struct floor *floor)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	unsigned int i;
	int fd;

	info.ops = &floor_ops;
	info.flags = O_RDWR | O_CLOEXEC;
	info.priv = floor;
	for (i = 0; i < floor->nr; i++)
		info.size += floor->range[i].length;

	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		kvfree(floor);
		return PTR_ERR(dmabuf);
	}

	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	if (fd < 0)
		dma_buf_put(dmabuf);
	return fd;
}

static long floor_export(void __user *uarg)
{
	struct p2p_floor_export arg;
	struct floor *floor;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;

	floor = floor_alloc(&arg);
	if (IS_ERR(floor))
		return PTR_ERR(floor);
	return floor_fd(floor);
}

static long floor_move(int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	if (dmabuf->ops != &floor_ops) {
		dma_buf_put(dmabuf);
		return -EINVAL;
	}

	dma_resv_lock(dmabuf->resv, NULL);
	p2p_invalidate_mappings(dmabuf);
	dma_resv_unlock(dmabuf->resv);
	dma_buf_put(dmabuf);
	return 0;
}

static long floor_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case P2P_FLOOR_EXPORT:
		return floor_export((void __user *)arg);
	case P2P_FLOOR_MOVE:
		return floor_move(arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations floor_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = floor_ioctl,
};

static struct miscdevice floor_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = P2P_FLOOR_DEVICE_NAME,
	.fops = &floor_fops,
	.mode = 0600,
};

module_misc_device(floor_device);

P2P_IMPORT_NS_DMA_BUF;
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The vfio_p2p_dmabuf authors");
MODULE_DESCRIPTION("The least exporter of device memory, for benchmarks");
