/* SPDX-License-Identifier: GPL-2.0-only */
/* Open a device that is bound to vfio-pci, for as long as the program lives. */
#ifndef CLI_VFIO_OPEN_H
#define CLI_VFIO_OPEN_H

#include "machine.h"

/**
 * enum vfio_way - how to open it
 * @VFIO_WAY_ANY: by its own node if there is one and it may be opened, else by
 *	its group
 * @VFIO_WAY_NODE: by /dev/vfio/devices/ and /dev/iommu
 * @VFIO_WAY_GROUP: by /dev/vfio/GROUP and /dev/vfio/vfio
 */
enum vfio_way {
	VFIO_WAY_ANY,
	VFIO_WAY_NODE,
	VFIO_WAY_GROUP,
};

/*
 * Returns the device's fd, with memory decode on.  Ends the program with a
 * sentence if it can't be opened.
 */
int vfio_open(const struct function *function, enum vfio_way way);

#endif /* CLI_VFIO_OPEN_H */
