// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read real PCI devices into the description that route.c decides on.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#ifdef CONFIG_X86
#include <asm/processor.h>
#endif

#include "host_bridges.h"
#include "topology.h"

static char *host_bridges;
module_param(host_bridges, charp, 0444);
MODULE_PARM_DESC(host_bridges,
		 "Further host bridges that route peer-to-peer traffic, as vendor:device,... (lspci -n), e.g. 8086:29c0. A wrong entry makes devices write where they must not.");

static struct p2p_host_bridge_list declared;

/**
 * p2p_topology_init - take in the module parameter
 * @native: the kernel decides what is mapped, and goes by its own list
 *
 * Return: 0, or -EINVAL with a sentence in the log.
 */
int p2p_topology_init(bool native)
{
	enum p2p_host_bridge_error error;
	unsigned int bad;

	if (!host_bridges)
		return 0;

	error = p2p_host_bridge_parse(host_bridges, &declared, &bad);
	if (error) {
		pr_err("host_bridges=%s: entry %u: %s; expected vendor:device,... as lspci -n prints them\n",
		       host_bridges, bad + 1, p2p_host_bridge_strerror(error));
		return -EINVAL;
	}

	if (native && declared.nr) {
		pr_warn("host_bridges= has no effect: the kernel makes the dma-bufs and knows its own list only; exporter=own makes them here\n");
		declared.nr = 0;
	}
	return 0;
}

/* Upstream's rule (p2pdma.c): AMD from Zen on routes between root ports. */
static bool cpu_routes(void)
{
#ifdef CONFIG_X86
	return boot_cpu_data.x86_vendor == X86_VENDOR_AMD &&
	       boot_cpu_data.x86 >= 0x17;
#else
	return false;
#endif
}

static struct p2p_bdf bdf_of(struct pci_dev *pdev)
{
	return (struct p2p_bdf) {
		.domain = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
}

static bool redirects(struct pci_dev *pdev)
{
	u16 ctrl;

	if (!pdev->acs_cap)
		return false;
	if (pci_read_config_word(pdev, pdev->acs_cap + PCI_ACS_CTRL, &ctrl))
		return true;
	return ctrl & (PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC);
}

/*
 * The function itself and all bridges above it.  A function holds its bus and a
 * bus the bridge above it, so all stay while the caller holds the function.
 */
static int read_path(struct pci_dev *pdev, struct p2p_endpoint *end)
{
	struct p2p_node *path;
	struct pci_dev *pos;
	unsigned int nr = 0;

	for (pos = pdev; pos; pos = pci_upstream_bridge(pos))
		nr++;

	path = kcalloc(nr, sizeof(*path), GFP_KERNEL);
	if (!path)
		return -ENOMEM;

	end->path = path;
	end->nr_nodes = nr;
	for (pos = pdev; pos; pos = pci_upstream_bridge(pos)) {
		path->bdf = bdf_of(pos);
		path->acs_redirect = redirects(pos);
		path++;
	}
	return 0;
}

/* The first device of a root bus, with a reference. */
static struct pci_dev *first_device(struct pci_bus *bus)
{
	unsigned int devfn;

	for (devfn = 0; devfn < 256; devfn++) {
		struct pci_dev *pdev = pci_get_slot(bus, devfn);

		if (pdev)
			return pdev;
	}
	return NULL;
}

/* Upstream: 00.0 stands for the host bridge, or else the first root port. */
static void read_host_bridge(struct pci_dev *pdev, struct p2p_host_bridge *host)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(pdev->bus);
	struct pci_dev *first = first_device(bridge->bus);

	host->id = pci_domain_nr(bridge->bus) << 8 | bridge->bus->number;
	if (!first)
		return;

	host->known_device = first->devfn == PCI_DEVFN(0, 0) ||
			     (pci_is_pcie(first) && pci_pcie_type(first) ==
			      PCI_EXP_TYPE_ROOT_PORT);
	host->bdf = bdf_of(first);
	host->vendor = first->vendor;
	host->device = first->device;
	host->declared = p2p_host_bridge_declared(&declared, first->vendor,
						  first->device);
	pci_dev_put(first);
}

