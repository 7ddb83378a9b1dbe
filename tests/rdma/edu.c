// SPDX-License-Identifier: GPL-2.0-only
/* The engine is driven as the test importer drives it. */
#include "../importer/edu.c"
