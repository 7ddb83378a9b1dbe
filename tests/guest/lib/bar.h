/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a BAR is. */
#ifndef TEST_BAR_H
#define TEST_BAR_H

#include <linux/types.h>

/* The physical address of a BAR, by sysfs.  Fails the test if there is none. */
__u64 pci_bar_start(const char *bdf, int bar);

#endif /* TEST_BAR_H */
