/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of PCI functions as text. */
#ifndef CLI_BDF_H
#define CLI_BDF_H

#include "route.h"

/* Room for "ffffffff:ff:1f.7" */
#define BDF_TEXT_SIZE	20

/* "0000:03:00.0", or "03:00.0" for domain 0; false if it is neither. */
bool bdf_parse(const char *text, struct p2p_bdf *bdf);

void bdf_format(const struct p2p_bdf *bdf, char text[BDF_TEXT_SIZE]);

int bdf_compare(const struct p2p_bdf *a, const struct p2p_bdf *b);

#endif /* CLI_BDF_H */
