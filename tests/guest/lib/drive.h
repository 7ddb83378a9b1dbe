/* SPDX-License-Identifier: GPL-2.0-only */
/* NVMe drives that a test owns, and what it says of them to the host. */
#ifndef TEST_DRIVE_H
#define TEST_DRIVE_H

#include "../../../examples/nvme_user.h"
#include "vfio_dev.h"

/* Blocks of a page */
#define DRIVE_BLOCKS	8

/**
 * struct drive - a drive of the topology nvme, started
 * @dev: its function
 * @nvme: the drive
 * @number: its backing file, on the host
 */
struct drive {
	struct vfio_dev dev;
	struct nvme nvme;
	int number;
};

/* All functions fail the test if anything is wrong. */

/*
 * Drive EXPORTER_NVME<number>, in a container where its memory and its CMB are at
 * addresses that no other drive has.
 */
void drive_open(struct drive *drive, struct vfio_container *container,
		int number);

/* Also after a test that failed */
void drive_close(struct drive *drive);

/* A page of the CMB: what means it to all drives of the container */
__u64 drive_cmb_address(const struct drive *drive, unsigned int page);

/* The same for the owner */
char *drive_cmb(const struct drive *drive, unsigned int page);

/* A page of blocks, read or written at an address, driven by the owner */
void drive_io(struct drive *drive, __u8 opcode, __u64 block, __u64 address);

/* A page of blocks into memory of the test */
void drive_read(struct drive *drive, __u64 block, char *data);

/*
 * The host will compare: a page of blocks of the one backing file is now what it
 * is in the other.  And nothing else is written.
 */
void drive_is_copy(const struct drive *to, __u64 to_block,
		   const struct drive *from, __u64 from_block);

#endif /* TEST_DRIVE_H */
