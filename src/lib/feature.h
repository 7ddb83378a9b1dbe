/* SPDX-License-Identifier: GPL-2.0-only */
/* VFIO_DEVICE_FEATURE_DMA_BUF of the device fd */
#ifndef LIB_FEATURE_H
#define LIB_FEATURE_H

#include "request.h"

/* Both return a negative errno if they fail, -ENOTTY if nobody answers. */
int feature_probe(int device_fd);
int feature_export(const struct request *req);

#endif /* LIB_FEATURE_H */
