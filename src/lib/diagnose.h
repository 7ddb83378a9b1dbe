/* SPDX-License-Identifier: GPL-2.0-only */
/* From the errno of a call to what is wrong and what to do */
#ifndef LIB_DIAGNOSE_H
#define LIB_DIAGNOSE_H

#include "request.h"

/*
 * All return a negative errno.  ERRNUM is positive, that of the call that failed;
 * the device is asked once more, to find the reason.
 */
int diagnose_export(const struct request *req, int errnum,
		    struct vfio_p2p_error *error);

/* ENODEV: there is no such BAR, or it can't be had. */
int diagnose_bar(int device_fd, unsigned int bar, struct vfio_p2p_error *error);

/*
 * Can the module, open at FD, do VFIO_P2P_CAP_PAGES, VFIO_P2P_CAP_IOMMU_PAGES or
 * VFIO_P2P_CAP_EXPORT_WC here?  0 if so: then that was not the reason.
 */
int diagnose_capability(int fd, uint64_t capability,
			struct vfio_p2p_error *error);

/* VFIO_P2P_REGISTER, of the module that is open at FD */
int diagnose_register(int fd, const struct vfio_p2p_register *args, int errnum,
		      struct vfio_p2p_error *error);

/* Any call on a device; WHAT names it if nothing better is known. */
int diagnose_device(int device_fd, int errnum, const char *what,
		    struct vfio_p2p_error *error);

/* The device's fd answers no VFIO_DEVICE_FEATURE_DMA_BUF, which was all to try. */
int diagnose_no_feature(int device_fd, struct vfio_p2p_error *error);

/* Nor is there the module; OPENING is why. */
int diagnose_no_exporter(int device_fd, const struct vfio_p2p_error *opening,
			 struct vfio_p2p_error *error);

#endif /* LIB_DIAGNOSE_H */
