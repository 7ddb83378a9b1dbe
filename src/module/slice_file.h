/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_SLICE_FILE_H
#define P2P_SLICE_FILE_H

#include <linux/types.h>

struct file;
struct p2p_device;

struct file *p2p_slice_file_create(struct p2p_device *dev, unsigned int bar,
				   u64 length, u32 open_flags, u64 *offset);
struct file *p2p_slice_file_share(struct p2p_device *dev, unsigned int bar,
				  u64 offset, u64 length, u32 open_flags);

#endif /* P2P_SLICE_FILE_H */
