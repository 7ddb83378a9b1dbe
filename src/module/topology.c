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

/**
 * struct look - at a function, while it is on its bus
 * @pdev: which
 * @look: what there is to do; takes no lock of the PCI core, so no lookups
 * @data: for that
 * @seen: it was there
 */
struct look {
	struct pci_dev *pdev;
	void (*look)(struct pci_dev *pdev, void *data);
	void *data;
	bool seen;
};

static int look_if_it_is(struct pci_dev *pdev, void *data)
{
	struct look *look = data;

	if (pdev != look->pdev)
		return 0;

	look->look(pdev, look->data);
	look->seen = true;
	return 1;
}

/*
 * Who holds a reference on a function has its bus, and the bridges above, but not
 * all that they use: once it is off its bus, a VF gives up its PF, and the driver
 * of a host bridge (hv_pci, vmd) frees what the domain and config space are read
 * by.  The walk holds pci_bus_sem, so that until it ends no function leaves a bus.
 *
 * But a bus that is removed is freed without it, a moment before its bridge forgets
 * it, and a walk goes into the buses below.  So where there are any there is none:
 * mostly that is the root bus of the chipset, which stays.  A few instructions are
 * left: the bus has left the list before its bridge forgets it.  The kernel's own
 * walks have them, too; what would exclude both, the lock of rescan and removal, is
 * held while drivers are unbound, which may wait for who attaches.
 */
static int look_on_bus(struct pci_dev *pdev,
		       void (*look)(struct pci_dev *pdev, void *data),
		       void *data)
{
	struct look it = { .pdev = pdev, .look = look, .data = data };

	if (list_empty(&pdev->bus->children))
		pci_walk_bus(pdev->bus, look_if_it_is, &it);
	else
		look_if_it_is(pdev, &it);
	return it.seen ? 0 : -ENODEV;
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

static void read_nodes(struct pci_dev *pdev, void *data)
{
	struct p2p_node *node = data;

	for (; pdev; pdev = pci_upstream_bridge(pdev)) {
		node->bdf = bdf_of(pdev);
		node->acs_redirect = redirects(pdev);
		node++;
	}
}

/* The function itself and all bridges above it: those stay the same, @nr */
static int read_path(struct pci_dev *pdev, unsigned int nr,
		     struct p2p_endpoint *end)
{
	struct p2p_node *path;
	int ret;

	path = kcalloc(nr, sizeof(*path), GFP_KERNEL);
	if (!path)
		return -ENOMEM;

	ret = look_on_bus(pdev, read_nodes, path);
	if (ret) {
		kfree(path);
		return ret;
	}

	end->path = path;
	end->nr_nodes = nr;
	return 0;
}

/**
 * struct root - what is at the top of a function's path
 * @bus: the root bus, with a reference
 * @bdf: the function itself
 * @nr_nodes: how many functions there are on the path
 */
struct root {
	struct pci_bus *bus;
	struct p2p_bdf bdf;
	unsigned int nr_nodes;
};

static void find_root(struct pci_dev *pdev, void *data)
{
	struct root *root = data;
	struct pci_bus *bus;

	for (bus = pdev->bus; bus->parent; bus = bus->parent)
		;
	root->bus = bus;
	root->bdf = bdf_of(pdev);
	get_device(&bus->dev);

	root->nr_nodes = 0;
	for (; pdev; pdev = pci_upstream_bridge(pdev))
		root->nr_nodes++;
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
static void read_first_device(const struct root *root,
			      struct p2p_host_bridge *host)
{
	struct pci_dev *first = first_device(root->bus);

	if (!first)
		return;

	host->known_device = first->devfn == PCI_DEVFN(0, 0) ||
			     (pci_is_pcie(first) && pci_pcie_type(first) ==
			      PCI_EXP_TYPE_ROOT_PORT);
	host->bdf = (struct p2p_bdf) {
		.domain = root->bdf.domain,
		.bus = root->bus->number,
		.devfn = first->devfn,
	};
	host->vendor = first->vendor;
	host->device = first->device;
	host->declared = p2p_host_bridge_declared(&declared, first->vendor,
						  first->device);
	pci_dev_put(first);
}

/* With all but the bus of @root */
static int read_host_bridge(struct pci_dev *pdev, struct root *root,
			    struct p2p_host_bridge *host)
{
	int ret;

	ret = look_on_bus(pdev, find_root, root);
	if (ret)
		return ret;

	host->id = root->bdf.domain << 8 | root->bus->number;
	read_first_device(root, host);
	put_device(&root->bus->dev);
	return 0;
}

static int read_endpoint(struct pci_dev *pdev, struct p2p_endpoint *end)
{
	struct root root;
	int ret;

	ret = read_host_bridge(pdev, &root, &end->host_bridge);
	if (ret)
		return ret;
	return read_path(pdev, root.nr_nodes, end);
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
 * Return: 0, -ENOMEM, or -ENODEV if one of them has been removed.
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
 * struct bus_offset - what to add to the CPU's addresses of a BAR
 * @bar: its number
 * @offset: for addresses on the bus
 */
struct bus_offset {
	unsigned int bar;
	u64 offset;
};

static void read_bus_offset(struct pci_dev *pdev, void *data)
{
	struct bus_offset *bus = data;

	bus->offset = pci_bus_address(pdev, bus->bar) -
		      pci_resource_start(pdev, bus->bar);
}

/**
 * p2p_bus_offset - how the bus addresses of a BAR differ from the CPU's
 * @pdev: whose BAR it is; the caller holds a reference
 * @bar: 0 to 5
 * @offset: in bytes, modulo 2^64; set on success
 *
 * Context: may sleep.
 * Return: 0, or -ENODEV if the function has been removed.
 */
int p2p_bus_offset(struct pci_dev *pdev, unsigned int bar, u64 *offset)
{
	struct bus_offset bus = { .bar = bar };
	int ret;

	ret = look_on_bus(pdev, read_bus_offset, &bus);
	if (!ret)
		*offset = bus.offset;
	return ret;
}

static int read_node(struct pci_dev *pdev, struct p2p_node *node,
		     struct p2p_host_bridge *host)
{
	struct root root;
	int ret;

	ret = read_host_bridge(pdev, &root, host);
	if (ret)
		return ret;

	node->bdf = root.bdf;
	return 0;
}

/**
 * p2p_route_by_host_bridges - does an importer's DMA reach an exporter that way
 * @exporter: the function whose BAR it is; the caller holds a reference
 * @importer: the device that would do the DMA; likewise
 * @decision: filled in on success
 *
 * Whatever there is in common below them.
 *
 * Context: may sleep.
 * Return: 0, or -ENODEV if one of them has been removed.
 */
int p2p_route_by_host_bridges(struct pci_dev *exporter,
			      struct pci_dev *importer,
			      struct p2p_decision *decision)
{
	struct p2p_node from = {}, to = {};
	struct p2p_topology topology = {
		.exporter = { .path = &from, .nr_nodes = 1 },
		.importer = { .path = &to, .nr_nodes = 1 },
		.cpu_routes = cpu_routes(),
	};
	int ret;

	ret = read_node(exporter, &from, &topology.exporter.host_bridge);
	if (ret)
		return ret;

	ret = read_node(importer, &to, &topology.importer.host_bridge);
	if (ret)
		return ret;

	p2p_route_decide(&topology, decision);
	return 0;
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
		if (!p2p_route_by_host_bridges(exporter, pdev, decision) &&
		    decision->route == VFIO_P2P_ROUTE_IMPOSSIBLE) {
			pci_dev_put(pdev);
			break;
		}
	}
}
