/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/vfio-p2p-dmabuf */
#ifndef LIB_MODULE_H
#define LIB_MODULE_H

#include "request.h"

/* Returns the fd; fails, saying why. */
int module_open(struct vfio_p2p_error *error);

/* These take that fd and return a negative errno if they fail. */
int module_info(int fd, struct vfio_p2p_info *info);
int module_export(int fd, const struct request *req);
int module_route(int fd, int device_fd, const struct vfio_p2p_bdf *peer,
		 struct vfio_p2p_route *route);

int module_revoke(int fd, int device_fd, int dmabuf_fd);

/* The answer is in ARGS, also if it is no. */
int module_register(int fd, struct vfio_p2p_register *args);
int module_unregister(int fd, int device_fd, unsigned int bar, __u64 offset);
int module_alloc(int fd, struct vfio_p2p_alloc *args);
int module_pool(int fd, int device_fd, unsigned int bar,
		struct vfio_p2p_pool *pool);

/* 0 if the module serves the device, -ENOTTY if not, or another errno */
int module_probe(int fd, int device_fd);

#endif /* LIB_MODULE_H */
