/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_NATIVE_H
#define P2P_NATIVE_H

#include <linux/types.h>

struct p2p_device;
struct p2p_export_request;

int p2p_native_init(void);
bool p2p_native_used(void);
int p2p_native_export(struct p2p_device *dev,
		      const struct p2p_export_request *req);

#endif /* P2P_NATIVE_H */
