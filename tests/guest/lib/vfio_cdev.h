/* SPDX-License-Identifier: GPL-2.0-only */
/* vfio devices through their device nodes (cdev) and iommufd. */
#ifndef TEST_VFIO_CDEV_H
#define TEST_VFIO_CDEV_H

#include <stdbool.h>

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vfio.h>
#if __has_include("linux/iommufd.h")
#include <linux/iommufd.h>
#endif

#include "vfio_dev.h"

/*
 * The kernel's ABI, for headers older than Linux 6.6: from
 * include/uapi/linux/vfio.h.
 */
#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};

#define VFIO_DEVICE_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)
#endif

#ifndef VFIO_DEVICE_ATTACH_IOMMUFD_PT
struct vfio_device_attach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
};

#define VFIO_DEVICE_ATTACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 19)
#endif

#ifndef VFIO_DEVICE_DETACH_IOMMUFD_PT
struct vfio_device_detach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
};

#define VFIO_DEVICE_DETACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 20)
#endif

/* And older than Linux 6.2: from include/uapi/linux/iommufd.h */
#ifndef IOMMU_IOAS_ALLOC
struct iommu_ioas_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_ioas_id;
};

#define IOMMU_IOAS_ALLOC		_IO(';', 0x81)
#endif

#ifndef IOMMU_DESTROY
struct iommu_destroy {
	__u32 size;
	__u32 id;
};

#define IOMMU_DESTROY			_IO(';', 0x80)
#endif

/*
 * Bind a device to vfio-pci; the test is skipped where the device is not in the
 * topology, or the kernel has no device nodes.  Returns the BDF.
 */
const char *vfio_cdev_bdf_or_skip(const char *name);

/* All functions below return a negative errno if they fail. */

/* Open an iommufd; returns the fd. */
int iommufd_open(void);

/* Returns the ID of a new address space. */
int iommufd_ioas_alloc(int iommufd);
int iommufd_destroy(int iommufd, __u32 id);

/*
 * Open the node of a device that is bound to vfio-pci.  DEV has neither container
 * nor group, so that it must not be given to vfio_dev_close().
 */
int vfio_cdev_open(struct vfio_dev *dev, const char *bdf);
void vfio_cdev_close(struct vfio_dev *dev);

/* Returns the ID of the device in the iommufd. */
int vfio_cdev_bind(const struct vfio_dev *dev, int iommufd);

/* Returns the ID of what it was attached to, for an address space a new one. */
int vfio_cdev_attach(const struct vfio_dev *dev, __u32 pt_id);
int vfio_cdev_detach(const struct vfio_dev *dev);

#endif /* TEST_VFIO_CDEV_H */
