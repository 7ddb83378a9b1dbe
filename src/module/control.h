/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_CONTROL_H
#define P2P_CONTROL_H

#include <linux/types.h>

int p2p_control_start(void);
void p2p_control_stop(void);
u64 p2p_control_capabilities(void);

#endif /* P2P_CONTROL_H */
