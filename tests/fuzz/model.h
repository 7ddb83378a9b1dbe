/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What should be the answer, by the rules in include/uapi and README.md; written
 * without a look at how the module comes to it.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include "expect.h"
#include "world.h"

/**
 * struct model_memory - bytes that a call reads
 * @bytes: what is there
 * @readable: how many of them can be read
 */
struct model_memory {
	const void *bytes;
	size_t readable;
};

/**
 * struct model_ranges - what an export asks for
 * @device: whose BAR; NULL if @device_answer says that it will not come to that
 * @device_answer: for the fd
 * @flags: VFIO_P2P_EXPORT_*
 * @region: of the device
 * @nr: how many it says there are
 * @memory: where they should be
 */
struct model_ranges {
	const struct device *device;
	int device_answer;
	__u32 flags;
	__u32 region;
	__u32 nr;
	struct model_memory memory;
};

/* May importers reach the device? */
enum certain model_access(const struct device *device);
enum certain model_buffer_access(const struct buffer *buf);

/* The device, or its state, changes from what model_access() said BEFORE. */
void model_changed(struct device *device, enum certain before);

/* Access is taken, perhaps for a moment only: no mapping is left. */
void model_revoked(const struct device *device);

/* Access to that one is taken for good. */
void model_buffer_revoked(struct buffer *buf);

/* As model_revoked(), but perhaps it was too late. */
void model_unsure(const struct device *device);

/*
 * The head of each argument of the misc device; SIZE is of the known struct, which
 * knows FLAGS.
 */
int model_head(const struct model_memory *arg, size_t size, __u32 flags);

/* EXPORT, and VFIO_DEVICE_FEATURE with whatever flags, up to the ranges */
int model_export(const struct model_memory *arg, struct model_ranges *ranges);
int model_feature(const struct model_memory *arg, struct model_ranges *ranges);

/* The rest of both */
int model_ranges(const struct model_ranges *ranges);

/* Fill in what a dma-buf of them looks like; its ranges are allocated. */
void model_buffer(const struct model_ranges *ranges, struct buffer *buf);

/* What map of an attachment that is not mapped should say */
struct expect model_map(const struct attachment *att);

/* What attach of a flavour should say */
struct expect model_attach(const struct buffer *buf, __u32 flavour);

#endif /* FUZZ_MODEL_H */
