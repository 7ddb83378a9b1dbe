// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a caller of VFIO_DEVICE_PCI_HOT_RESET shows to own: the groups whose fds it
 * gives.
 *
 * vfio reads them again.  Who changes them in between has pages taken that would
 * have been waited for in the reset, or the other way round; never those of a group
 * that is not its own.
 */
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "reset_groups.h"

static s32 *copy_fds(const struct vfio_device_set *set,
		     struct vfio_pci_hot_reset __user *arg, unsigned int *nr)
{
	const size_t size = offsetofend(struct vfio_pci_hot_reset, count);
	struct vfio_pci_hot_reset head;
	s32 *fds;

	if (copy_from_user(&head, arg, size) || head.argsz < size ||
	    head.flags)
		return NULL;
	/* All that is reset has to be in the set, in one group each at most. */
	if (!head.count || head.count > READ_ONCE(set->device_count))
		return NULL;

	fds = memdup_user(arg->group_fds, head.count * sizeof(*fds));
	if (IS_ERR(fds))
		return NULL;
	*nr = head.count;
	return fds;
}

static void get_files(struct p2p_reset_groups *groups, const s32 *fds,
		      unsigned int nr)
{
	struct file *file;

	groups->files = kcalloc(nr, sizeof(*groups->files), GFP_KERNEL);
	if (!groups->files)
		return;

	while (groups->nr < nr) {
		file = fget(fds[groups->nr]);
		if (!file)
			return;
		groups->files[groups->nr++] = file;
	}
}

/**
 * p2p_reset_groups_get - look at the groups that are given with a hot reset
 * @groups: empty; those that could be had
 * @set: that of the device
 * @arg: struct vfio_pci_hot_reset
 *
 * If something is wrong with them vfio will say so.
 *
 * Context: may sleep; p2p_reset_groups_put() has to follow.
 */
void p2p_reset_groups_get(struct p2p_reset_groups *groups,
			  const struct vfio_device_set *set, void __user *arg)
{
	unsigned int nr;
	s32 *fds;

	fds = copy_fds(set, arg, &nr);
	if (!fds)
		return;
	get_files(groups, fds, nr);
	kfree(fds);
}

void p2p_reset_groups_put(struct p2p_reset_groups *groups)
{
	while (groups->nr)
		fput(groups->files[--groups->nr]);
	kfree(groups->files);
}

/**
 * p2p_reset_groups_have - is a device in one of the groups
 * @groups: of the call
 * @vdev: any device that is there
 */
bool p2p_reset_groups_have(const struct p2p_reset_groups *groups,
			   struct vfio_device *vdev)
{
	unsigned int i;

	for (i = 0; i < groups->nr; i++)
		if (vfio_file_has_dev(groups->files[i], vdev))
			return true;
	return false;
}
