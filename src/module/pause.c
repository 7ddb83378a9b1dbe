// SPDX-License-Identifier: GPL-2.0-only
/*
 * No process touches the device's memory while a call is under way that may switch
 * memory decode off, or not: on some machines a touch of a device that does not
 * decode is fatal.
 *
 * What is mapped is taken away, and who touches it waits until the call is over,
 * looks at the device then, and gets what is right.  Importers have what they have:
 * their DMA meets a device that does not answer, and they are told afterwards.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "device.h"
#include "pause.h"

/**
 * p2p_pause_wait - have a touch wait
 * @vmf: the touch
 * @access: was paused
 * @until: in jiffies, see P2P_PAUSE_WAIT
 *
 * A process comes again by itself, and can be killed.  If the kernel touches, that
 * may be the call itself, which has what it writes there: so not for ever.  And not
 * all of the kernel comes again (fixup_user_fault(), for KVM): it must find what it
 * touches, or an error.
 *
 * Context: mmap_lock, or that of the mapping, held, and no lock of ours.
 * Return: what the fault handler returns; or 0: it is to look again.
 */
vm_fault_t p2p_pause_wait(struct vm_fault *vmf, struct p2p_access *access,
			  unsigned long until)
{
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;

	do {
		schedule_timeout_killable(1);
		if (vmf->flags & FAULT_FLAG_USER)
			return VM_FAULT_NOPAGE;
		if (!atomic_read(&access->paused))
			return 0;
	} while (time_before(jiffies, until) &&
		 !fatal_signal_pending(current));
	return VM_FAULT_SIGBUS;
}
