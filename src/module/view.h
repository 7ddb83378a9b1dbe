/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_VIEW_H
#define P2P_VIEW_H

void p2p_view_start(void);
void p2p_view_stop(void);

#endif /* P2P_VIEW_H */
