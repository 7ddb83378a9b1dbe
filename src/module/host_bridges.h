/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which host bridges are known to route peer-to-peer DMA: the kernel's list,
 * and what the administrator adds with the module parameter host_bridges=.
 */
#ifndef VFIO_P2P_HOST_BRIDGES_H
#define VFIO_P2P_HOST_BRIDGES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#endif

/**
 * enum p2p_host_bridge_kind - between what a host bridge routes DMA of peers
 * @P2P_HOST_BRIDGE_UNKNOWN: nothing is known of it
 * @P2P_HOST_BRIDGE_SAME_ONLY: between its own root ports
 * @P2P_HOST_BRIDGE_ANY: also to another host bridge of kind
 *	%P2P_HOST_BRIDGE_ANY
 */
enum p2p_host_bridge_kind {
	P2P_HOST_BRIDGE_UNKNOWN,
	P2P_HOST_BRIDGE_SAME_ONLY,
	P2P_HOST_BRIDGE_ANY,
};

/**
 * p2p_host_bridge_lookup() - look a host bridge up in the kernel's list
 * @vendor: vendor ID of the device that stands for the host bridge
 * @device: its device ID
 *
 * Return: its kind, P2P_HOST_BRIDGE_UNKNOWN if it is not in the list.
 */
enum p2p_host_bridge_kind p2p_host_bridge_lookup(__u16 vendor, __u16 device);

/* The largest number of entries host_bridges= may have */
#define P2P_HOST_BRIDGES_MAX	32

/**
 * struct p2p_host_bridge_id - one entry of host_bridges=
 * @vendor: vendor ID
 * @device: device ID
 */
struct p2p_host_bridge_id {
	__u16 vendor;
	__u16 device;
};

/**
 * struct p2p_host_bridge_list - host_bridges= as parsed
 * @nr: number of entries in use
 * @entries: the entries, in the order given
 */
struct p2p_host_bridge_list {
	unsigned int nr;
	struct p2p_host_bridge_id entries[P2P_HOST_BRIDGES_MAX];
};

/**
 * enum p2p_host_bridge_error - what is wrong with host_bridges=
 * @P2P_HOST_BRIDGE_OK: nothing
 * @P2P_HOST_BRIDGE_BAD_VENDOR: an entry does not begin with four hex digits
 * @P2P_HOST_BRIDGE_NO_COLON: no colon follows the vendor ID
 * @P2P_HOST_BRIDGE_BAD_DEVICE: no four hex digits follow the colon
 * @P2P_HOST_BRIDGE_TRAILING: something else than a comma or the end follows
 * @P2P_HOST_BRIDGE_TOO_MANY: more than %P2P_HOST_BRIDGES_MAX entries
 */
enum p2p_host_bridge_error {
	P2P_HOST_BRIDGE_OK,
	P2P_HOST_BRIDGE_BAD_VENDOR,
	P2P_HOST_BRIDGE_NO_COLON,
	P2P_HOST_BRIDGE_BAD_DEVICE,
	P2P_HOST_BRIDGE_TRAILING,
	P2P_HOST_BRIDGE_TOO_MANY,
};

/**
 * p2p_host_bridge_parse() - parse the value of host_bridges=
 * @text: entries vendor:device, each ID exactly four hex digits as lspci -n
 *	prints them, separated by single commas; a newline may end the last one
 * @list: filled in; empty if @text is empty, or wrong
 * @bad: index of the entry that is wrong, counted from 0; 0 if none is
 *
 * The IDs must be written out in full because what they declare safe is
 * trusted: a lost digit must not silently name another device.
 *
 * Return: P2P_HOST_BRIDGE_OK or what is wrong.
 */
enum p2p_host_bridge_error
p2p_host_bridge_parse(const char *text, struct p2p_host_bridge_list *list,
		      unsigned int *bad);

/**
 * p2p_host_bridge_strerror() - a parse error in words
 * @error: what p2p_host_bridge_parse() returned
 *
 * Return: a text for a log message, without a newline.
 */
const char *p2p_host_bridge_strerror(enum p2p_host_bridge_error error);

/**
 * p2p_host_bridge_declared() - did the administrator declare a host bridge safe?
 * @list: host_bridges= as parsed
 * @vendor: vendor ID of the device that stands for the host bridge
 * @device: its device ID
 *
 * Return: true if @list contains it.
 */
bool p2p_host_bridge_declared(const struct p2p_host_bridge_list *list,
			      __u16 vendor, __u16 device);

#endif /* VFIO_P2P_HOST_BRIDGES_H */
