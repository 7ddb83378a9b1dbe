/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What config space says of a function.  Without privileges the kernel shows the
 * first 64 bytes only, which is before all capabilities.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct pci_dev;

/**
 * enum config_view - how much of it could be read
 * @CONFIG_NOTHING: the function does not answer, or there is no file
 * @CONFIG_HEADER: the first 64 bytes
 * @CONFIG_ALL: all that the kernel has
 */
enum config_view {
	CONFIG_NOTHING,
	CONFIG_HEADER,
	CONFIG_ALL,
};

/* In place of a PCIe port type: conventional PCI, or not known */
#define PCIE_TYPE_NONE		(-1)
#define PCIE_TYPE_UNKNOWN	(-2)

/**
 * enum acs - is there an ACS capability?
 * @ACS_UNKNOWN: can't be read
 * @ACS_NONE: no
 * @ACS_PRESENT: yes
 */
enum acs {
	ACS_UNKNOWN,
	ACS_NONE,
	ACS_PRESENT,
};

/**
 * struct config - what was read
 * @view: how much
 * @header_type: 0 endpoint, 1 bridge, 2 CardBus bridge; -1 if not known
 * @pcie_type: PCI_EXP_TYPE_*, or PCIE_TYPE_NONE, PCIE_TYPE_UNKNOWN
 * @acs: is there an ACS capability
 * @acs_cap: its capabilities
 * @acs_ctrl: its control register
 */
struct config {
	enum config_view view;
	int header_type;
	int pcie_type;
	enum acs acs;
	uint16_t acs_cap;
	uint16_t acs_ctrl;
};

/* SIZE is that of the file in sysfs, which tells how much the kernel has. */
void config_read(struct pci_dev *dev, long size, struct config *config);

/* Does ACS redirect?  Only if it is known. */
bool config_redirects(const struct config *config);

#endif /* CLI_CONFIG_H */
