// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <pci/pci.h>

#include "cli.h"
#include "decide.h"

static unsigned int path_length(const struct function *function)
{
	unsigned int nr = 0;

	for (; function; function = function->upstream)
		nr++;
	return nr;
}

static bool path_unknown(const struct function *function)
{
	for (; function; function = function->upstream) {
		if (function->config.acs == ACS_UNKNOWN)
			return true;
	}
	return false;
}

/* The function itself and all bridges above it. */
static struct p2p_node *new_path(const struct function *function,
				 unsigned int nr, bool unknown_redirects)
{
	struct p2p_node *path = calloc(nr, sizeof(*path)), *node = path;

	if (!path)
		errx(CLI_TROUBLE, "no memory");
	for (; function; function = function->upstream, node++) {
		node->bdf = function->bdf;
		node->acs_redirect = config_redirects(&function->config) ||
				     (unknown_redirects &&
				      function->config.acs == ACS_UNKNOWN);
	}
	return path;
}

/* Root ports are bridges, whose header can be read without privileges. */
static enum fact is_root_port(const struct config *config)
{
	if (config->pcie_type == PCI_EXP_TYPE_ROOT_PORT)
		return FACT_YES;
	if (config->pcie_type != PCIE_TYPE_UNKNOWN ||
	    config->header_type == PCI_HEADER_TYPE_NORMAL)
		return FACT_NO;
	return FACT_UNKNOWN;
}

const struct function *host_bridge_of(const struct machine *machine,
				      const struct function *function,
				      enum fact *known)
{
	const struct function *first = machine_first_on(machine,
							&function->root);

	*known = FACT_NO;
	if (first)
		*known = first->bdf.devfn ? is_root_port(&first->config) :
					    FACT_YES;
	return first;
}

static void describe_host_bridge(const struct machine *machine,
				 const struct platform *platform,
				 const struct function *function,
				 unsigned int assumed,
				 struct p2p_host_bridge *host)
{
	const struct function *first;
	enum fact known;

	*host = (struct p2p_host_bridge) {
		.id = function->root.domain << 8 | function->root.bus,
	};
	first = host_bridge_of(machine, function, &known);
	if (!first)
		return;

	host->known_device = known == FACT_YES ||
			     (known == FACT_UNKNOWN &&
			      (assumed & UNKNOWN_ROOT_PORT));
	host->bdf = first->bdf;
	host->vendor = first->vendor;
	host->device = first->device;
	host->declared = (platform->declared_counts == FACT_YES ||
			  (assumed & UNKNOWN_DECLARED)) &&
			 p2p_host_bridge_declared(&platform->declared,
						  first->vendor, first->device);
}

static void describe(const struct machine *machine,
		     const struct platform *platform,
		     const struct function *function, unsigned int assumed,
		     struct p2p_endpoint *end)
{
	end->nr_nodes = path_length(function);
	end->path = new_path(function, end->nr_nodes, assumed & UNKNOWN_ACS);
	describe_host_bridge(machine, platform, function, assumed,
			     &end->host_bridge);
}

static unsigned int find_unknown(const struct machine *machine,
				 const struct platform *platform,
				 const struct function *exporter,
				 const struct function *importer)
{
	enum fact first, second;
	unsigned int unknown = 0;

	host_bridge_of(machine, exporter, &first);
	host_bridge_of(machine, importer, &second);
	if (first == FACT_UNKNOWN || second == FACT_UNKNOWN)
		unknown |= UNKNOWN_ROOT_PORT;
	if (path_unknown(exporter) || path_unknown(importer))
		unknown |= UNKNOWN_ACS;
	if (platform->cpu_routes == FACT_UNKNOWN)
		unknown |= UNKNOWN_CPU;
	if (platform->declared_counts == FACT_UNKNOWN)
		unknown |= UNKNOWN_DECLARED;
	return unknown;
}

static bool same_decision(const struct p2p_decision *a,
			  const struct p2p_decision *b)
{
	return a->route == b->route && a->distance == b->distance &&
	       a->reason == b->reason;
}

static void add_decision(struct answer *answer,
			 const struct p2p_decision *decision)
{
	unsigned int i;

	for (i = 0; i < answer->nr; i++) {
		if (same_decision(&answer->decisions[i], decision))
			return;
	}
	answer->decisions[answer->nr++] = *decision;
}

/*
 * The kernel's DMA API: without an IOMMU that translates, addresses beyond the
 * mask that a driver has set can't be reached.  What vfio-pci or a bridge's
 * driver has set means nothing, they leave DMA to others.
 */
static bool beyond_mask(const struct function *exporter,
			const struct function *importer)
{
	int i;

	if (importer->dma_mask_bits == 0 || importer->dma_mask_bits >= 64)
		return false;
	for (i = 0; i < NR_BARS; i++) {
		const struct bar *bar = &exporter->bars[i];

		if (bar->memory && bar->size &&
		    (bar->address + bar->size - 1) >> importer->dma_mask_bits)
			return true;
	}
	return false;
}

/* Drivers that leave the DMA to somebody else */
static bool manages_dma(const char *driver)
{
	return strcmp(driver, "vfio-pci") && strcmp(driver, "pci-stub") &&
	       strcmp(driver, "pcieport");
}

enum fact function_translated(const struct function *function)
{
	if (!function->driver || !manages_dma(function->driver))
		return FACT_UNKNOWN;
	if (function->group < 0)
		return FACT_NO;
	if (!function->group_type)
		return FACT_UNKNOWN;
	if (!strncmp(function->group_type, "DMA", 3))
		return FACT_YES;
	return strcmp(function->group_type, "identity") ? FACT_UNKNOWN :
							  FACT_NO;
}

static void decide_assuming(const struct machine *machine,
			    const struct platform *platform,
			    const struct function *exporter,
			    const struct function *importer,
			    unsigned int assumed,
			    struct p2p_decision *decision)
{
	struct p2p_topology topology = {
		.cpu_routes = platform->cpu_routes == FACT_YES ||
			      (assumed & UNKNOWN_CPU),
	};

	describe(machine, platform, exporter, assumed, &topology.exporter);
	describe(machine, platform, importer, assumed, &topology.importer);
	p2p_route_decide(&topology, decision);
	if (decision->route != VFIO_P2P_ROUTE_IMPOSSIBLE &&
	    function_translated(importer) == FACT_NO &&
	    beyond_mask(exporter, importer)) {
		decision->route = VFIO_P2P_ROUTE_IMPOSSIBLE;
		decision->reason = VFIO_P2P_REASON_DMA_MASK;
		decision->distance = -1;
		decision->has_bridge = false;
	}
	free((void *)topology.exporter.path);
	free((void *)topology.importer.path);
}

void decide(const struct machine *machine, const struct platform *platform,
	    const struct function *exporter, const struct function *importer,
	    struct answer *answer)
{
	struct p2p_decision decisions[NR_ASSUMPTIONS];
	unsigned int unknown = find_unknown(machine, platform, exporter,
					    importer);
	unsigned int assumed, bit;

	*answer = (struct answer) {
		.translated = function_translated(importer),
	};
	for (assumed = 0; assumed < NR_ASSUMPTIONS; assumed++) {
		if (assumed & ~unknown)
			continue;
		decide_assuming(machine, platform, exporter, importer, assumed,
				&decisions[assumed]);
		add_decision(answer, &decisions[assumed]);
		for (bit = 1; bit <= assumed; bit <<= 1) {
			if ((assumed & bit) &&
			    !same_decision(&decisions[assumed],
					   &decisions[assumed & ~bit]))
				answer->unknown |= bit;
		}
	}
}
