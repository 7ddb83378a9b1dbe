/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The route between two functions.  The rules are those of the module, from its
 * own source; what can't be read is tried both ways, so that an answer is given
 * where it does not matter, and never guessed.
 */
#ifndef CLI_DECIDE_H
#define CLI_DECIDE_H

#include "machine.h"
#include "platform.h"

/* What may not be known */
#define UNKNOWN_ACS		(1U << 0)
#define UNKNOWN_ROOT_PORT	(1U << 1)
#define UNKNOWN_CPU		(1U << 2)
#define UNKNOWN_DECLARED	(1U << 3)
#define NR_ASSUMPTIONS		16

/**
 * struct answer - the route, or the routes it may be
 * @nr: number of @decisions, 1 if the answer is certain
 * @decisions: each is possible, as far as is known
 * @unknown: UNKNOWN_*, on which it depends which one it is
 * @module: it is the module's answer
 * @translated: whether an IOMMU translates the importer's DMA, as its driver has
 *	it
 */
struct answer {
	unsigned int nr;
	struct p2p_decision decisions[NR_ASSUMPTIONS];
	unsigned int unknown;
	bool module;
	enum fact translated;
};

void decide(const struct machine *machine, const struct platform *platform,
	    const struct function *exporter, const struct function *importer,
	    struct answer *answer);

/* The function that stands for the host bridge above another one, or NULL; as in
 * the kernel 00.0, or the first on the root bus if that is a root port
 */
const struct function *host_bridge_of(const struct machine *machine,
				      const struct function *function,
				      enum fact *known);

/* Does an IOMMU translate the DMA of its driver? */
enum fact function_translated(const struct function *function);

#endif /* CLI_DECIDE_H */
