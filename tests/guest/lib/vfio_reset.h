/* SPDX-License-Identifier: GPL-2.0-only */
/* Resets that a vfio device offers. */
#ifndef TEST_VFIO_RESET_H
#define TEST_VFIO_RESET_H

#include "vfio_dev.h"

/* All functions return a negative errno if they fail. */
int vfio_dev_reset(const struct vfio_dev *dev);

/* How many functions a hot reset hits; fills DEVICES as far as there is room */
int vfio_dev_hot_reset_info(const struct vfio_dev *dev,
			    struct vfio_pci_dependent_device *devices,
			    unsigned int room);

/* Hot reset, with the group fds that prove the right to do it */
int vfio_dev_hot_reset(const struct vfio_dev *dev, const int *group_fds,
		       unsigned int count);

#endif /* TEST_VFIO_RESET_H */
