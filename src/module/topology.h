/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_TOPOLOGY_H
#define P2P_TOPOLOGY_H

#include "route.h"

struct device;
struct pci_dev;

int p2p_topology_init(bool native);
int p2p_route_find(struct pci_dev *exporter, struct device *importer,
		   struct p2p_decision *decision);
int p2p_bus_offset(struct pci_dev *pdev, unsigned int bar, u64 *offset);
int p2p_route_by_host_bridges(struct pci_dev *exporter,
			      struct pci_dev *importer,
			      struct p2p_decision *decision);
void p2p_route_all(struct pci_dev *exporter, struct p2p_decision *decision);

#endif /* P2P_TOPOLOGY_H */
