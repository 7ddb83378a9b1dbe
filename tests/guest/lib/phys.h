/* SPDX-License-Identifier: GPL-2.0-only */
/* The test modules that ask where the memory of a dma-buf is. */
#ifndef TEST_PHYS_H
#define TEST_PHYS_H

#include "p2p_test_phys.h"

/* Both are also the names of their devices. */
#define MODULE_PHYS		"p2p_test_phys"
#define MODULE_PHYS_OPTIONAL	"p2p_test_phys_optional"

/* All functions return a negative errno if they fail; see p2p_test_phys.h. */

/* Returns the fd, which can have one attachment. */
int phys_open(const char *module);

int phys_attach(int fd, int dmabuf_fd, __u32 flags);

/* The number of ranges; fills RANGES as far as there is room */
int phys_get(int fd, struct p2p_test_phys_range *ranges, __u32 room);

int phys_notified(int fd, struct p2p_test_phys_notified *notified);

#endif /* TEST_PHYS_H */
