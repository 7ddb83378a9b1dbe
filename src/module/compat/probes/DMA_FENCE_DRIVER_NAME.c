// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_fence_driver_name(): who made a fence, safe also if it has just signalled.
 *
 * Upstream: "dma-fence: Add safe access helpers and document the rules"
 * (506aa8b02a8d), Linux 6.17
 * Absent: 'dma_fence_driver_name' undeclared
 * Absent: undeclared identifier 'dma_fence_driver_name'
 */
#include <linux/dma-fence.h>
#include <linux/module.h>

const char __rcu *probe(struct dma_fence *fence);
const char __rcu *probe(struct dma_fence *fence)
{
	const char __rcu *(*name)(struct dma_fence *fence) =
		dma_fence_driver_name;

	return name(fence);
}

MODULE_LICENSE("GPL");
