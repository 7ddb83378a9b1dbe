/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes and rules in words. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "decide.h"

/* For programs: "bus-address", "host-bridge", "impossible" */
const char *route_name(enum vfio_p2p_route_type route);

/* For programs: "common-upstream", ... */
const char *reason_name(enum vfio_p2p_route_reason reason);

/* For people: "by bus address", "through the host bridge", "not possible" */
const char *route_text(enum vfio_p2p_route_type route);

/* What UNKNOWN_* bits mean, a sentence for the first of them */
const char *unknown_text(unsigned int unknown);

/* "SV RR CR UF": the enabled bits, or why there are none */
void acs_text(const struct config *config, char *text, size_t length);

/* "root port", "endpoint", ... */
const char *kind_text(const struct function *function);

/* How a function's DMA is treated by the IOMMU */
const char *iommu_text(const struct function *function);

#endif /* CLI_WORDS_H */
