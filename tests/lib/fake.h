/* SPDX-License-Identifier: GPL-2.0-only */
/* The system calls of the library, answered by a kernel of our own. */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <vfio-p2p.h>

/* The only fds there are: a vfio device, something else, and what is made */
#define FAKE_DEVICE	1000
#define FAKE_FOREIGN	1001
#define FAKE_MODULE	1002
#define FAKE_FDINFO	1003
#define FAKE_DMABUF	1004
#define FAKE_CLOSED	1005
#define FAKE_SLICE	1006
#define FAKE_IOMMUFD	1007
#define FAKE_CONTAINER	1008

/* The only address space of the iommufd */
#define FAKE_IOAS	7

/* What mmap() answers, of a slice and of the device */
#define FAKE_SLICE_ADDR		((void *)0x10000)
#define FAKE_DEVICE_ADDR	((void *)0x20000)

#define FAKE_MAX_RANGES	8

/**
 * struct fake - what this kernel does, and what it was asked
 * @feature_errno: of an export or a probe by the device's fd; 0 if it works
 * @info_errno: of VFIO_DEVICE_GET_INFO
 * @info_flags: what it says the device is
 * @bar_size: what VFIO_DEVICE_GET_REGION_INFO says of each BAR
 * @open_errno: of opening the module's node
 * @sysfs: /sys/module has the module
 * @export_errno: of VFIO_P2P_EXPORT
 * @route_errno: of VFIO_P2P_ROUTE
 * @revoke_errno: of VFIO_P2P_REVOKE
 * @module_errno: of VFIO_P2P_INFO
 * @capabilities: what that says
 * @register_errno: of VFIO_P2P_REGISTER
 * @unregister_errno: of VFIO_P2P_UNREGISTER
 * @alloc_errno: of VFIO_P2P_ALLOC
 * @pool_errno: of VFIO_P2P_POOL
 * @registered: what VFIO_P2P_REGISTER answers, also if it fails; offset and length
 *	only if it has come that far
 * @unregistered: VFIO_P2P_ALLOC gets ENOENT until VFIO_P2P_REGISTER was there
 * @pool: what VFIO_P2P_POOL answers
 * @mmap_errno: of mmap()
 * @map_errno: of what maps in an address space: IOMMU_IOAS_MAP, IOMMU_IOAS_MAP_FILE,
 *	VFIO_IOMMU_MAP_DMA
 * @unmap_errno: of what unmaps there
 * @route: its answer
 * @fdinfo: of the dma-buf; NULL if it can't be opened
 * @read_errno: of reading that
 * @no_memory: malloc() fails
 * @closes: the library may close a dma-buf or a slice, which is its own
 * @opened: fds the library has open
 * @made: dma-bufs and slices that were made and not closed
 * @features: calls of the feature
 * @exports: calls of VFIO_P2P_EXPORT
 * @bar: of the last export
 * @open_flags: of the last export
 * @flags: of the last VFIO_P2P_EXPORT
 * @nr_ranges: of the last export
 * @ranges: of the last export, as far as there is room
 * @peer: of the last VFIO_P2P_ROUTE
 * @revoked: dma-buf of the last VFIO_P2P_REVOKE
 * @pages: of the last of the calls for pages: offset and length
 * @registers: calls of VFIO_P2P_REGISTER
 * @mmaps: mappings of the process there are
 * @map_command: the last that mapped in an address space
 * @map_flags: its flags
 * @iova: at that address
 * @mapped: that many bytes
 * @maps: such mappings there are
 */
struct fake {
	int feature_errno;
	int info_errno;
	uint32_t info_flags;
	uint64_t bar_size[6];
	int open_errno;
	bool sysfs;
	int export_errno;
	int route_errno;
	int revoke_errno;
	int module_errno;
	uint64_t capabilities;
	int register_errno;
	int unregister_errno;
	int alloc_errno;
	int pool_errno;
	int mmap_errno;
	int map_errno;
	int unmap_errno;
	struct vfio_p2p_register registered;
	bool unregistered;
	struct vfio_p2p_pool pool;
	struct vfio_p2p_route route;
	const char *fdinfo;
	int read_errno;
	bool no_memory;
	bool closes;

	int opened;
	int made;
	unsigned int features;
	unsigned int exports;
	uint32_t bar;
	uint32_t open_flags;
	uint32_t flags;
	uint32_t nr_ranges;
	struct vfio_p2p_range ranges[FAKE_MAX_RANGES];
	struct vfio_p2p_bdf peer;
	int revoked;
	struct vfio_p2p_range pages;
	unsigned int registers;
	int mmaps;
	unsigned long map_command;
	uint32_t map_flags;
	uint64_t iova;
	uint64_t mapped;
	int maps;
};

extern struct fake fake;

/* A PCI device with 64 KiB in BAR 2, on a kernel without feature and module */
void fake_reset(void);

/* The same with the module loaded: on the device's fd, on its own node */
void fake_load_module(void);

/* Where the linker leads calls to; see fake.c. */
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_access(const char *path, int mode);
ssize_t __wrap_read(int fd, void *buf, size_t size);
void *__wrap_mmap(void *addr, size_t length, int prot, int flags, int fd,
		  off_t offset);
int __wrap_munmap(void *addr, size_t length);
void *__real_mmap(void *addr, size_t length, int prot, int flags, int fd,
		  off_t offset);
int __real_munmap(void *addr, size_t length);
int __wrap_ioctl(int fd, unsigned long command, ...);
void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);

#endif /* FAKE_H */
