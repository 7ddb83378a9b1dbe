/* SPDX-License-Identifier: GPL-2.0-only */
/* The misc device of the module under test. */
#ifndef TEST_P2P_H
#define TEST_P2P_H

#include <linux/vfio_p2p_dmabuf.h>

/* All functions return a negative errno if they fail. */

/* Open /dev/vfio-p2p-dmabuf; returns the fd. */
int p2p_open(void);

int p2p_info(int fd, struct vfio_p2p_info *info);

/* Returns the fd of the dma-buf. */
int p2p_export(int fd, int device_fd, __u32 region, __u32 open_flags,
	       const struct vfio_p2p_range *ranges, __u32 nr_ranges);

/* One range, O_RDWR | O_CLOEXEC */
int p2p_export_range(int fd, int device_fd, __u32 region, __u64 offset,
		     __u64 length);

int p2p_route(int fd, int device_fd, const char *peer,
	      struct vfio_p2p_route *route);

int p2p_revoke(int fd, int device_fd, int dmabuf_fd);

/* BDFs as text; p2p_bdf_format() needs 16 bytes. */
int p2p_bdf_parse(const char *text, struct vfio_p2p_bdf *bdf);
const char *p2p_bdf_format(const struct vfio_p2p_bdf *bdf, char *text);

#endif /* TEST_P2P_H */
