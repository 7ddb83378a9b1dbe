/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module itself says, by /dev/vfio-p2p-dmabuf. */
#ifndef CLI_MODULE_H
#define CLI_MODULE_H

#include "decide.h"

/* Does the module make the dma-bufs, and not the kernel? */
enum fact module_exports(const char *root);

#endif /* CLI_MODULE_H */
