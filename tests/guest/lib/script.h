/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fixed sequence of calls of a vfio device, good ones and bad ones, and what
 * they answer.  It begins and ends with the device as it is after a reset, so
 * that the next one answers the same.
 */
#ifndef TEST_SCRIPT_H
#define TEST_SCRIPT_H

#include "transcript.h"
#include "vfio_dev.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/**
 * struct script - who takes part
 * @dev: the device
 * @stranger: fd of a group that has nothing to do with the device
 * @out: what the calls answered
 */
struct script {
	const struct vfio_dev *dev;
	int stranger;
	struct transcript out;
};

/* Lines about VFIO_DEVICE_FEATURE_DMA_BUF begin with this. */
#define SCRIPT_OURS	"feature 11 "

void script_run(struct script *script);

/* The parts */
void script_infos(struct script *script);
void script_unknown_ioctls(struct script *script);
void script_features(struct script *script);
void script_irqs(struct script *script);
void script_resets(struct script *script);
void script_config(struct script *script);
void script_regions(struct script *script);

/* An ioctl of the device, and what it left in its argument */
void script_ioctl(struct script *script, const char *what, unsigned long cmd,
		  void *arg, size_t size);

/* pread() and pwrite() in a region */
void script_read(struct script *script, unsigned int region, __u64 offset,
		 size_t size);
void script_write(struct script *script, unsigned int region, __u64 offset,
		  const void *data, size_t size);

/* The offset of a region in the file */
__u64 script_offset(unsigned int region);

/* A page nobody may access, and one byte before it that may be read */
void *script_bad_page(void);
void *script_last_byte(void);

#endif /* TEST_SCRIPT_H */
