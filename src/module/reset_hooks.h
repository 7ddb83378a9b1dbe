/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_RESET_HOOKS_H
#define P2P_RESET_HOOKS_H

#include <linux/types.h>

struct pci_dev;
struct pci_driver;

/**
 * struct p2p_reset_callbacks - who wants to know of resets
 * @prepare: a reset of this function follows; device lock held
 * @done: it is over; device lock held since @prepare
 */
struct p2p_reset_callbacks {
	void (*prepare)(struct pci_dev *pdev);
	void (*done)(struct pci_dev *pdev);
};

void p2p_reset_hooks_init(const struct p2p_reset_callbacks *callbacks);
bool p2p_reset_hooks_fit(const struct pci_driver *driver);
int p2p_reset_hooks_get(struct pci_driver *driver);
void p2p_reset_hooks_put(struct pci_driver *driver);
void p2p_reset_hooks_stop(void);
void p2p_reset_hooks_synchronize(void);

#endif /* P2P_RESET_HOOKS_H */
