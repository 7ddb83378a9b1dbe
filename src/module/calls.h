/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many calls of vfio core are in our text right now.
 *
 * Others' calls come through here, too, so that it has to cost next to nothing.
 * It is one instruction, as nobody looks before calls have ceased to come: what is
 * left then can only get less.
 */
#ifndef P2P_CALLS_H
#define P2P_CALLS_H

#include <linux/percpu.h>

/* Of a CPU it says nothing: a call may end on another than it began on. */
DECLARE_PER_CPU(long, p2p_calls);

static inline void p2p_call_begin(void)
{
	this_cpu_inc(p2p_calls);
}

static inline void p2p_call_end(void)
{
	this_cpu_dec(p2p_calls);
}

void p2p_calls_wait(void);

#endif /* P2P_CALLS_H */
