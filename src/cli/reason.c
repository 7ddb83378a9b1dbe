// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bar.h"
#include "reason.h"
#include "sysfs.h"
#include "words.h"

static bool is_on_path(const struct function *function,
		       const struct function *path)
{
	for (; path; path = path->upstream) {
		if (path == function)
			return true;
	}
	return false;
}

const struct function *common_function(const struct function *exporter,
				       const struct function *importer)
{
	while (exporter && !is_on_path(exporter, importer))
		exporter = exporter->upstream;
	return exporter;
}

static const struct p2p_decision *first_decision(const struct case_in_hand *c)
{
	return &c->answer.decisions[0];
}

static bool same_root(const struct case_in_hand *c)
{
	return !bdf_compare(&c->exporter->root, &c->importer->root);
}

/* Of a host bridge that no device stands for the decision has no address. */
static bool has_no_device(const struct case_in_hand *c,
			  const struct function *end)
{
	enum fact known;

	host_bridge_of(c->machine, end, &known);
	return known == FACT_NO;
}

const struct function *deciding_end(const struct case_in_hand *c)
{
	const struct p2p_decision *decision = first_decision(c);
	const struct function *first;
	enum fact known;

	switch (decision->reason) {
	case VFIO_P2P_REASON_NO_COMMON_UPSTREAM:
		return c->exporter;
	case VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN:
	case VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY:
		break;
	default:
		return NULL;
	}
	if (!decision->has_bridge)
		return has_no_device(c, c->exporter) ? c->exporter :
						       c->importer;
	first = host_bridge_of(c->machine, c->exporter, &known);
	return first && p2p_bdf_equal(&first->bdf, &decision->bridge) ?
	       c->exporter : c->importer;
}

/* "the host bridge of pci0000:00 (8086:29c0)" */
static char *name_host_bridge(const struct case_in_hand *c,
			      const struct function *end)
{
	const struct function *first;
	enum fact known;

	first = host_bridge_of(c->machine, end, &known);
	if (known == FACT_NO)
		return text_of("the host bridge of pci%04x:%02x",
			       end->root.domain, end->root.bus);
	return text_of("the host bridge of pci%04x:%02x (%04x:%04x)",
		       end->root.domain, end->root.bus, first->vendor,
		       first->device);
}

static const char *why_it_routes(const struct case_in_hand *c)
{
	__u32 facts = first_decision(c)->facts;

	if (facts & VFIO_P2P_FACT_CPU_ROUTES)
		return "the CPU, AMD Zen or later, routes between all its ports";
	if (facts & VFIO_P2P_FACT_HOST_BRIDGE_PARAM)
		return "host_bridges= declares that the host bridge routes";
	if (!same_root(c))
		return "both host bridges are on the kernel's list, and route to each other";
	return "the host bridge is on the kernel's list, and routes";
}

/* How the traffic gets to the host bridge in the first place */
static char *way_up(const struct case_in_hand *c)
{
	const struct p2p_decision *decision = first_decision(c);
	const struct function *common = common_function(c->exporter,
							c->importer);
	char redirect[BDF_TEXT_SIZE];

	if (!common)
		return text_of("No PCI bridge is above both");
	bdf_format(&decision->redirect, redirect);
	return text_of("Both are below %s, but ACS of %s redirects to the host bridge",
		       common->text, redirect);
}

static char *rule_host_bridge_routes(const struct case_in_hand *c)
{
	char *up = way_up(c);
	char *text = text_of("%s; %s.", up, why_it_routes(c));

	free(up);
	return text;
}

static char *rule_host_bridge_unknown(const struct case_in_hand *c)
{
	const struct function *end = deciding_end(c);
	char *up = way_up(c), *bridge = name_host_bridge(c, end), *text;

	if (has_no_device(c, end))
		text = text_of("%s, and %s can't be looked up: neither 00.0 nor a root port is the first device of its root bus.",
			       up, bridge);
	else
		text = text_of("%s, and %s is not known to route between its ports: it is not on the kernel's list, and the CPU is not AMD Zen or later.",
			       up, bridge);
	free(bridge);
	free(up);
	return text;
}

static char *rule_same_only(const struct case_in_hand *c)
{
	char *bridge = name_host_bridge(c, deciding_end(c));
	char *text = text_of("The two are below different host bridges, and %s is known to route between its own ports only.",
			     bridge);

	free(bridge);
	return text;
}

static char *rule_common(const struct case_in_hand *c)
{
	const struct function *common = common_function(c->exporter,
							c->importer);

	return text_of("Both are below %s, which forwards between its ports; nothing on the way redirects by ACS.",
		       common ? common->text : "one bridge");
}

char *reason_rule(const struct case_in_hand *c)
{
	if (c->answer.nr > 1)
		return text_of("Not known: %s.",
			       unknown_text(c->answer.unknown));
	switch (first_decision(c)->reason) {
	case VFIO_P2P_REASON_COMMON_UPSTREAM:
		return rule_common(c);
	case VFIO_P2P_REASON_SAME_FUNCTION:
		return text_of("Both are the same function.");
	case VFIO_P2P_REASON_ACS_REDIRECT:
	case VFIO_P2P_REASON_NO_COMMON_UPSTREAM:
		return rule_host_bridge_routes(c);
	case VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN:
		return rule_host_bridge_unknown(c);
	case VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY:
		return rule_same_only(c);
	case VFIO_P2P_REASON_DMA_MASK:
		return text_of("No IOMMU translates for %s, and %s is beyond the DMA mask of its driver (%u bits).",
			       c->importer->text, c->exporter->text,
			       c->importer->dma_mask_bits);
	case VFIO_P2P_REASON_NOT_PCI:
		break;
	}
	return text_of("The rule is not known to this program.");
}

