/* SPDX-License-Identifier: GPL-2.0-only */
/* Where this process has BARs of vfio devices mapped */
#ifndef PRELOAD_BARS_H
#define PRELOAD_BARS_H

#include <stdint.h>
#include <sys/types.h>

/**
 * struct bar - a mapping of a BAR, or of a part of it
 * @next: the list
 * @addr: where it is
 * @length: in bytes
 * @device: what the fd's node is
 * @device_fd: an fd of ours; the mapping, too, holds the device open
 * @number: of the BAR
 * @offset: where in the BAR it begins
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
	char *pages;
};

/* The list is held while a mapping of it is used. */
void bars_lock(void);
void bars_unlock(void);

/* The one that has all of the range; NULL if there is none */
struct bar *bars_find_address(uintptr_t addr, uint64_t length);
struct bar *bars_find_offset(dev_t device, unsigned int number, uint64_t offset,
			     uint64_t length);

/* Takes the lock: if FD is a vfio device, there is a mapping now. */
void bars_add(void *addr, size_t length, int flags, int fd, uint64_t offset);

/* Takes the lock: nothing of what was there is there any more. */
void bars_forget(void *addr, size_t length);

/* Is it the node of a vfio device?  Then DEVICE says which. */
int bars_is_device(int fd, dev_t *device);

#endif /* PRELOAD_BARS_H */
