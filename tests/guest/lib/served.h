/* SPDX-License-Identifier: GPL-2.0-only */
/* Open devices that the module under test serves, without a whole scene. */
#ifndef TEST_SERVED_H
#define TEST_SERVED_H

#include "vfio_dev.h"

/*
 * The device of that name in the topology, bound to vfio-pci and open, memory
 * decode on, the module loaded.  Fails the test if anything is wrong.
 */
void served_open(struct vfio_dev *dev, const char *name);

/*
 * Close it, and the fd of the misc device.  Nothing must be left then that keeps the
 * module.
 */
void served_close(struct vfio_dev *dev, int control);

#endif /* TEST_SERVED_H */
