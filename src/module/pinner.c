// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pins pages for long?
 *
 * That it is for long the kernel tells (FOLL_LONGTERM), but not for whom: to iommufd,
 * the fixed buffers of io_uring, AF_XDP and memory regions of RDMA the same is done.
 * All but the first let the CPU, or who is no device of vfio, at what they have pinned.
 *
 * But iommufd pins in a system call of whoever wants that, which is an ioctl() of
 * its own (IOMMU_IOAS_MAP, IOMMU_HWPT_ALLOC), or one of vfio by which a device or a
 * container gets there (VFIO_DEVICE_ATTACH_IOMMUFD_PT, VFIO_GROUP_SET_CONTAINER,
 * VFIO_GROUP_GET_DEVICE_FD).  The numbers of both are of the type VFIO_TYPE, and those
 * of the others are not, or they are no ioctl() at all.  It is not what the file is: a
 * driver that pins for numbers which are not its own passes.
 *
 * The registers of the system call are as they were when it began: a tracer can change
 * them only there, which makes it the call that they say, or when it has ended, after
 * which nothing is known to pin for long.
 */
#include <linux/compat.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/vfio.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#include "compat/user_pages.h"
#include "pinner.h"

static bool in_ioctl(struct pt_regs *regs)
{
	return !in_compat_syscall() &&
	       syscall_get_nr(current, regs) == __NR_ioctl;
}

/**
 * p2p_pinner_is_iommufd - may the one who pins now be iommufd
 *
 * Context: a fault of the kernel, that of get_user_pages().
 * Return: whether it is an ioctl of iommufd or vfio that does it.
 */
bool p2p_pinner_is_iommufd(void)
{
	struct pt_regs *regs = current_pt_regs();
	unsigned long args[6];

	/* Who works for others has no system call. */
	if ((current->flags & P2P_PF_WORKER) || !in_ioctl(regs))
		return false;
	syscall_get_arguments(current, regs, args);
	return _IOC_TYPE(args[1]) == VFIO_TYPE;
}
