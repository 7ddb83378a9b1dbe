// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host bridges that are known to route peer-to-peer DMA.  This file is also
 * compiled in user space by the unit tests: no kernel API beyond types.
 */
#include "host_bridges.h"

#define VENDOR_INTEL	0x8086
#define VENDOR_GOOGLE	0x1ae0
#define VENDOR_NVIDIA	0x10de

/* Short names for the list; a device ID has 16 bits, so that -1 is none */
#define SAME_ONLY	P2P_HOST_BRIDGE_SAME_ONLY
#define ANY		P2P_HOST_BRIDGE_ANY
#define ANY_DEVICE	(-1)

/*
 * The facts are those of pci_p2pdma_whitelist in drivers/pci/p2pdma.c of Linux
 * 7.3, the device IDs those of its include/linux/pci_ids.h; older kernels know
 * a part of it.  What stands here is the first device of a root bus: a host
 * bridge, a root port or, on Xeons, an accelerator alone on its root bus.
 */
static const struct known_host_bridge {
	__u16 vendor;
	__s32 device;
	enum p2p_host_bridge_kind kind;
} known_host_bridges[] = {
	/* Xeon E5 and Core i7, Sandy Bridge-E */
	{ VENDOR_INTEL, 0x3c00, SAME_ONLY },
	{ VENDOR_INTEL, 0x3c01, SAME_ONLY },
	/* Xeon E5 v3, E7 v3 and Core i7, Haswell-E */
	{ VENDOR_INTEL, 0x2f00, SAME_ONLY },
	{ VENDOR_INTEL, 0x2f01, SAME_ONLY },
	/* Skylake-E: root ports A to D, and 00.0 */
	{ VENDOR_INTEL, 0x2030, ANY },
	{ VENDOR_INTEL, 0x2031, ANY },
	{ VENDOR_INTEL, 0x2032, ANY },
	{ VENDOR_INTEL, 0x2033, ANY },
	{ VENDOR_INTEL, 0x2020, ANY },
	/* Xeon since Ice Lake */
	{ VENDOR_INTEL, 0x09a2, ANY },
	/* DSA: Sapphire Rapids, Granite Rapids-D, Diamond Rapids */
	{ VENDOR_INTEL, 0x0b25, ANY },
	{ VENDOR_INTEL, 0x11fb, ANY },
	{ VENDOR_INTEL, 0x1212, ANY },
	/* IAA: Sapphire Rapids, Diamond Rapids */
	{ VENDOR_INTEL, 0x0cfe, ANY },
	{ VENDOR_INTEL, 0x1216, ANY },
	/* QAT: 4xxx, 401xx, 402xx, 420xx, 6xxx */
	{ VENDOR_INTEL, 0x4940, ANY },
	{ VENDOR_INTEL, 0x4942, ANY },
	{ VENDOR_INTEL, 0x4944, ANY },
	{ VENDOR_INTEL, 0x4946, ANY },
	{ VENDOR_INTEL, 0x4948, ANY },
	/* Google SoCs */
	{ VENDOR_GOOGLE, ANY_DEVICE, ANY },
	/* NVIDIA CPUs */
	{ VENDOR_NVIDIA, 0x2f95, ANY },
	{ VENDOR_NVIDIA, 0x2f96, ANY },
	{ VENDOR_NVIDIA, 0x2f97, ANY },
	{ VENDOR_NVIDIA, 0x2f98, ANY },
	{}
};

enum p2p_host_bridge_kind p2p_host_bridge_lookup(__u16 vendor, __u16 device)
{
	const struct known_host_bridge *entry;

	for (entry = known_host_bridges; entry->vendor; entry++) {
		if (entry->vendor == vendor &&
		    (entry->device == device || entry->device == ANY_DEVICE))
			return entry->kind;
	}
	return P2P_HOST_BRIDGE_UNKNOWN;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads exactly four hex digits and moves @text behind them. */
static bool parse_id(const char **text, __u16 *id)
{
	const char *p = *text;
	unsigned int value = 0;
	int i, digit;

	for (i = 0; i < 4; i++) {
		digit = hex_digit(p[i]);
		if (digit < 0)
			return false;
		value = value << 4 | digit;
	}
	*id = value;
	*text = p + 4;
	return true;
}

static bool at_end(const char *text)
{
	return !text[0] || (text[0] == '\n' && !text[1]);
}

static enum p2p_host_bridge_error parse_entry(const char **text,
					      struct p2p_host_bridge_id *id)
{
	if (!parse_id(text, &id->vendor))
		return P2P_HOST_BRIDGE_BAD_VENDOR;
	if (**text != ':')
		return P2P_HOST_BRIDGE_NO_COLON;
	(*text)++;
	if (!parse_id(text, &id->device))
		return P2P_HOST_BRIDGE_BAD_DEVICE;
	if (**text != ',' && !at_end(*text))
		return P2P_HOST_BRIDGE_TRAILING;
	return P2P_HOST_BRIDGE_OK;
}

enum p2p_host_bridge_error
p2p_host_bridge_parse(const char *text, struct p2p_host_bridge_list *list,
		      unsigned int *bad)
{
	enum p2p_host_bridge_error error;
	unsigned int nr = 0;

	/* Whoever overlooks an error must not be left with half a list. */
	list->nr = 0;
	*bad = 0;
	if (at_end(text))
		return P2P_HOST_BRIDGE_OK;

	for (;;) {
		if (nr == P2P_HOST_BRIDGES_MAX)
			error = P2P_HOST_BRIDGE_TOO_MANY;
		else
			error = parse_entry(&text, &list->entries[nr]);
		if (error) {
			*bad = nr;
			return error;
		}
		nr++;
		if (*text != ',')
			break;
		text++;
	}
	list->nr = nr;
	return P2P_HOST_BRIDGE_OK;
}

const char *p2p_host_bridge_strerror(enum p2p_host_bridge_error error)
{
	switch (error) {
	case P2P_HOST_BRIDGE_OK:
		return "no error";
	case P2P_HOST_BRIDGE_BAD_VENDOR:
		return "vendor ID is not four hex digits";
	case P2P_HOST_BRIDGE_NO_COLON:
		return "no colon after the vendor ID";
	case P2P_HOST_BRIDGE_BAD_DEVICE:
		return "device ID is not four hex digits";
	case P2P_HOST_BRIDGE_TRAILING:
		return "no comma after the device ID";
	case P2P_HOST_BRIDGE_TOO_MANY:
		return "too many entries";
	}
	return "unknown error";
}

bool p2p_host_bridge_declared(const struct p2p_host_bridge_list *list,
			      __u16 vendor, __u16 device)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		if (list->entries[i].vendor == vendor &&
		    list->entries[i].device == device)
			return true;
	}
	return false;
}
