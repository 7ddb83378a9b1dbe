/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_NAMES_H
#define P2P_NAMES_H

#include <linux/vfio_p2p_dmabuf.h>

#include "event.h"
#include "history.h"

const char *p2p_event_name(enum p2p_event event);
const char *p2p_state_name(enum p2p_state state);
const char *p2p_route_name(enum vfio_p2p_route_type route);
const char *p2p_reason_name(enum vfio_p2p_route_reason reason);

#endif /* P2P_NAMES_H */
