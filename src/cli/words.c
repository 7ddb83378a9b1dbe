// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <pci/pci.h>

#include "words.h"

const char *route_name(enum vfio_p2p_route_type route)
{
	switch (route) {
	case VFIO_P2P_ROUTE_IMPOSSIBLE:
		return "impossible";
	case VFIO_P2P_ROUTE_BUS_ADDR:
		return "bus-address";
	case VFIO_P2P_ROUTE_HOST_BRIDGE:
		return "host-bridge";
	}
	return "unknown";
}

const char *route_text(enum vfio_p2p_route_type route)
{
	switch (route) {
	case VFIO_P2P_ROUTE_IMPOSSIBLE:
		return "not possible";
	case VFIO_P2P_ROUTE_BUS_ADDR:
		return "by bus address";
	case VFIO_P2P_ROUTE_HOST_BRIDGE:
		return "through the host bridge";
	}
	return "unknown";
}

const char *reason_name(enum vfio_p2p_route_reason reason)
{
	switch (reason) {
	case VFIO_P2P_REASON_COMMON_UPSTREAM:
		return "common-upstream";
	case VFIO_P2P_REASON_SAME_FUNCTION:
		return "same-function";
	case VFIO_P2P_REASON_ACS_REDIRECT:
		return "acs-redirect";
	case VFIO_P2P_REASON_NO_COMMON_UPSTREAM:
		return "no-common-upstream";
	case VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN:
		return "host-bridge-unknown";
	case VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY:
		return "host-bridge-same-only";
	case VFIO_P2P_REASON_NOT_PCI:
		return "not-pci";
	case VFIO_P2P_REASON_DMA_MASK:
		return "dma-mask";
	}
	return "unknown";
}

const char *unknown_text(unsigned int unknown)
{
	if (unknown & UNKNOWN_ACS)
		return "ACS on the way can't be read, which takes root and a device that answers";
	if (unknown & UNKNOWN_ROOT_PORT)
		return "the type of the root bus's first device can't be read, which takes root";
	if (unknown & UNKNOWN_CPU)
		return "/proc/cpuinfo can't be read";
	return "the module does not tell whether host_bridges= has an effect";
}

static void add_bit(char *text, size_t length, const char *name)
{
	size_t used = strlen(text);

	snprintf(text + used, length - used, "%s%s", used ? " " : "", name);
}

void acs_text(const struct config *config, char *text, size_t length)
{
	static const struct {
		uint16_t bit;
		const char *name;
	} bits[] = {
		{ PCI_ACS_CTRL_VALID, "SV" },
		{ PCI_ACS_CTRL_BLOCK, "TB" },
		{ PCI_ACS_CTRL_REQ_RED, "RR" },
		{ PCI_ACS_CTRL_CMPLT_RED, "CR" },
		{ PCI_ACS_CTRL_FORWARD, "UF" },
		{ PCI_ACS_CTRL_EGRESS, "EC" },
		{ PCI_ACS_CTRL_TRANS, "DT" },
	};
	size_t i;

	if (config->acs != ACS_PRESENT) {
		snprintf(text, length, "%s",
			 config->acs == ACS_NONE ? "none" : "not readable");
		return;
	}
	*text = '\0';
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (config->acs_ctrl & bits[i].bit)
			add_bit(text, length, bits[i].name);
	}
	if (!*text)
		snprintf(text, length, "all off");
}

const char *kind_text(const struct function *function)
{
	if (function->virtual)
		return "virtual function";
	switch (function->config.pcie_type) {
	case PCI_EXP_TYPE_ENDPOINT:
	case PCI_EXP_TYPE_LEG_END:
		return "endpoint";
	case PCI_EXP_TYPE_ROOT_PORT:
		return "root port";
	case PCI_EXP_TYPE_UPSTREAM:
		return "switch upstream port";
	case PCI_EXP_TYPE_DOWNSTREAM:
		return "switch downstream port";
	case PCI_EXP_TYPE_PCI_BRIDGE:
		return "PCIe to PCI bridge";
	case PCI_EXP_TYPE_PCIE_BRIDGE:
		return "PCI to PCIe bridge";
	case PCI_EXP_TYPE_ROOT_INT_EP:
		return "integrated endpoint";
	case PCI_EXP_TYPE_ROOT_EC:
		return "event collector";
	case PCIE_TYPE_NONE:
		return function_is_bridge(function) ? "PCI bridge" :
						      "PCI device";
	}
	return function_is_bridge(function) ? "bridge" : "device";
}

const char *iommu_text(const struct function *function)
{
	if (function->group < 0)
		return "no IOMMU";
	switch (function_translated(function)) {
	case FACT_YES:
		return "its DMA is translated";
	case FACT_NO:
		return "its DMA is not translated";
	case FACT_UNKNOWN:
		break;
	}
	return function->driver ? "its DMA is up to whoever drives it" :
				  "it has no driver";
}
