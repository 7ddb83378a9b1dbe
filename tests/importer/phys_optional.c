// SPDX-License-Identifier: GPL-2.0-only
/* The same, loaded also where there is no vfio_p2p_dmabuf. */
#define P2P_TEST_PHYS_OPTIONAL
#include "phys.c"
