/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random PCI trees: several domains, several host bridges in each, nested
 * switches, functions of one device, functions on the root bus.
 */
#ifndef UNIT_RANDOM_TOPOLOGY_H
#define UNIT_RANDOM_TOPOLOGY_H

#include "route.h"

#define TREE_MAX_HOST_BRIDGES	6
#define TREE_MAX_FUNCTIONS	256
#define TREE_NO_PARENT		(-1)

/* What is known of a host bridge, as the generator made it */
enum tree_knowledge {
	TREE_NO_DEVICE,
	TREE_UNLISTED,
	TREE_SAME_ONLY,
	TREE_ANY,
	TREE_DECLARED,
	TREE_NR_KNOWLEDGE,
};

struct tree_host_bridge {
	struct p2p_host_bridge description;
	enum tree_knowledge knowledge;
};

/* A function's parent stands before it in the array. */
struct tree_function {
	struct p2p_bdf bdf;
	bool acs_redirect;
	int parent;
	unsigned int host_bridge;
};

struct tree {
	struct tree_host_bridge host_bridges[TREE_MAX_HOST_BRIDGES];
	unsigned int nr_host_bridges;
	struct tree_function functions[TREE_MAX_FUNCTIONS];
	unsigned int nr_functions;
	bool cpu_routes;
};

/* A small generator of our own: the same numbers on every machine */
struct prng {
	__u64 state;
};

unsigned int prng_below(struct prng *prng, unsigned int limit);

void tree_random(struct tree *tree, struct prng *prng);
void tree_random_pair(const struct tree *tree, struct prng *prng,
		      unsigned int *exporter, unsigned int *importer);

#endif /* UNIT_RANDOM_TOPOLOGY_H */
