// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "random_topology.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_SWITCH_DEPTH 3

/* How a tree is being built */
struct builder {
	struct tree *tree;
	struct prng *prng;
	unsigned int host_bridge;
	__u32 domain;
	unsigned int next_bus;
	unsigned int acs_percent;
};

/* splitmix64 */
unsigned int prng_below(struct prng *prng, unsigned int limit)
{
	__u64 z;

	prng->state += 0x9e3779b97f4a7c15ULL;
	z = prng->state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return (z >> 32) % limit;
}

static bool chance(struct prng *prng, unsigned int percent)
{
	return prng_below(prng, 100) < percent;
}

/* Returns the index of the new function, or -1 if the tree is full. */
static int add_function(struct builder *b, int parent, unsigned int bus,
			unsigned int devfn)
{
	struct tree_function *function;

	if (b->tree->nr_functions == TREE_MAX_FUNCTIONS)
		return -1;
	function = &b->tree->functions[b->tree->nr_functions];
	function->bdf.domain = b->domain;
	function->bdf.bus = bus;
	function->bdf.devfn = devfn;
	function->acs_redirect = chance(b->prng, b->acs_percent);
	function->parent = parent;
	function->host_bridge = b->host_bridge;
	return b->tree->nr_functions++;
}

static bool new_bus(struct builder *b, unsigned int *bus)
{
	if (b->next_bus > 0xff)
		return false;
	*bus = b->next_bus++;
	return true;
}

/* One device of one or more functions */
static void add_device(struct builder *b, int parent, unsigned int bus,
		       unsigned int slot)
{
	unsigned int i, nr = chance(b->prng, 40) ? 2 + prng_below(b->prng, 3) : 1;

	for (i = 0; i < nr; i++)
		add_function(b, parent, bus, slot << 3 | i);
}

static void populate(struct builder *b, int parent, unsigned int depth);

static void add_switch(struct builder *b, int parent, unsigned int bus,
		       unsigned int depth)
{
	unsigned int i, inner, nr = 1 + prng_below(b->prng, 4);
	int upstream, downstream;

	upstream = add_function(b, parent, bus, 0);
	if (upstream < 0 || !new_bus(b, &inner))
		return;
	for (i = 0; i < nr; i++) {
		downstream = add_function(b, upstream, inner, i << 3);
		if (downstream >= 0)
			populate(b, downstream, depth + 1);
	}
}

/* Something below a port: a switch, devices on a conventional bus, a device */
static void populate(struct builder *b, int parent, unsigned int depth)
{
	unsigned int bus, slot;

	if (!new_bus(b, &bus))
		return;
	if (depth < MAX_SWITCH_DEPTH && chance(b->prng, 45)) {
		add_switch(b, parent, bus, depth);
	} else if (chance(b->prng, 25)) {
		for (slot = 1 + prng_below(b->prng, 3); slot; slot--)
			add_device(b, parent, bus, slot);
	} else if (chance(b->prng, 95)) {
		add_device(b, parent, bus, 0);
	}
}

static void describe(struct builder *b, struct tree_host_bridge *host_bridge,
		     unsigned int root_bus)
{
	static const __u16 any[][2] = {
		{ 0x8086, 0x2031 }, { 0x8086, 0x09a2 }, { 0x1ae0, 0x1234 },
		{ 0x10de, 0x2f96 },
	};
	static const __u16 same_only[][2] = {
		{ 0x8086, 0x3c00 }, { 0x8086, 0x2f01 },
	};
	static const __u16 unlisted[][2] = {
		{ 0x8086, 0x29c0 }, { 0x1022, 0x1480 }, { 0x10de, 0x2f94 },
	};
	struct p2p_host_bridge *description = &host_bridge->description;
	const __u16 *id;
	unsigned int pick = prng_below(b->prng, 12);

	host_bridge->knowledge = prng_below(b->prng, TREE_NR_KNOWLEDGE);
	if (host_bridge->knowledge == TREE_ANY)
		id = any[pick % ARRAY_SIZE(any)];
	else if (host_bridge->knowledge == TREE_SAME_ONLY)
		id = same_only[pick % ARRAY_SIZE(same_only)];
	else if (host_bridge->knowledge == TREE_DECLARED && chance(b->prng, 50))
		id = same_only[pick % ARRAY_SIZE(same_only)];
	else
		id = unlisted[pick % ARRAY_SIZE(unlisted)];

	description->id = 0x1000 + b->host_bridge;
	description->known_device = host_bridge->knowledge != TREE_NO_DEVICE;
	description->vendor = id[0];
	description->device = id[1];
	description->declared = host_bridge->knowledge == TREE_DECLARED;
	/* Left-overs in what must not be looked at */
	if (host_bridge->knowledge == TREE_NO_DEVICE) {
		description->declared = chance(b->prng, 50);
		description->vendor = any[0][0];
		description->device = any[0][1];
	}
	description->bdf.domain = b->domain;
	description->bdf.bus = root_bus;
	description->bdf.devfn = chance(b->prng, 50) ? 0 : 1 << 3;
}

