/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_FILE_CALL_H
#define P2P_FILE_CALL_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vfio_p2p_dmabuf.h>

/* What goes through the file; see file_call.c for who may send it. */
#define P2P_FILE_CALL	_IO(VFIO_P2P_IOC_MAGIC, 0xff)

struct file;
struct p2p_device;

typedef int (*p2p_device_fn)(struct p2p_device *dev, void *context);

int p2p_file_call(struct file *file, p2p_device_fn fn, void *context);
bool p2p_file_call_arrived(struct p2p_device *dev, unsigned int cmd, long *ret);

#endif /* P2P_FILE_CALL_H */
