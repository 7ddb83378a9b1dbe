/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of a machine beside its PCI devices: does its CPU route
 * peer-to-peer DMA, and what did the administrator declare safe?
 */
#ifndef CLI_PLATFORM_H
#define CLI_PLATFORM_H

#include "host_bridges.h"

#define MODULE_NAME	"vfio_p2p_dmabuf"

/**
 * enum fact - something that may not be known
 * @FACT_NO: it is not so
 * @FACT_YES: it is so
 * @FACT_UNKNOWN: it can't be seen
 */
enum fact {
	FACT_NO,
	FACT_YES,
	FACT_UNKNOWN,
};

/**
 * struct platform - all that is known
 * @module_loaded: the module is loaded
 * @cpu_routes: the CPU routes between all of its host bridges
 * @declared: host bridges declared safe, on the command line or to the module
 * @declared_counts: the declaration has an effect
 */
struct platform {
	bool module_loaded;
	enum fact cpu_routes;
	struct p2p_host_bridge_list declared;
	enum fact declared_counts;
};

/*
 * ROOT as for machine_read().  SUPPOSED is a list of host bridges to take for
 * declared, whatever the module thinks, or NULL; if it makes no sense the
 * program ends with a sentence.
 */
void platform_read(struct platform *platform, const char *root,
		   const char *supposed);

#endif /* CLI_PLATFORM_H */
