/* SPDX-License-Identifier: GPL-2.0-only */
/* Sysfs: attributes, and drivers of PCI functions. */
#ifndef TEST_SYSFS_H
#define TEST_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * All functions return a negative errno if they fail.  A BDF is a string such
 * as "0000:04:00.0".
 */

/* Read a file without its last newline; returns the length. */
int sysfs_read(const char *path, char *buf, size_t size);
int sysfs_write(const char *path, const char *text);

/* An attribute of a PCI function */
int pci_attr_read(const char *bdf, const char *attr, char *buf, size_t size);
int pci_attr_write(const char *bdf, const char *attr, const char *text);

/* The number that an attribute holds, decimal or with 0x */
long long pci_attr_number(const char *bdf, const char *attr);

bool pci_exists(const char *bdf);

/* Nobody tells of it; the test's time limit ends the wait. */
int pci_wait_suspended(const char *bdf);

/* The name of the driver; -ENOENT if there is none */
int pci_driver(const char *bdf, char *name, size_t size);

/*
 * Bind to a driver by driver_override, from whatever driver it has now; does
 * nothing if it has that one.
 */
int pci_bind(const char *bdf, const char *driver);

/* Unbind and forget the override; 0 if there is no driver. */
int pci_unbind(const char *bdf);

/* The number of the IOMMU group */
int pci_iommu_group(const char *bdf);

/* Reset through sysfs; the kernel chooses the method. */
int pci_reset(const char *bdf);

/* Surprise-free removal, and discovery of what was removed */
int pci_remove(const char *bdf);
int pci_rescan(void);

/*
 * Switch the hot-plug slot off that the function is in; returns when what was in it
 * has no driver any more.  ENODEV if it is in none.
 */
int pci_slot_off(const char *bdf);

#endif /* TEST_SYSFS_H */
