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

#endif /* TEST_SERVED_H */
