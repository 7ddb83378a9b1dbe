// SPDX-License-Identifier: GPL-2.0-only
/*
 * A slice of a pool as a file that can be mmapped.
 *
 * Nothing is mapped before it is touched.  Then the page table gets the page
 * itself, uncached, so that all who pin pages find it there.  While an event
 * forbids access a touch gets SIGBUS, at once: nobody waits in a fault.
 *
 * The pages are free again when the file is gone, which each mapping holds, and
 * nobody has pinned one.
 *
 * Locks: mmap_lock -> pages->lock -> those of page tables and of reclaim.
 */
#include <linux/bitmap.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>

#include "compat/user_pages.h"
#include "device.h"
#include "pool.h"
#include "slice.h"

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

static bool may_map(struct p2p_pool *pool)
{
	struct p2p_device *dev = pool->dev;
	struct p2p_pages *pages = &dev->pages;

	lockdep_assert_held(&pages->lock);
	/* A live pool's device is open. */
	return pool->state == P2P_POOL_LIVE && !pages->blocked &&
	       !pages->gone && dev->exporter.decodes(&dev->exporter);
}

static vm_fault_t insert(struct vm_fault *vmf, struct page *page)
{
	switch (vm_insert_page(vmf->vma, vmf->address, page)) {
	case 0:
	case -EBUSY: /* somebody else was faster */
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static vm_fault_t slice_fault(struct vm_fault *vmf)
{
	struct p2p_slice *slice = vmf->vma->vm_private_data;
	struct p2p_pool *pool = slice->pool;
	struct p2p_pages *pages = &pool->dev->pages;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	down_read(&pages->lock);
	if (may_map(pool) && vmf->pgoff < slice->nr)
		ret = insert(vmf, p2p_pool_page(pool,
						slice->first + vmf->pgoff));
	up_read(&pages->lock);
	return ret;
}

static const struct vm_operations_struct slice_vm_ops = {
	.fault = slice_fault,
};

static int slice_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct p2p_slice *slice = file->private_data;
	unsigned long nr = vma_pages(vma);

	/* Private would need copies. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (nr > slice->nr || vma->vm_pgoff > slice->nr - nr)
		return -EINVAL;

	p2p_vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_private_data = slice;
	vma->vm_ops = &slice_vm_ops;
	return 0;
}

/* What is pinned still is freed later; see p2p_pool_sweep(). */
static void let_go(struct p2p_slice *slice)
{
	struct p2p_pool *pool = slice->pool;
	struct p2p_pages *pages = &pool->dev->pages;

	p2p_pool_get(pool);
	down_write(&pages->lock);
	slice->inode = NULL;
	if (pool->state == P2P_POOL_DEAD) {
		list_del(&slice->node);
		kfree(slice);
		p2p_pool_put(pool);
	} else {
		p2p_pool_sweep(pool);
	}
	up_write(&pages->lock);
	p2p_pool_put(pool);
}

static int slice_release(struct inode *inode, struct file *file)
{
	struct p2p_slice *slice = file->private_data;

	if (slice->pool)
		let_go(slice);
	else
		kfree(slice);
	simple_release_fs(&slice_mnt, &slice_mnt_users);
	return 0;
}

static const struct file_operations slice_fops = {
	.owner = THIS_MODULE,
	.mmap = slice_mmap,
	.release = slice_release,
};

/**
 * p2p_slice_zap - take its pages from all page tables
 * @slice: of a pool of which nobody may get pages now
 *
 * Context: may sleep; pages->lock held.
 */
void p2p_slice_zap(struct p2p_slice *slice)
{
	struct address_space *mapping;

	if (!slice->inode)
		return;
	mapping = slice->inode->i_mapping;
	if (mapping_mapped(mapping))
		unmap_mapping_range(mapping, 0, 0, 1);
}

/**
 * p2p_slice_in_use - is one of its pages in a page table, or pinned
 * @slice: of a pool that is not dead
 *
 * Context: may sleep; pages->lock held.
 */
bool p2p_slice_in_use(const struct p2p_slice *slice)
{
	unsigned long i;

	for (i = 0; i < slice->nr; i++) {
		if (page_ref_count(p2p_pool_page(slice->pool,
						 slice->first + i)) != 1)
			return true;
		if (!(i % 4096))
			cond_resched();
	}
	return false;
}

/*
 * Memory of a file system on persistent memory (DAX) can't be pinned for long
 * either (FOLL_LONGTERM), and that is what the kernel takes this for: EOPNOTSUPP.
 * It has to, for vfio's type 1 IOMMU: what that has pinned it does not let go of if
 * the page is PG_reserved, as all of ZONE_DEVICE are.  To clear that bit is no way
 * out: by it KVM knows that it must not map a page as cached memory.  Who looks
 * for pages without a lock may not see it, but type 1 does not do so.
 */
static void forbid_long_pins(struct inode *inode)
{
	inode->i_flags |= S_DAX;
}

static struct file *make_file(struct p2p_slice *slice, u32 open_flags)
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
	forbid_long_pins(inode);
	/* Given back with the file; the caller's has one, too. */
	__module_get(THIS_MODULE);
	file = alloc_file_pseudo(inode, slice_mnt, "[vfio-p2p-slice]",
				 open_flags & O_ACCMODE, &slice_fops);
	if (IS_ERR(file)) {
		module_put(THIS_MODULE);
		iput(inode);
		goto err_release;
	}
	file->private_data = slice;
	return file;

err_release:
	simple_release_fs(&slice_mnt, &slice_mnt_users);
	return file;
}

static bool take(struct p2p_pool *pool, struct p2p_slice *slice)
{
	unsigned long first;

	p2p_pool_sweep(pool);
	first = bitmap_find_next_zero_area(pool->taken, pool->nr, 0, slice->nr,
					   0);
	if (first >= pool->nr)
		return false;

	bitmap_set(pool->taken, first, slice->nr);
	slice->first = first;
	slice->pool = pool;
	p2p_pool_get(pool);
	list_add(&slice->node, &pool->slices);
	pool->nr_slices++;
	return true;
}

/* From the first pool of the BAR that has room. */
static int take_from_any(struct p2p_pages *pages, unsigned int bar,
			 struct p2p_slice *slice)
{
	struct p2p_pool *pool;
	int ret = -ENOENT;

	lockdep_assert_held_write(&pages->lock);
	list_for_each_entry(pool, &pages->pools, node) {
		if (pool->bar != bar || pool->state != P2P_POOL_LIVE)
			continue;
		if (take(pool, slice))
			return 0;
		ret = -ENOSPC;
	}
	return ret;
}

/* The file comes first: once its slice is taken nothing can fail any more. */
static int fill_file(struct p2p_pages *pages, unsigned int bar,
		     struct p2p_slice *slice, struct file *file)
{
	int ret;

	down_write(&pages->lock);
	ret = take_from_any(pages, bar, slice);
	if (!ret)
		slice->inode = file_inode(file);
	up_write(&pages->lock);
	return ret;
}

/**
 * p2p_slice_create - hand out a part of what is registered
 * @pages: of a device that is open
 * @bar: any number
 * @length: in bytes, a multiple of the page size, not zero
 * @open_flags: for the file
 * @offset: set to where in the BAR it is
 *
 * Context: may sleep.
 * Return: an fd; -ENOENT: the BAR has no pages; -ENOSPC: not as many in a row;
 * or another error.
 */
int p2p_slice_create(struct p2p_pages *pages, unsigned int bar, u64 length,
		     u32 open_flags, u64 *offset)
{
	struct p2p_slice *slice;
	struct file *file;
	int fd, ret;

	slice = kzalloc(sizeof(*slice), GFP_KERNEL_ACCOUNT);
	if (!slice)
		return -ENOMEM;

	slice->nr = length >> PAGE_SHIFT;
	fd = get_unused_fd_flags(open_flags & O_CLOEXEC);
	if (fd < 0) {
		ret = fd;
		goto err_free;
	}
	file = make_file(slice, open_flags);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_fd;
	}
	ret = fill_file(pages, bar, slice, file);
	if (ret)
		goto err_file;

	*offset = slice->pool->offset + ((u64)slice->first << PAGE_SHIFT);
	fd_install(fd, file);
	return fd;

err_file:
	/* And with it the slice */
	fput(file);
	slice = NULL;
err_fd:
	put_unused_fd(fd);
err_free:
	kfree(slice);
	return ret;
}
