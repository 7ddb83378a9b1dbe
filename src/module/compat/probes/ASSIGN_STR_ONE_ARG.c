// SPDX-License-Identifier: GPL-2.0-only
/*
 * __assign_str() of trace events takes the name of the field alone: its source is
 * that of __string().
 *
 * Only expanded, not compiled: what it becomes needs a whole trace event around it.
 *
 * Upstream: "tracing/treewide: Remove second parameter of __assign_str()"
 * (2c92ca849fcc), Linux 6.10
 * Absent: macro "__assign_str" requires 2 arguments, but only 1 given
 * Absent: too few arguments provided to function-like macro invocation
 */
#include <linux/module.h>
#include <linux/tracepoint.h>
#include <trace/stages/stage6_event_callback.h>

#define TEXT_OF(...)	#__VA_ARGS__
#define EXPANDED(...)	TEXT_OF(__VA_ARGS__)

const char *probe(void);
const char *probe(void)
{
	return EXPANDED(__assign_str(field));
}

MODULE_LICENSE("GPL");
