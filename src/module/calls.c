// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/printk.h>

#include "calls.h"

#define P2P_CALLS_POLL_MS	10

/* Mostly calls are short, but the memory that a caller gave may never answer. */
#define P2P_CALLS_REPORT	(10 * HZ)

DEFINE_PER_CPU(long, p2p_calls);

/*
 * CPUs are looked at one after the other, while calls end on all of them.  As none
 * begins, each CPU's part only falls, so that the sum is never less than what there
 * is at the end of the look.
 */
static long sum_calls(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(p2p_calls, cpu));
	return sum;
}

/**
 * p2p_calls_wait - wait until all calls have ended
 *
 * The log tells if that takes long.  Nothing is ordered by that, the caller sees to
 * it: what a call did is done after a further grace period of RCU.
 *
 * Context: may sleep; no call begins any more.
 */
void p2p_calls_wait(void)
{
	unsigned long report = jiffies + P2P_CALLS_REPORT;
	long calls;

	while ((calls = sum_calls())) {
		if (time_after(jiffies, report)) {
			pr_warn("unload waits for calls into vfio devices (%ld left); the memory that a caller gave may not answer (userfaultfd, FUSE)\n",
				calls);
			report = jiffies + P2P_CALLS_REPORT;
		}
		msleep(P2P_CALLS_POLL_MS);
	}
}
