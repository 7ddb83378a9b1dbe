/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The P2P route decision a second time, slow and simple, over the tree itself
 * instead of over two paths.  It shares no code with the module.
 */
#ifndef UNIT_ROUTE_MODEL_H
#define UNIT_ROUTE_MODEL_H

#include "random_topology.h"

void model_decide(const struct tree *tree, unsigned int exporter,
		  unsigned int importer, struct p2p_decision *expected);

#endif /* UNIT_ROUTE_MODEL_H */
