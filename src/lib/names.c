// SPDX-License-Identifier: GPL-2.0-only
/* Names for logs */
#include <vfio-p2p.h>

static const char causes[][20] = {
	[VFIO_P2P_CAUSE_OTHER] = "other",
	[VFIO_P2P_CAUSE_NO_DEVICE] = "no-device",
	[VFIO_P2P_CAUSE_NO_EXPORTER] = "no-exporter",
	[VFIO_P2P_CAUSE_NO_MODULE] = "no-module",
	[VFIO_P2P_CAUSE_NO_ACCESS] = "no-access",
	[VFIO_P2P_CAUSE_NOT_SERVED] = "not-served",
	[VFIO_P2P_CAUSE_NO_BAR] = "no-bar",
	[VFIO_P2P_CAUSE_BAR_BUSY] = "bar-busy",
	[VFIO_P2P_CAUSE_BAD_RANGE] = "bad-range",
	[VFIO_P2P_CAUSE_TOO_MANY_RANGES] = "too-many-ranges",
	[VFIO_P2P_CAUSE_BAD_ARGUMENT] = "bad-argument",
	[VFIO_P2P_CAUSE_NO_MEMORY] = "no-memory",
	[VFIO_P2P_CAUSE_NO_FDS] = "no-fds",
	[VFIO_P2P_CAUSE_ASLEEP] = "asleep",
	[VFIO_P2P_CAUSE_NO_PEER] = "no-peer",
	[VFIO_P2P_CAUSE_FOREIGN_DMABUF] = "foreign-dmabuf",
	[VFIO_P2P_CAUSE_NOT_OWNER] = "not-owner",
	[VFIO_P2P_CAUSE_NO_REVOKE] = "no-revoke",
	[VFIO_P2P_CAUSE_NO_PAGES] = "no-pages",
	[VFIO_P2P_CAUSE_BAR_IN_USE] = "bar-in-use",
	[VFIO_P2P_CAUSE_NO_ROUTE] = "no-route",
	[VFIO_P2P_CAUSE_NOT_REGISTERED] = "not-registered",
	[VFIO_P2P_CAUSE_NO_ROOM] = "no-room",
	[VFIO_P2P_CAUSE_PINNED] = "pinned",
	[VFIO_P2P_CAUSE_NO_WC] = "no-wc",
	[VFIO_P2P_CAUSE_IOVA_TAKEN] = "iova-taken",
	[VFIO_P2P_CAUSE_BAD_IOVA] = "bad-iova",
	[VFIO_P2P_CAUSE_MEMORY_OFF] = "memory-off",
};

const char *vfio_p2p_cause_name(enum vfio_p2p_cause cause)
{
	if ((unsigned int)cause >= sizeof(causes) / sizeof(causes[0]))
		return causes[VFIO_P2P_CAUSE_OTHER];
	return causes[cause];
}

const char *vfio_p2p_backend_name(enum vfio_p2p_backend backend)
{
	switch (backend) {
	case VFIO_P2P_BACKEND_ANY:
		return "any";
	case VFIO_P2P_BACKEND_FEATURE:
		return "feature";
	case VFIO_P2P_BACKEND_MODULE:
		return "module";
	default:
		return "unknown";
	}
}

const char *vfio_p2p_iova_way_name(enum vfio_p2p_iova_way way)
{
	switch (way) {
	case VFIO_P2P_IOVA_DMABUF:
		return "dma-buf";
	case VFIO_P2P_IOVA_PAGES:
		return "pages";
	case VFIO_P2P_IOVA_TYPE1:
		return "type1";
	default:
		return "unknown";
	}
}

/* From the file VERSION, by the Makefile */
const char *vfio_p2p_version(void)
{
	return LIB_VERSION;
}