/**
 * struct receiver - who gets the advice
 * @fn: takes one piece
 * @context: goes with it
 */
struct receiver {
	advice_fn fn;
	void *context;
};

static void __attribute__((format(printf, 3, 4)))
give(const struct receiver *receiver, const char *where, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = vtext_of(format, args);
	va_end(args);
	receiver->fn(where, text, receiver->context);
	free(text);
}

static char *append(char *list, const char *separator, const char *text)
{
	char *longer = text_of("%s%s%s", list, *list ? separator : "", text);

	free(list);
	return longer;
}

static char *add_redirecting(char *list, const struct function *from,
			     const struct function *to)
{
	for (; from != to; from = from->upstream) {
		if (config_redirects(&from->config))
			list = append(list, ";", from->text);
	}
	return list;
}

static void advise_acs(const struct case_in_hand *c,
		       const struct receiver *receiver)
{
	const struct function *common = common_function(c->exporter,
							c->importer);
	char *list = text_of("%s", "");

	list = add_redirecting(list, c->exporter, common->upstream);
	list = add_redirecting(list, c->importer, common);
	give(receiver, "kernel",
	     "pci=disable_acs_redir=%s turns redirection off from boot on; the route is then by bus address. Devices below share an IOMMU group then, and go to one user only.",
	     list);
	free(list);
	give(receiver, "firmware",
	     "Where the set-up has an option for ACS, off does the same for all devices.");
}

static bool is_any(const struct function *first)
{
	return p2p_host_bridge_lookup(first->vendor, first->device) ==
	       P2P_HOST_BRIDGE_ANY;
}

/* Those that would have to be declared: both, if they are two. */
static char *add_undeclared(char *list, const struct case_in_hand *c,
			    const struct function *end)
{
	const struct function *first;
	char id[16];
	enum fact known;

	first = host_bridge_of(c->machine, end, &known);
	if (!list || known != FACT_YES) {
		free(list);
		return NULL;
	}
	snprintf(id, sizeof(id), "%04x:%04x", first->vendor, first->device);
	if (is_any(first) || strstr(list, id) ||
	    p2p_host_bridge_declared(&c->platform->declared, first->vendor,
				     first->device))
		return list;
	return append(list, ",", id);
}

static void advise_declaring(const struct case_in_hand *c,
			     const struct receiver *receiver)
{
	char *list;

	if (c->platform->declared.nr &&
	    c->platform->declared_counts == FACT_NO) {
		give(receiver, "module",
		     "host_bridges= is given, but has no effect while the kernel makes the dma-bufs; with exporter=own the module makes them.");
		return;
	}
	list = add_undeclared(text_of("%s", ""), c, c->exporter);
	if (!same_root(c))
		list = add_undeclared(list, c, c->importer);
	if (list && *list)
		give(receiver, "module",
		     "If you know that it routes: modprobe %s host_bridges=%s (no effect where the kernel itself makes the dma-bufs). If you are wrong, devices write where they must not.",
		     MODULE_NAME, list);
	free(list);
}

static void advise_slot(const struct case_in_hand *c,
			const struct receiver *receiver)
{
	if (common_function(c->exporter, c->importer))
		return;
	give(receiver, "slot",
	     "Two slots below one PCIe switch need no host bridge (lspci -t shows the switches).");
	if (!same_root(c))
		give(receiver, "slot",
		     "Two slots of one CPU socket need but one host bridge.");
}

static void advise_route(const struct case_in_hand *c,
			 const struct receiver *receiver)
{
	const struct p2p_decision *decision = first_decision(c);

	if (decision->reason == VFIO_P2P_REASON_DMA_MASK) {
		give(receiver, "kernel",
		     "With the IOMMU on and translating (on Intel intel_iommu=on; no iommu=pt) the mask does not matter.");
		return;
	}
	if (decision->route == VFIO_P2P_ROUTE_BUS_ADDR)
		return;
	if ((decision->facts & VFIO_P2P_FACT_ACS_REDIRECT) &&
	    common_function(c->exporter, c->importer))
		advise_acs(c, receiver);
	if (decision->route == VFIO_P2P_ROUTE_IMPOSSIBLE)
		advise_declaring(c, receiver);
	advise_slot(c, receiver);
}

static void advise_exporter(const struct case_in_hand *c,
			    const struct receiver *receiver)
{
	const char *driver = c->exporter->driver;

	if (!bar_any(c->exporter)) {
		give(receiver, "device",
		     "%s has no memory BAR of at least a page: nothing of it can be exported.",
		     c->exporter->text);
		return;
	}
	if (driver && !strcmp(driver, "vfio-pci"))
		return;
	give(receiver, "driver",
	     "To export its BARs, bind %s to vfio-pci (%s%s): driverctl set-override %s vfio-pci",
	     c->exporter->text, driver ? "now " : "it has ",
	     driver ?: "no driver", c->exporter->text);
}

void reason_advice(const struct case_in_hand *c, advice_fn fn, void *context)
{
	const struct receiver receiver = { .fn = fn, .context = context };

	if (c->answer.nr == 1)
		advise_route(c, &receiver);
	else if (c->answer.unknown & (UNKNOWN_ACS | UNKNOWN_ROOT_PORT))
		give(&receiver, "privileges",
		     "Run it as root: config space behind its first 64 bytes is not for others.");
	advise_exporter(c, &receiver);
}
