/* SPDX-License-Identifier: GPL-2.0-only */
/* An export to be asked for: good, or with something wrong with it. */
#ifndef FUZZ_EXPORT_CASE_H
#define FUZZ_EXPORT_CASE_H

#include "area.h"
#include "caller.h"
#include "foreign.h"
#include "model.h"

/* The argument, with all that may be behind it */
#define CASE_IMAGE	(AREA_PAGES * PAGE)

/* Ranges that are not in the argument; no more than CASE_MANY are asked for. */
#define CASE_RANGES	(CASE_IMAGE / sizeof(struct vfio_p2p_range))
#define CASE_MANY	520

/**
 * struct export_case - one export
 * @feature: by the device feature, else by the misc device
 * @caller: who asks
 * @read_only: the memory of the argument
 * @no_fd_left: the caller may not have one more
 * @huge: the ranges are those of huge_ranges(), of which one was changed
 * @device: whose BAR; NULL if @device_fd is none
 * @device_fd: the fd that stands for it
 * @device_answer: the errno for it, or 0
 * @image: the argument; of the feature with its ranges
 * @head: of @image, without ranges and what may be behind
 * @size: of @image, as far as there is memory for it
 * @address: the address of the argument instead, if not 0
 * @ranges: EXPORT: what its ranges pointer leads to
 * @ranges_size: in bytes, as far as there is memory
 * @ranges_address: EXPORT: the address of them instead, if not 0
 */
struct export_case {
	bool feature;
	enum caller caller;
	bool read_only;
	bool no_fd_left;
	bool huge;
	struct device *device;
	int device_fd;
	int device_answer;
	unsigned char image[CASE_IMAGE];
	size_t head;
	size_t size;
	__u64 address;
	struct vfio_p2p_range ranges[CASE_RANGES];
	size_t ranges_size;
	__u64 ranges_address;
};

/* Parts of the image */
struct vfio_p2p_export *export_of(struct export_case *c);
struct vfio_device_feature *feature_of(struct export_case *c);
struct vfio_device_feature_dma_buf *get_of(struct export_case *c);

/* Make one of an operation's fields. */
void case_make(struct export_case *c, const __u32 *field);

/*
 * Have zeros behind the ranges, or the argument they are in, so many that a page
 * ends in the midst of it.
 */
void case_split(struct export_case *c, __u32 choice);

/* After use */
void case_end(struct export_case *c);

/* What the answer should be; fills in RANGES as far as it gets. */
int case_answer(struct export_case *c, struct model_ranges *ranges);

/* A readable description, good until the next call */
const char *case_describe(struct export_case *c);

/* VFIO_P2P_MAX_RANGES ranges, with an argument before them if by the feature */
struct vfio_p2p_range *huge_ranges(void);

/* Any address that nobody can read */
__u64 bad_address(__u32 choice);

#endif /* FUZZ_EXPORT_CASE_H */
