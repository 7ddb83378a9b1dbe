/* SPDX-License-Identifier: GPL-2.0-only */
/* Where this process has BARs of vfio devices mapped */
#ifndef PRELOAD_BARS_H
#define PRELOAD_BARS_H

#include <stdint.h>
#include <sys/types.h>

#include <vfio-p2p.h>

/**
 * struct bar - a mapping of a BAR, or of a part of it
 * @next: the list
 * @addr: where it is
 * @length: in bytes
 * @device: what the fd's node is
 * @device_fd: an fd of ours; the mapping, too, holds the device open
 * @number: of the BAR
 * @offset: where in the BAR it begins
 * @unprepared: why it has no pages, if it was to get some before it was mapped and did not
 * @pages: a mapping of its pages for an IOMMU, once there was need of it; as long as the
 *	first one stays that has to, for devices that join an address space later
 */
struct bar {
	struct bar *next;
	uintptr_t addr;
	size_t length;
	dev_t device;
	int device_fd;
	unsigned int number;
	uint64_t offset;
	struct vfio_p2p_error unprepared;
	char *pages;
};

/* Held while a mapping of the list is used: until then none of them goes. */
void bars_lock(void);
void bars_unlock(void);

/* The one that has all of the range; NULL if there is none */
struct bar *bars_find_address(uintptr_t addr, uint64_t length);
struct bar *bars_find_offset(dev_t device, unsigned int number, uint64_t offset,
			     uint64_t length);

/*
 * If that is to be a mapping of a BAR: the BAR gets its pages, as afterwards it is too
 * late.  What is returned goes to bars_end_mmap(); NULL if it is anything else.
 */
struct bar *bars_begin_mmap(size_t length, int flags, int fd, uint64_t offset);

/* There is a mapping now, or none if ADDR is MAP_FAILED. */
void bars_end_mmap(struct bar *bar, void *addr, size_t length);

/* Nothing of what was there is there any more. */
void bars_forget(void *addr, size_t length);

/* Is it the node of a vfio device?  Then DEVICE says which. */
int bars_is_device(int fd, dev_t *device);

#endif /* PRELOAD_BARS_H */
