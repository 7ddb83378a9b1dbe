// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/delay.h>

#include "calls.h"

/* Calls last no longer than what vfio does in them. */
#define P2P_CALLS_POLL_MS	10

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
 * Nothing is ordered by that, the caller sees to it: what a call did is done after
 * a further grace period of RCU.
 *
 * Context: may sleep; no call begins any more.
 */
void p2p_calls_wait(void)
{
	while (sum_calls())
		msleep(P2P_CALLS_POLL_MS);
}
