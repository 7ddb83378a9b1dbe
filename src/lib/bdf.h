/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of PCI functions as text */
#ifndef LIB_BDF_H
#define LIB_BDF_H

#include <stdbool.h>

#include <vfio-p2p.h>

/* "[domain:]bus:device.function", in hexadecimal; false if it is not that */
bool bdf_parse(const char *text, struct vfio_p2p_bdf *bdf);

/* The whole form, into VFIO_P2P_BDF_SIZE bytes */
void bdf_format(const struct vfio_p2p_bdf *bdf, char *text);

#endif /* LIB_BDF_H */
