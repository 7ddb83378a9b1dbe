/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_RESET_GROUPS_H
#define P2P_RESET_GROUPS_H

#include <linux/compiler.h>
#include <linux/types.h>

struct file;
struct vfio_device;
struct vfio_device_set;

/**
 * struct p2p_reset_groups - the groups that are given with a hot reset
 * @nr: how many
 * @files: held; perhaps some that are no groups
 */
struct p2p_reset_groups {
	unsigned int nr;
	struct file **files;
};

void p2p_reset_groups_get(struct p2p_reset_groups *groups,
			  const struct vfio_device_set *set, void __user *arg);
void p2p_reset_groups_put(struct p2p_reset_groups *groups);
bool p2p_reset_groups_have(const struct p2p_reset_groups *groups,
			   struct vfio_device *vdev);

#endif /* P2P_RESET_GROUPS_H */
