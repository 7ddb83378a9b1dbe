/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_PINNER_H
#define P2P_PINNER_H

#include <linux/types.h>

bool p2p_pinner_is_iommufd(void);

#endif /* P2P_PINNER_H */