static int read_endpoint(struct pci_dev *pdev, struct p2p_endpoint *end)
{
	read_host_bridge(pdev, &end->host_bridge);
	return read_path(pdev, end);
}

static void log_declared(struct pci_dev *exporter, struct pci_dev *importer,
			 const struct p2p_topology *topology)
{
	pci_info_ratelimited(exporter,
			     "peer-to-peer with %s relies on host_bridges= (host bridges %04x:%04x and %04x:%04x)\n",
			     pci_name(importer),
			     topology->exporter.host_bridge.vendor,
			     topology->exporter.host_bridge.device,
			     topology->importer.host_bridge.vendor,
			     topology->importer.host_bridge.device);
}

static int find_pci(struct pci_dev *exporter, struct pci_dev *importer,
		    struct p2p_decision *decision)
{
	struct p2p_topology topology = { .cpu_routes = cpu_routes() };
	int ret;

	ret = read_endpoint(exporter, &topology.exporter);
	if (ret)
		return ret;

	ret = read_endpoint(importer, &topology.importer);
	if (ret)
		goto out_free_exporter;

	p2p_route_decide(&topology, decision);
	if (decision->route == VFIO_P2P_ROUTE_HOST_BRIDGE &&
	    (decision->facts & VFIO_P2P_FACT_HOST_BRIDGE_PARAM))
		log_declared(exporter, importer, &topology);

	kfree(topology.importer.path);
out_free_exporter:
	kfree(topology.exporter.path);
	return ret;
}

/**
 * p2p_route_find - how does an importer's DMA reach an exporter
 * @exporter: the function whose BAR it is; the caller holds a reference
 * @importer: the device that would do the DMA; likewise
 * @decision: filled in on success
 *
 * Context: may sleep; reads config space.
 * Return: 0 or -ENOMEM.
 */
int p2p_route_find(struct pci_dev *exporter, struct device *importer,
		   struct p2p_decision *decision)
{
	*decision = (struct p2p_decision) {
		.route = VFIO_P2P_ROUTE_IMPOSSIBLE,
		.reason = VFIO_P2P_REASON_NOT_PCI,
		.distance = -1,
	};
	if (!dev_is_pci(importer))
		return 0;

	return find_pci(exporter, to_pci_dev(importer), decision);
}

/**
 * p2p_route_by_host_bridges - does an importer's DMA reach an exporter that way
 * @exporter: the function whose BAR it is; the caller holds a reference
 * @importer: the device that would do the DMA; likewise
 * @decision: filled in
 *
 * Whatever there is in common below them.
 *
 * Context: may sleep.
 */
void p2p_route_by_host_bridges(struct pci_dev *exporter,
			       struct pci_dev *importer,
			       struct p2p_decision *decision)
{
	const struct p2p_node from = { .bdf = bdf_of(exporter) };
	const struct p2p_node to = { .bdf = bdf_of(importer) };
	struct p2p_topology topology = {
		.exporter = { .path = &from, .nr_nodes = 1 },
		.importer = { .path = &to, .nr_nodes = 1 },
		.cpu_routes = cpu_routes(),
	};

	read_host_bridge(exporter, &topology.exporter.host_bridge);
	read_host_bridge(importer, &topology.importer.host_bridge);
	p2p_route_decide(&topology, decision);
}

/**
 * p2p_route_all - can any device reach an exporter through the host bridge
 * @exporter: the function whose BAR it is; the caller holds a reference
 * @decision: filled in with that for a device that can't, if there is one
 *
 * A device on each root bus stands for all that are below.
 *
 * Context: may sleep; reads config space.
 */
void p2p_route_all(struct pci_dev *exporter, struct p2p_decision *decision)
{
	struct pci_dev *pdev = NULL;

	*decision = (struct p2p_decision) {
		.route = VFIO_P2P_ROUTE_IMPOSSIBLE,
		.reason = VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN,
	};
	for_each_pci_dev(pdev) {
		if (!pci_is_root_bus(pdev->bus) || pdev == exporter)
			continue;
		p2p_route_by_host_bridges(exporter, pdev, decision);
		if (decision->route == VFIO_P2P_ROUTE_IMPOSSIBLE) {
			pci_dev_put(pdev);
			break;
		}
	}
}
