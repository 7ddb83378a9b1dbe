// SPDX-License-Identifier: GPL-2.0-only
#include <pci/pci.h>

#include "config.h"

#define HEADER_SIZE	64
#define OLD_SIZE	256
#define FULL_SIZE	4096

/*
 * Some devices don't bear that all of their config space is read, so only a little
 * of it is: without privileges, a read behind the header gets nothing.
 */
static bool readable(struct pci_dev *dev, int offset)
{
	uint8_t bytes[4];

	return pci_read_block(dev, offset, bytes, sizeof(bytes));
}

/* A file of 256 bytes is all there is: the kernel reads no more either. */
static enum config_view view_of(struct pci_dev *dev, long size)
{
	if (!readable(dev, 0) || size < HEADER_SIZE ||
	    pci_read_word(dev, PCI_VENDOR_ID) == 0xffff)
		return CONFIG_NOTHING;
	if ((size != OLD_SIZE && size != FULL_SIZE) ||
	    !readable(dev, HEADER_SIZE))
		return CONFIG_HEADER;
	return size == OLD_SIZE || readable(dev, OLD_SIZE) ? CONFIG_ALL :
							     CONFIG_HEADER;
}

static bool has_capabilities(struct pci_dev *dev)
{
	return pci_read_word(dev, PCI_STATUS) & PCI_STATUS_CAP_LIST;
}

static void read_pcie_type(struct pci_dev *dev, struct config *config)
{
	struct pci_cap *cap;

	if (config->view == CONFIG_ALL) {
		cap = pci_find_cap(dev, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
		config->pcie_type = PCIE_TYPE_NONE;
		if (cap)
			config->pcie_type = (pci_read_word(dev, cap->addr +
						PCI_EXP_FLAGS) &
					     PCI_EXP_FLAGS_TYPE) >> 4;
	} else if (config->view == CONFIG_HEADER && !has_capabilities(dev)) {
		config->pcie_type = PCIE_TYPE_NONE;
	}
}

static void read_acs(struct pci_dev *dev, long size, struct config *config)
{
	struct pci_cap *cap;

	/* Neither conventional PCI nor a short config space has room for it. */
	if (config->pcie_type == PCIE_TYPE_NONE || size == OLD_SIZE) {
		config->acs = ACS_NONE;
		return;
	}
	if (config->view != CONFIG_ALL)
		return;

	cap = pci_find_cap(dev, PCI_EXT_CAP_ID_ACS, PCI_CAP_EXTENDED);
	config->acs = cap ? ACS_PRESENT : ACS_NONE;
	if (cap) {
		config->acs_cap = pci_read_word(dev, cap->addr + PCI_ACS_CAP);
		config->acs_ctrl = pci_read_word(dev, cap->addr + PCI_ACS_CTRL);
	}
}

void config_read(struct pci_dev *dev, long size, struct config *config)
{
	*config = (struct config) {
		.view = view_of(dev, size),
		.header_type = -1,
		.pcie_type = PCIE_TYPE_UNKNOWN,
	};
	if (config->view != CONFIG_NOTHING)
		config->header_type = pci_read_byte(dev, PCI_HEADER_TYPE) &
				      0x7f;
	read_pcie_type(dev, config);
	read_acs(dev, size, config);
}

bool config_redirects(const struct config *config)
{
	return config->acs == ACS_PRESENT &&
	       (config->acs_ctrl & (PCI_ACS_CTRL_REQ_RED |
				    PCI_ACS_CTRL_CMPLT_RED |
				    PCI_ACS_CTRL_EGRESS));
}