static void add_host_bridge(struct builder *b)
{
	unsigned int i, root_bus, slot = 1;
	int port;

	b->host_bridge = b->tree->nr_host_bridges;
	if (b->host_bridge == TREE_MAX_HOST_BRIDGES || !new_bus(b, &root_bus))
		return;
	b->tree->nr_host_bridges++;
	describe(b, &b->tree->host_bridges[b->host_bridge], root_bus);

	for (i = prng_below(b->prng, 3); i; i--)
		add_device(b, TREE_NO_PARENT, root_bus, slot++);
	for (i = 1 + prng_below(b->prng, 3); i; i--) {
		port = add_function(b, TREE_NO_PARENT, root_bus, slot++ << 3);
		if (port >= 0)
			populate(b, port, 0);
	}
}

/*
 * Bus numbers begin anew in each domain, so that two functions may differ in
 * the domain alone.
 */
void tree_random(struct tree *tree, struct prng *prng)
{
	static const unsigned int acs_percents[] = { 0, 5, 15, 50 };
	struct builder b = { .tree = tree, .prng = prng };
	unsigned int i, nr_domains = 1 + prng_below(prng, 3);

	memset(tree, 0, sizeof(*tree));
	tree->cpu_routes = chance(prng, 25);
	b.acs_percent = acs_percents[prng_below(prng, ARRAY_SIZE(acs_percents))];
	for (b.domain = 0; b.domain < nr_domains; b.domain++) {
		b.next_bus = 0;
		for (i = 1 + prng_below(prng, 2); i; i--)
			add_host_bridge(&b);
	}
}

static unsigned int top_of(const struct tree *tree, unsigned int function)
{
	while (tree->functions[function].parent != TREE_NO_PARENT)
		function = tree->functions[function].parent;
	return function;
}

/* How the other end is chosen */
enum relation {
	ANY_FUNCTION,
	SAME_PARENT,
	SAME_ROOT_PORT,
	SAME_HOST_BRIDGE,
	OTHER_HOST_BRIDGE,
	NR_RELATIONS,
};

static bool related(const struct tree *tree, unsigned int a, unsigned int b,
		    enum relation relation)
{
	const struct tree_function *f = tree->functions;

	switch (relation) {
	case SAME_PARENT:
		return f[a].parent == f[b].parent;
	case SAME_ROOT_PORT:
		return top_of(tree, a) == top_of(tree, b);
	case SAME_HOST_BRIDGE:
		return f[a].host_bridge == f[b].host_bridge;
	case OTHER_HOST_BRIDGE:
		return f[a].host_bridge != f[b].host_bridge;
	default:
		return true;
	}
}

/* Any function if none that fits is found soon */
static unsigned int random_relative(const struct tree *tree, struct prng *prng,
				    unsigned int exporter)
{
	enum relation relation = prng_below(prng, NR_RELATIONS);
	unsigned int i, candidate = exporter;

	for (i = 0; i < 4 * tree->nr_functions; i++) {
		candidate = prng_below(prng, tree->nr_functions);
		if (candidate != exporter &&
		    related(tree, exporter, candidate, relation))
			break;
	}
	return candidate;
}

/* Bridges are drawn as well: a root port may be above or below the other end. */
void tree_random_pair(const struct tree *tree, struct prng *prng,
		      unsigned int *exporter, unsigned int *importer)
{
	*exporter = prng_below(prng, tree->nr_functions);
	if (chance(prng, 5))
		*importer = *exporter;
	else
		*importer = random_relative(tree, prng, *exporter);
}
