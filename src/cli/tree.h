/* SPDX-License-Identifier: GPL-2.0-only */
/* The path between two devices, drawn as a tree. */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include "reason.h"

void tree_print(const struct case_in_hand *c);

#endif /* CLI_TREE_H */
