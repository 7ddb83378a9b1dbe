// SPDX-License-Identifier: GPL-2.0-only
/*
 * MODULE_IMPORT_NS() takes a string and not a token.  Before, a string compiles
 * as well but names a namespace with quotation marks in it, so look at what
 * the macro hands on.
 *
 * Upstream: "module: Convert symbol namespace to string literal"
 * (cdd30ebb1b9f), Linux 6.13
 * Absent: static assertion failed.*the namespace is stringified
 * Absent: static_assert failed.*the namespace is stringified
 */
#include <linux/build_bug.h>
#include <linux/module.h>

MODULE_LICENSE("GPL");

#undef MODULE_INFO
#define MODULE_INFO(tag, info) static const char probe[] = info

MODULE_IMPORT_NS("DMA_BUF");
static_assert(sizeof(probe) == sizeof("DMA_BUF"),
	      "the namespace is stringified");
