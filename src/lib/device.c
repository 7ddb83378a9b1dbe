// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/ioctl.h>

#include "device.h"
#include "error.h"

int device_check(int device_fd, struct vfio_p2p_error *error)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (!ioctl(device_fd, VFIO_DEVICE_GET_INFO, &info)) {
		if (info.flags & VFIO_DEVICE_FLAGS_PCI)
			return 0;
		return fail(error, EINVAL, VFIO_P2P_CAUSE_NO_DEVICE,
			    "fd %d is a vfio device, but not a PCI device",
			    device_fd);
	}

	switch (errno) {
	case EBADF:
		return fail(error, EBADF, VFIO_P2P_CAUSE_NO_DEVICE,
			    "fd %d is not open", device_fd);
	case EINVAL:
		return fail(error, EINVAL, VFIO_P2P_CAUSE_NO_DEVICE,
			    "fd %d is not a vfio device ready for use; one from /dev/vfio/devices must be bound to an iommufd first (VFIO_DEVICE_BIND_IOMMUFD)",
			    device_fd);
	case EIO:
		return fail(error, EIO, VFIO_P2P_CAUSE_ASLEEP,
			    "the device can't be woken up; the kernel log may say why");
	default:
		return fail(error, EINVAL, VFIO_P2P_CAUSE_NO_DEVICE,
			    "fd %d is not a vfio device; take the one that VFIO_GROUP_GET_DEVICE_FD returns",
			    device_fd);
	}
}

int device_bar_size(int device_fd, unsigned int bar, __u64 *size,
		    struct vfio_p2p_error *error)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = bar,
	};
	int ret;

	ret = device_check(device_fd, error);
	if (ret)
		return ret;

	if (bar >= NR_BARS)
		return fail(error, ENODEV, VFIO_P2P_CAUSE_NO_BAR,
			    "there is no BAR %u; a PCI device has BARs 0 to %d",
			    bar, NR_BARS - 1);

	if (ioctl(device_fd, VFIO_DEVICE_GET_REGION_INFO, &info))
		return fail_errno(error, errno, "VFIO_DEVICE_GET_REGION_INFO");

	if (!info.size)
		return fail(error, ENODEV, VFIO_P2P_CAUSE_NO_BAR,
			    "the device has no BAR %u; a 64-bit BAR goes by the lower of its two numbers",
			    bar);
	*size = info.size;
	return 0;
}
