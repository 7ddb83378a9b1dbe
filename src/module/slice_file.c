// SPDX-License-Identifier: GPL-2.0-only
/*
 * A slice of a pool as a file that can be mmapped.
 *
 * The slice is let go of when the file is gone, which each mapping holds.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

#include "hold.h"
#include "page_map.h"
#include "pin_map.h"
#include "slice.h"
#include "slice_file.h"

/* Each slice has an inode of its own, by which its mappings are found. */
#define P2P_SLICE_FS_MAGIC	0x70327073 /* "p2ps" */

static int slice_fs_init(struct fs_context *fc)
{
	return init_pseudo(fc, P2P_SLICE_FS_MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type slice_fs = {
	.name = "vfio_p2p_slice",
	.owner = THIS_MODULE,
	.init_fs_context = slice_fs_init,
	.kill_sb = kill_anon_super,
};

/* There while there are slices. */
static struct vfsmount *slice_mnt;
static int slice_mnt_users;

static int slice_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct p2p_hold *hold = file->private_data;
	const unsigned long all = hold->slices[0]->nr;
	const unsigned long nr = vma_pages(vma);

	if (nr > all || vma->vm_pgoff > all - nr)
		return -EINVAL;
	return hold->iommu ? p2p_pin_map(hold, vma) : p2p_page_map(hold, vma);
}

static int slice_release(struct inode *inode, struct file *file)
{
	p2p_hold_free(file->private_data);
	simple_release_fs(&slice_mnt, &slice_mnt_users);
	return 0;
}

static const struct file_operations slice_fops = {
	.owner = THIS_MODULE,
	.mmap = slice_mmap,
	.release = slice_release,
};

/* The hold is the file's on success. */
static struct file *make_file(struct p2p_hold *hold, u32 open_flags)
{
	struct inode *inode;
	struct file *file;
	int ret;

	ret = simple_pin_fs(&slice_fs, &slice_mnt, &slice_mnt_users);
	if (ret)
		return ERR_PTR(ret);

	inode = alloc_anon_inode(slice_mnt->mnt_sb);
	if (IS_ERR(inode)) {
		file = ERR_CAST(inode);
		goto err_release;
	}
	/* Given back with the file; the caller's has one, too. */
	__module_get(THIS_MODULE);
	file = alloc_file_pseudo(inode, slice_mnt, "[vfio-p2p-slice]",
				 open_flags & O_ACCMODE, &slice_fops);
	if (IS_ERR(file)) {
		module_put(THIS_MODULE);
		iput(inode);
		goto err_release;
	}
	p2p_hold_set_inode(hold, inode);
	file->private_data = hold;
	return file;

err_release:
	simple_release_fs(&slice_mnt, &slice_mnt_users);
	return file;
}

static struct file *create(struct p2p_device *dev, u32 open_flags, bool iommu)
{
	struct p2p_hold *hold = p2p_hold_create(dev, iommu);
	struct file *file;

	if (!hold)
		return ERR_PTR(-ENOMEM);
	file = make_file(hold, open_flags);
	if (IS_ERR(file))
		p2p_hold_free(hold);
	return file;
}

/**
 * p2p_slice_file_create - hand out a part of what is registered
 * @dev: the device, open
 * @bar: any number
 * @length: in bytes, a multiple of the page size, not zero
 * @open_flags: for the file
 * @offset: set to where in the BAR it is
 *
 * Context: may sleep.
 * Return: the file, or an error, see p2p_hold_take_any().
 */
struct file *p2p_slice_file_create(struct p2p_device *dev, unsigned int bar,
				   u64 length, u32 open_flags, u64 *offset)
{
	struct file *file = create(dev, open_flags, false);
	int ret;

	if (IS_ERR(file))
		return file;

	ret = p2p_hold_take_any(file->private_data, bar, length, offset);
	if (ret) {
		fput(file);
		return ERR_PTR(ret);
	}
	return file;
}

/**
 * p2p_slice_file_share - hand out a certain range of what is there for an IOMMU
 * @dev: the device, open
 * @bar: any number
 * @offset: in the BAR, a multiple of the page size
 * @length: in bytes, a multiple of the page size, not zero
 * @open_flags: for the file
 *
 * Context: may sleep.
 * Return: the file, or an error, see p2p_hold_share().
 */
struct file *p2p_slice_file_share(struct p2p_device *dev, unsigned int bar,
				  u64 offset, u64 length, u32 open_flags)
{
	struct file *file = create(dev, open_flags, true);
	int ret;

	if (IS_ERR(file))
		return file;

	ret = p2p_hold_share(file->private_data, bar, offset, length);
	if (ret) {
		fput(file);
		return ERR_PTR(ret);
	}
	return file;
}
