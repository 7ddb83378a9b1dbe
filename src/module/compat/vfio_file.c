// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a file, handed in by a caller who may be hostile, a vfio device?
 */
#include <linux/dcache.h>
#include <linux/magic.h>
#include <linux/module.h>

#include "compat.h"
#include "vfio_file.h"

#if defined(HAVE_VFIO_FILE_IS_VALID)

/* Linux 6.6 (b1a59be8a2b6): vfio itself compares f_op with its own. */
void p2p_vfio_file_learn(struct vfio_device *vdev)
{
}

enum p2p_file_kind p2p_vfio_file_kind(struct file *file)
{
	if (vfio_file_is_valid(file) && !vfio_file_is_group(file))
		return P2P_FILE_DEVICE;
	return P2P_FILE_OTHER;
}

#else

/*
 * Older kernels export no such test.  There every vfio device file is an
 * anonymous inode with a name that only vfio gives, and its f_op belong to
 * vfio.ko, whose group and container files are character devices.  Names of
 * anonymous inodes come from kernel code alone.
 */
static bool looks_like_device_file(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;

	return dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(dentry->d_name.name, "[vfio-device]") &&
	       file->f_op->unlocked_ioctl;
}

#if defined(HAVE_CLASS_OWNER)

/* vfio.ko, or NULL if built in; known once a vfio device has been seen. */
static struct module *vfio_module;
static bool vfio_module_known;

/**
 * p2p_vfio_file_learn - remember whose files vfio device files are
 * @vdev: any registered vfio device
 *
 * The class of vfio devices is made by vfio.ko, so its owner is the owner of
 * their file operations too.
 */
void p2p_vfio_file_learn(struct vfio_device *vdev)
{
	if (!vdev->device.class)
		return;
	WRITE_ONCE(vfio_module, vdev->device.class->owner);
	/* Pairs with the load in p2p_vfio_file_kind(): the owner comes first. */
	smp_store_release(&vfio_module_known, true);
}

enum p2p_file_kind p2p_vfio_file_kind(struct file *file)
{
	if (!looks_like_device_file(file))
		return P2P_FILE_OTHER;
	/* Pairs with the store in p2p_vfio_file_learn(). */
	if (!smp_load_acquire(&vfio_module_known))
		return P2P_FILE_UNPROVEN;
	if (file->f_op->owner != READ_ONCE(vfio_module))
		return P2P_FILE_OTHER;
	return P2P_FILE_DEVICE;
}

#else
#error "neither vfio_file_is_valid() nor struct class::owner: no proof that a file is a vfio device"
#endif /* HAVE_CLASS_OWNER */

#endif /* HAVE_VFIO_FILE_IS_VALID */
