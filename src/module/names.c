// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words for people and programs.  They are an interface: man/vfio_p2p_dmabuf.4
 * explains them, and programs look for them.
 */
#include <linux/kernel.h>

#include "names.h"

static const char *name_in(const char *const *names, unsigned int nr,
			   unsigned int index)
{
	return index < nr && names[index] ? names[index] : "unknown";
}

const char *p2p_event_name(enum p2p_event event)
{
	static const char *const names[] = {
		[P2P_EVENT_EXPORT] = "export",
		[P2P_EVENT_RESET] = "reset",
		[P2P_EVENT_CONFIG] = "config",
		[P2P_EVENT_POWER] = "power",
		[P2P_EVENT_LOAD] = "load",
		[P2P_EVENT_CLOSE] = "close",
		[P2P_EVENT_UNBIND] = "unbind",
		[P2P_EVENT_REVOKE] = "revoke",
	};

	return name_in(names, ARRAY_SIZE(names), event);
}

const char *p2p_state_name(enum p2p_state state)
{
	static const char *const names[] = {
		[P2P_STATE_REVOKED] = "revoked",
		[P2P_STATE_LIVE] = "live",
		[P2P_STATE_SHELL] = "shell",
	};

	return name_in(names, ARRAY_SIZE(names), state);
}

const char *p2p_route_name(enum vfio_p2p_route_type route)
{
	static const char *const names[] = {
		[VFIO_P2P_ROUTE_IMPOSSIBLE] = "impossible",
		[VFIO_P2P_ROUTE_BUS_ADDR] = "bus-address",
		[VFIO_P2P_ROUTE_HOST_BRIDGE] = "host-bridge",
	};

	return name_in(names, ARRAY_SIZE(names), route);
}

const char *p2p_reason_name(enum vfio_p2p_route_reason reason)
{
	static const char *const names[] = {
		[VFIO_P2P_REASON_COMMON_UPSTREAM] = "common-upstream",
		[VFIO_P2P_REASON_SAME_FUNCTION] = "same-function",
		[VFIO_P2P_REASON_ACS_REDIRECT] = "acs-redirect",
		[VFIO_P2P_REASON_NO_COMMON_UPSTREAM] = "no-common-upstream",
		[VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN] = "host-bridge-unknown",
		[VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY] =
			"host-bridge-same-only",
		[VFIO_P2P_REASON_NOT_PCI] = "not-pci",
		[VFIO_P2P_REASON_DMA_MASK] = "dma-mask",
	};

	return name_in(names, ARRAY_SIZE(names), reason);
}
