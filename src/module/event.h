/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_EVENT_H
#define P2P_EVENT_H

/**
 * enum p2p_event - what happened to a device, or was asked of it
 * @P2P_EVENT_EXPORT: a dma-buf was made
 * @P2P_EVENT_RESET: a reset, however it was asked for
 * @P2P_EVENT_CONFIG: a write to config space
 * @P2P_EVENT_POWER: a low power feature
 * @P2P_EVENT_LOAD: the module was loaded, perhaps in the middle of a reset
 * @P2P_EVENT_CLOSE: the last close of the device
 * @P2P_EVENT_UNBIND: the driver is being unbound
 * @P2P_EVENT_REVOKE: the owner took one dma-buf back
 *
 * Their names are in names.c.
 */
enum p2p_event {
	P2P_EVENT_EXPORT,
	P2P_EVENT_RESET,
	P2P_EVENT_CONFIG,
	P2P_EVENT_POWER,
	P2P_EVENT_LOAD,
	P2P_EVENT_CLOSE,
	P2P_EVENT_UNBIND,
	P2P_EVENT_REVOKE,
};

#endif /* P2P_EVENT_H */
