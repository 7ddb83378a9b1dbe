/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_VFIO_FILE_H
#define P2P_COMPAT_VFIO_FILE_H

#include <linux/fs.h>
#include <linux/vfio.h>

/**
 * enum p2p_file_kind - what a file is, found out without calling into it
 * @P2P_FILE_OTHER: not a vfio device file
 * @P2P_FILE_UNPROVEN: looks like one, but no vfio device is known to compare it
 *	with; then it can't be one that this module serves
 * @P2P_FILE_DEVICE: a vfio device file, of a group or a cdev
 */
enum p2p_file_kind {
	P2P_FILE_OTHER,
	P2P_FILE_UNPROVEN,
	P2P_FILE_DEVICE,
};

void p2p_vfio_file_learn(struct vfio_device *vdev);
enum p2p_file_kind p2p_vfio_file_kind(struct file *file);

#endif /* P2P_COMPAT_VFIO_FILE_H */
