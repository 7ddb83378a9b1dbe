/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vfio device fd says of itself. */
#ifndef LIB_DEVICE_H
#define LIB_DEVICE_H

#include <vfio-p2p.h>

/* BARs are 0 to 5. */
#define NR_BARS	6

/* Fails, saying why, if an fd is not that of a vfio device ready for use. */
int device_check(int device_fd, struct vfio_p2p_error *error);

/* The size of a BAR in bytes.  Fails, saying why, if there is no such BAR. */
int device_bar_size(int device_fd, unsigned int bar, __u64 *size,
		    struct vfio_p2p_error *error);

#endif /* LIB_DEVICE_H */
