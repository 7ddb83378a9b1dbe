/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_INTERPOSER_H
#define P2P_INTERPOSER_H

int p2p_interposer_start(void);
void p2p_interposer_stop(void);
unsigned int p2p_interposer_devices(void);

#endif /* P2P_INTERPOSER_H */
