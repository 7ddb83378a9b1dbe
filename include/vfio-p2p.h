/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libvfio-p2p: export slices of a vfio-pci BAR as dma-bufs, on any kernel.
 *
 * Since Linux 6.19 the kernel does it itself; on older ones the module
 * vfio_p2p_dmabuf does.  The library asks whoever is there, and says in a
 * sentence what to do if nobody is or if the answer is no.
 *
 *	struct vfio_p2p_error error;
 *	int dmabuf = vfio_p2p_export_bar(device_fd, 2, &error);
 *
 *	if (dmabuf < 0)
 *		fprintf(stderr, "%s\n", error.text);
 *
 * Build with "pkg-config --cflags --libs libvfio-p2p".
 *
 * Everywhere:
 * - Functions may be called from any thread at any time.  The library keeps
 *   nothing between calls, prints nothing, starts no threads and touches no
 *   signals.
 * - device_fd is the fd of an open vfio device, from VFIO_GROUP_GET_DEVICE_FD,
 *   or from /dev/vfio/devices/ once it is bound to an iommufd.  It stays the
 *   caller's, and is neither closed nor changed.
 * - Functions that can fail return a negative errno then.  The last argument, if
 *   it is not NULL, is filled in on failure, and left alone on success.  What
 *   errno holds after a call means nothing.
 * - Offsets and lengths are in bytes.
 */
#ifndef VFIO_P2P_H
#define VFIO_P2P_H

#include <stddef.h>
#include <stdint.h>

#include <linux/vfio_p2p_dmabuf.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* The size of @text in struct vfio_p2p_error, in bytes */
#define VFIO_P2P_ERROR_SIZE	256

/* Room for the address of a PCI function, as "0000:04:00.0", in bytes */
#define VFIO_P2P_BDF_SIZE	20

/**
 * enum vfio_p2p_cause - why a call failed
 * @VFIO_P2P_CAUSE_OTHER: something else; what the errno says
 * @VFIO_P2P_CAUSE_NO_DEVICE: device_fd is not the fd of a vfio device that is
 *	ready for use
 * @VFIO_P2P_CAUSE_NO_EXPORTER: the kernel does not export BARs, and the module
 *	is not loaded
 * @VFIO_P2P_CAUSE_NO_MODULE: the call needs the module, which is not loaded
 * @VFIO_P2P_CAUSE_NO_ACCESS: the module's device node may not be opened
 * @VFIO_P2P_CAUSE_NOT_SERVED: the driver of this device does not export BARs, nor
 *	does the module for it
 * @VFIO_P2P_CAUSE_NO_BAR: the device has no such BAR
 * @VFIO_P2P_CAUSE_BAR_BUSY: the BAR can't be had: somebody else has claimed it, or
 *	the device is being unbound
 * @VFIO_P2P_CAUSE_BAD_RANGE: a range is empty, not aligned to pages, or not within
 *	the BAR, or there is no range
 * @VFIO_P2P_CAUSE_TOO_MANY_RANGES: more ranges than the exporter takes
 * @VFIO_P2P_CAUSE_BAD_ARGUMENT: another argument makes no sense
 * @VFIO_P2P_CAUSE_NO_MEMORY: there is no memory
 * @VFIO_P2P_CAUSE_NO_FDS: the process, or the system, has too many open files
 * @VFIO_P2P_CAUSE_ASLEEP: the device can't be woken up
 * @VFIO_P2P_CAUSE_NO_PEER: there is no such PCI function
 * @VFIO_P2P_CAUSE_FOREIGN_DMABUF: this dma-buf is not one of a vfio device
 * @VFIO_P2P_CAUSE_NOT_OWNER: this dma-buf is one of another vfio device
 * @VFIO_P2P_CAUSE_NO_REVOKE: this dma-buf can't be taken back alone
 * @VFIO_P2P_CAUSE_NO_PAGES: BARs, or this one, can't be given pages here
 * @VFIO_P2P_CAUSE_BAR_IN_USE: the BAR is exported, mapped or registered, and what
 *	was asked for excludes that
 * @VFIO_P2P_CAUSE_NO_ROUTE: not every device reaches the BAR
 * @VFIO_P2P_CAUSE_NOT_REGISTERED: nothing of the BAR is registered, or not there
 * @VFIO_P2P_CAUSE_NO_ROOM: what is registered has no slice of that length left, or is
 *	in too many parts
 * @VFIO_P2P_CAUSE_PINNED: somebody has pinned pages of the BAR, or they are for an
 *	IOMMU and the BAR is mmapped or exported
 * @VFIO_P2P_CAUSE_NO_WC: this memory can't be write-combined, or nothing can here
 * @VFIO_P2P_CAUSE_IOVA_TAKEN: something is mapped at these IOVAs
 * @VFIO_P2P_CAUSE_BAD_IOVA: the IOVAs are not aligned, or the IOMMU does not
 *	translate them
 * @VFIO_P2P_CAUSE_MEMORY_OFF: the device does not decode memory, or is being reset
 *
 * More may come; treat one that you don't know as VFIO_P2P_CAUSE_OTHER.
 */
enum vfio_p2p_cause {
	VFIO_P2P_CAUSE_OTHER = 0,
	VFIO_P2P_CAUSE_NO_DEVICE = 1,
	VFIO_P2P_CAUSE_NO_EXPORTER = 2,
	VFIO_P2P_CAUSE_NO_MODULE = 3,
	VFIO_P2P_CAUSE_NO_ACCESS = 4,
	VFIO_P2P_CAUSE_NOT_SERVED = 5,
	VFIO_P2P_CAUSE_NO_BAR = 6,
	VFIO_P2P_CAUSE_BAR_BUSY = 7,
	VFIO_P2P_CAUSE_BAD_RANGE = 8,
	VFIO_P2P_CAUSE_TOO_MANY_RANGES = 9,
	VFIO_P2P_CAUSE_BAD_ARGUMENT = 10,
	VFIO_P2P_CAUSE_NO_MEMORY = 11,
	VFIO_P2P_CAUSE_NO_FDS = 12,
	VFIO_P2P_CAUSE_ASLEEP = 13,
	VFIO_P2P_CAUSE_NO_PEER = 14,
	VFIO_P2P_CAUSE_FOREIGN_DMABUF = 15,
	VFIO_P2P_CAUSE_NOT_OWNER = 16,
	VFIO_P2P_CAUSE_NO_REVOKE = 17,
	VFIO_P2P_CAUSE_NO_PAGES = 18,
	VFIO_P2P_CAUSE_BAR_IN_USE = 19,
	VFIO_P2P_CAUSE_NO_ROUTE = 20,
	VFIO_P2P_CAUSE_NOT_REGISTERED = 21,
	VFIO_P2P_CAUSE_NO_ROOM = 22,
	VFIO_P2P_CAUSE_PINNED = 23,
	VFIO_P2P_CAUSE_NO_WC = 24,
	VFIO_P2P_CAUSE_IOVA_TAKEN = 25,
	VFIO_P2P_CAUSE_BAD_IOVA = 26,
	VFIO_P2P_CAUSE_MEMORY_OFF = 27,
};

/**
 * struct vfio_p2p_error - what went wrong, for programs and for people
 * @errnum: the errno, positive; the function returned -@errnum
 * @cause: why; several causes share an errno
 * @text: a sentence or two for people: what is wrong and what to do; neither
 *	newline nor full stop at its end
 */
struct vfio_p2p_error {
	int errnum;
	enum vfio_p2p_cause cause;
	char text[VFIO_P2P_ERROR_SIZE];
};

/**
 * enum vfio_p2p_backend - the way an export takes
 * @VFIO_P2P_BACKEND_ANY: whichever works, in the order below
 * @VFIO_P2P_BACKEND_FEATURE: VFIO_DEVICE_FEATURE_DMA_BUF of the device fd, which
 *	the kernel answers, or the module on its behalf
 * @VFIO_P2P_BACKEND_MODULE: /dev/vfio-p2p-dmabuf
 */
enum vfio_p2p_backend {
	VFIO_P2P_BACKEND_ANY = 0,
	VFIO_P2P_BACKEND_FEATURE = 1,
	VFIO_P2P_BACKEND_MODULE = 2,
};

/**
 * enum vfio_p2p_maker - who made a dma-buf, and takes access back at resets
 * @VFIO_P2P_MAKER_KERNEL: the kernel's vfio-pci
 * @VFIO_P2P_MAKER_MODULE: the module vfio_p2p_dmabuf
 */
enum vfio_p2p_maker {
	VFIO_P2P_MAKER_KERNEL = 1,
	VFIO_P2P_MAKER_MODULE = 2,
};

/**
 * vfio_p2p_export_bar() - export a whole BAR
 * @device_fd: an open vfio device
 * @bar: number of the BAR, 0 to 5
 * @error: filled in on failure; may be NULL
 *
 * As vfio_p2p_export_slices() with one range, the BAR from its first to its last
 * byte, and O_RDWR.
 *
 * Return: the fd of the dma-buf, or a negative errno.
 */
int vfio_p2p_export_bar(int device_fd, unsigned int bar,
			struct vfio_p2p_error *error);

/**
 * vfio_p2p_export_slice() - export one slice of a BAR
 * @device_fd: an open vfio device
 * @bar: number of the BAR, 0 to 5
 * @offset: start within the BAR, in bytes, a multiple of the page size
 * @length: in bytes, a multiple of the page size, not zero
 * @error: filled in on failure; may be NULL
 *
 * As vfio_p2p_export_slices() with one range and O_RDWR.
 *
 * Return: the fd of the dma-buf, or a negative errno.
 */
int vfio_p2p_export_slice(int device_fd, unsigned int bar, uint64_t offset,
			  uint64_t length, struct vfio_p2p_error *error);

/**
 * vfio_p2p_export_slices() - export slices of a BAR as one dma-buf
 * @device_fd: an open vfio device
 * @bar: number of the BAR, 0 to 5
 * @ranges: the slices, with offsets and lengths in bytes, multiples of the page
 *	size.  They appear in the dma-buf one behind the other, in this order, and
 *	may overlap
 * @nr_ranges: their number, at least 1, at most VFIO_P2P_MAX_RANGES
 * @open_flags: O_RDONLY, O_WRONLY or O_RDWR, the access mode of the fd
 * @backend: VFIO_P2P_BACKEND_ANY, or the only one to be tried
 * @error: filled in on failure; may be NULL
 *
 * The caller owns the fd that is returned and closes it.  It has O_CLOEXEC.  The
 * dma-buf keeps the device neither open nor bound: once the last device fd is
 * closed, it leads nowhere any more.  Resets of the device take access away from
 * importers and give it back.
 *
 * Return: the fd of the dma-buf, or a negative errno.
 */
int vfio_p2p_export_slices(int device_fd, unsigned int bar,
			   const struct vfio_p2p_range *ranges,
			   size_t nr_ranges, int open_flags,
			   enum vfio_p2p_backend backend,
			   struct vfio_p2p_error *error);

/**
 * vfio_p2p_export_with_flags() - export slices of a BAR as a dma-buf for the CPU as well
 * @device_fd: an open vfio device
 * @bar: number of the BAR, 0 to 5
 * @ranges: as for vfio_p2p_export_slices()
 * @nr_ranges: their number
 * @open_flags: O_RDONLY, O_WRONLY or O_RDWR, the access mode of the fd
 * @flags: VFIO_P2P_EXPORT_PAGES, VFIO_P2P_EXPORT_WC or 0
 * @error: filled in on failure; may be NULL
 *
 * As vfio_p2p_export_slices(), by the module.  The flags say what an mmap() of the
 * dma-buf is.  With VFIO_P2P_EXPORT_PAGES it can be given to read() and the like of a
 * file with O_DIRECT, as that of a slice (vfio_p2p_alloc()); the ranges are registered
 * and free.  With VFIO_P2P_EXPORT_WC writes of the CPU are combined; the BAR is
 * prefetchable.  Importers do not notice.
 *
 * Return: the fd of the dma-buf, or a negative errno.
 */
int vfio_p2p_export_with_flags(int device_fd, unsigned int bar,
			       const struct vfio_p2p_range *ranges,
			       size_t nr_ranges, int open_flags, uint32_t flags,
			       struct vfio_p2p_error *error);

/**
 * vfio_p2p_probe() - can BARs of this device be exported, and which way
 * @device_fd: an open vfio device
 * @error: filled in on failure; may be NULL
 *
 * Exports nothing.
 *
 * Return: the enum vfio_p2p_backend, a positive number, that an export with
 * VFIO_P2P_BACKEND_ANY would take, or a negative errno.
 */
int vfio_p2p_probe(int device_fd, struct vfio_p2p_error *error);

/**
 * vfio_p2p_made_by() - who made this dma-buf
 * @dmabuf_fd: a dma-buf
 * @error: filled in on failure; may be NULL
 *
 * Reads /proc/thread-self/fdinfo, so /proc has to be there.
 *
 * Return: an enum vfio_p2p_maker, a positive number, or a negative errno.
 */
int vfio_p2p_made_by(int dmabuf_fd, struct vfio_p2p_error *error);

/**
 * vfio_p2p_revoke() - take one dma-buf back for good
 * @device_fd: the open vfio device it was made of
 * @dmabuf_fd: the dma-buf; the fd stays open and is the caller's
 * @error: filled in on failure; may be NULL
 *
 * When it returns 0, nobody reaches the BAR by that dma-buf any more, also not by
 * a copy of its fd in another process; other dma-bufs of the device go on as
 * before.  It waits for as long as importers take to let go.  One that was taken
 * back before is taken back.  If pages of one that has some are pinned, it fails with
 * -EBUSY after 5 seconds, and the dma-buf is as before; but touches of these 5
 * seconds have raised SIGBUS, and I/O got EFAULT.
 *
 * Only what the module made can be taken back alone; what the kernel made goes
 * with all others of the device, when that is reset or closed.
 *
 * Return: 0 or a negative errno.
 */
int vfio_p2p_revoke(int device_fd, int dmabuf_fd,
		    struct vfio_p2p_error *error);

/**
 * vfio_p2p_register() - give a BAR, or a part of it, struct pages
 * @device_fd: an open vfio device
 * @bar: number of the BAR, 0 to 5
 * @offset: where in the BAR the part begins, in bytes
 * @length: in bytes; 0, with @offset 0, for all of the BAR
 * @error: filled in on failure; may be NULL
 *
 * The kernel's own drivers then read files into slices of it (vfio_p2p_alloc()),
 * and write files out of them, with O_DIRECT.  Meanwhile the BAR can be neither
 * exported, but with VFIO_P2P_EXPORT_PAGES, nor mapped through the device's fd, and
 * it must not be so before.
 *
 * The part's address and length are multiples of 2 MiB on x86.  It is the module
 * that does it, and not on all kernels (VFIO_P2P_CAP_PAGES); every device has to
 * reach the BAR through the host bridge.  Resets of the device take the pages
 * away and give them back, its last close ends the registration.
 *
 * Return: 0 or a negative errno.
 */
int vfio_p2p_register(int device_fd, unsigned int bar, uint64_t offset,
		      uint64_t length, struct vfio_p2p_error *error);

/**
 * vfio_p2p_unregister() - take the pages of a BAR, or of a part of it, back
 * @device_fd: an open vfio device
 * @bar: number of the BAR
 * @offset: where the part that was registered begins, in bytes
 * @error: filled in on failure; may be NULL
 *
 * Waits for I/O under way, for 5 seconds at most; if somebody has pinned pages for
 * longer it fails with -EBUSY, and what is registered stays so; but touches of these
 * 5 seconds have raised SIGBUS, and I/O got EFAULT.  On success slices stay as files
 * of whose mappings each touch raises SIGBUS.
 *
 * Return: 0 or a negative errno.
 */
int vfio_p2p_unregister(int device_fd, unsigned int bar, uint64_t offset,
			struct vfio_p2p_error *error);

/**
 * vfio_p2p_alloc() - get a slice of what is registered of a BAR
 * @device_fd: an open vfio device
 * @bar: number of the BAR
 * @length: in bytes, a multiple of the page size, not zero
 * @open_flags: O_RDONLY or O_RDWR, the access mode of the fd
 * @offset: where in the BAR it is; may be NULL
 * @error: filled in on failure; may be NULL
 *
 * The caller owns the fd that is returned and closes it.  It has O_CLOEXEC.  Any
 * process that has it, from whoever, can mmap() it, with MAP_SHARED, and then give
 * that memory to read(), pread(), write(), io_uring and so on of a file with
 * O_DIRECT.  The memory is uncached, and holds what the device had there before.
 *
 * The slice is free again when the fd and all its mappings are gone, and I/O under
 * way is over.  It does not hold the device open.
 *
 * Return: the fd of the slice, or a negative errno.
 */
int vfio_p2p_alloc(int device_fd, unsigned int bar, uint64_t length,
		   int open_flags, uint64_t *offset,
		   struct vfio_p2p_error *error);

/**
 * struct vfio_p2p_pool_state - what of a BAR is registered, and what is free
 * @size: bytes that are registered
 * @free: bytes of these that are not part of a slice
 * @longest: bytes of the longest slice that could be had
 * @pools: how many parts of the BAR are registered
 * @slices: how many slices there are
 */
struct vfio_p2p_pool_state {
	uint64_t size;
	uint64_t free;
	uint64_t longest;
	uint32_t pools;
	uint32_t slices;
};

/**
 * vfio_p2p_pool() - what of a BAR is registered, and what is free
 * @device_fd: an open vfio device
 * @bar: number of the BAR
 * @pool: filled in on success, with zeros if nothing is registered
 * @error: filled in on failure; may be NULL
 *
 * Return: 0 or a negative errno.
 */
int vfio_p2p_pool(int device_fd, unsigned int bar,
		  struct vfio_p2p_pool_state *pool,
		  struct vfio_p2p_error *error);

/**
 * struct vfio_p2p_iova_target - an IO address space that devices of vfio share
 * @iommufd: fd of /dev/iommu, or -1
 * @ioas_id: an IOAS of it
 * @container_fd: if @iommufd is -1: fd of /dev/vfio/vfio, with VFIO_TYPE1_IOMMU or
 *	VFIO_TYPE1v2_IOMMU set
 *
 * The fds stay the caller's.
 */
struct vfio_p2p_iova_target {
	int iommufd;
	uint32_t ioas_id;
	int container_fd;
};

/* What the devices of the address space may do with a mapping */
#define VFIO_P2P_IOVA_READ	(1U << 0)
#define VFIO_P2P_IOVA_WRITE	(1U << 1)

/**
 * enum vfio_p2p_iova_way - how a BAR came into an address space
 * @VFIO_P2P_IOVA_DMABUF: the kernel's dma-buf, by IOMMU_IOAS_MAP_FILE: Linux 6.19
 *	and later
 * @VFIO_P2P_IOVA_PAGES: the module's pages, by IOMMU_IOAS_MAP
 * @VFIO_P2P_IOVA_TYPE1: vfio's own mapping, by VFIO_IOMMU_MAP_DMA
 */
enum vfio_p2p_iova_way {
	VFIO_P2P_IOVA_DMABUF = 1,
	VFIO_P2P_IOVA_PAGES = 2,
	VFIO_P2P_IOVA_TYPE1 = 3,
};

/**
 * vfio_p2p_iova_prepare() - make sure that a BAR can be mapped, before it is mmapped
 * @device_fd: an open vfio device, whose BAR it is
 * @bar: number of the BAR, 0 to 5
 * @error: filled in on failure; may be NULL
 *
 * For an iommufd, and for who mmaps the BAR through the device's fd as well: to be called
 * before that, as then it is too late for VFIO_P2P_IOVA_PAGES.  It gives the BAR pages for
 * an IOMMU, as far as it can have them, see vfio_p2p_iova_map(), which finds them.  That
 * it has them is success.  It may take a second.
 *
 * If the kernel makes the dma-bufs of this device nothing is done, as it is these that
 * vfio_p2p_iova_map() takes.  Whether the iommufd takes them is not known before that is
 * asked; but if not there are no pages either.
 *
 * For a container nothing is needed: do not call it then, as the pages cost memory.
 *
 * -EBUSY: the BAR is mmapped or exported already, or registered otherwise; -EINVAL: it is
 * too small, or no memory BAR; -EOPNOTSUPP: the module is not loaded, or gives no pages
 * for an IOMMU (iommu_pages=1).  The BAR can be mmapped all the same.
 *
 * Return: 0 or a negative errno.
 */
int vfio_p2p_iova_prepare(int device_fd, unsigned int bar,
			  struct vfio_p2p_error *error);

/* A mapping, what the library has to know of it again.  The caller keeps it. */
struct vfio_p2p_iova_mapping;

/**
 * vfio_p2p_iova_map() - let the devices of an address space reach a BAR
 * @target: the address space
 * @device_fd: an open vfio device, whose BAR it is.  It stays open as long as the
 *	mapping is there
 * @bar: number of the BAR, 0 to 5
 * @offset: start within the BAR, a multiple of the page size
 * @length: a multiple of the page size, not zero
 * @iova: where it is to appear, a multiple of the page size
 * @access: VFIO_P2P_IOVA_READ, VFIO_P2P_IOVA_WRITE or both
 * @mapping: on success, what vfio_p2p_iova_unmap() takes
 * @error: filled in on failure; may be NULL
 *
 * This is the same call on any kernel; what it does depends on that:
 * - In a container the CPU's mapping of the BAR is mapped, as VMMs do.
 * - In an iommufd, if the kernel makes dma-bufs of BARs, one is mapped; the kernel
 *   takes it out at each reset of the device, and for good, see
 *   vfio_p2p_iova_restore().
 * - Otherwise the module gives the BAR pages that nobody but an IOMMU uses
 *   (VFIO_P2P_REGISTER_IOMMU), all of it: 16 KiB of memory for each MiB, until
 *   vfio_p2p_unregister() at 0, or the last close of the device.  In units of 2 MiB
 *   on x86, so that no part of a smaller BAR can be mapped.  Who has the BAR exported,
 *   or mmapped through the device's fd, gets -EBUSY, if it has no pages yet: call
 *   vfio_p2p_iova_prepare() before that mmap().  Once it has them it can be mmapped as
 *   ever, but not registered otherwise.
 *
 * iommufd counts the pages as locked memory of the user, unless the process has
 * CAP_IPC_LOCK: RLIMIT_MEMLOCK has to have room for them beside the VM's memory.
 * dma-bufs, and what is mapped in a container, do not count.
 *
 * DMA to a device that is being reset, or whose memory decode is off, goes nowhere.
 *
 * Return: the enum vfio_p2p_iova_way, a positive number, or a negative errno.
 */
int vfio_p2p_iova_map(const struct vfio_p2p_iova_target *target, int device_fd,
		      unsigned int bar, uint64_t offset, uint64_t length,
		      uint64_t iova, uint32_t access,
		      struct vfio_p2p_iova_mapping **mapping,
		      struct vfio_p2p_error *error);

/**
 * vfio_p2p_iova_unmap() - end of a mapping
 * @mapping: from vfio_p2p_iova_map(), or NULL; it is gone afterwards, if this
 *	succeeds
 * @error: filled in on failure; may be NULL
 *
 * Nothing of the BAR is at its IOVAs afterwards; that somebody has unmapped them
 * before is no failure.  To be called before the fds of the address space and of the
 * device are closed.  Nobody else may use @mapping at the same time.
 *
 * Return: 0 or a negative errno.
 */
int vfio_p2p_iova_unmap(struct vfio_p2p_iova_mapping *mapping,
			struct vfio_p2p_error *error);

/**
 * vfio_p2p_iova_restore() - put a mapping back after a reset
 * @mapping: from vfio_p2p_iova_map()
 * @error: filled in on failure; may be NULL
 *
 * To be called after each reset of the device, and when its memory decode or its
 * power was off and is on again.  With VFIO_P2P_IOVA_DMABUF the kernel has taken the
 * BAR out of the address space, and does not say so: it is mapped again, and who does
 * DMA meanwhile may meet a fault.  In the other ways the translation has stayed, and
 * nothing is done.
 *
 * If it fails nothing is mapped, and it can be called again: -ENODEV, as long as the
 * memory is off.  Nobody else may use @mapping at the same time.
 *
 * Return: 0 or a negative errno.
 */
int vfio_p2p_iova_restore(struct vfio_p2p_iova_mapping *mapping,
			  struct vfio_p2p_error *error);

/**
 * vfio_p2p_module_abi() - is the module loaded, and what can it do here
 * @capabilities: VFIO_P2P_CAP_*; may be NULL
 * @error: filled in on failure; may be NULL
 *
 * Return: the version of the module's ABI, a positive number, or a negative
 * errno, which is -ENOENT if the module is not loaded.
 */
int vfio_p2p_module_abi(uint64_t *capabilities, struct vfio_p2p_error *error);

/**
 * struct vfio_p2p_path - the way of a peer's DMA to an exported BAR
 * @route: enum vfio_p2p_route_type
 * @reason: enum vfio_p2p_route_reason, the rule that decided
 * @facts: VFIO_P2P_FACT_*
 * @distance: number of hops between the two, -1 if it is impossible
 * @peer: the peer as "0000:04:00.0"
 * @bridge: the bridge that decides; the empty string if there is none
 * @redirect: the first bridge that redirects by ACS, if
 *	VFIO_P2P_FACT_ACS_REDIRECT is set; else the empty string
 *
 * Values of the enums that you don't know may come with later modules.
 */
struct vfio_p2p_path {
	uint32_t route;
	uint32_t reason;
	uint32_t facts;
	int32_t distance;
	char peer[VFIO_P2P_BDF_SIZE];
	char bridge[VFIO_P2P_BDF_SIZE];
	char redirect[VFIO_P2P_BDF_SIZE];
};

/**
 * vfio_p2p_find_path() - can a peer's DMA reach this device, and if not, why
 * @device_fd: an open vfio device, the exporter
 * @peer: the PCI function that would do the DMA, as "0000:04:00.0" or "04:00.0"
 * @path: filled in on success
 * @error: filled in on failure; may be NULL
 *
 * The answer is the one a mapping would get; nothing is mapped.  That no DMA is
 * possible is an answer and no failure.  It is the module that knows, so it has to
 * be loaded, also where the kernel makes the dma-bufs.
 *
 * Return: 0 or a negative errno.
 */
int vfio_p2p_find_path(int device_fd, const char *peer,
		       struct vfio_p2p_path *path,
		       struct vfio_p2p_error *error);

/**
 * vfio_p2p_describe_path() - a path as a sentence for people
 * @path: from vfio_p2p_find_path()
 * @text: filled in, always with a NUL at its end if @size is not 0
 * @size: of @text, in bytes; 400 is enough for all that there is today
 *
 * Neither newline nor full stop at its end.
 *
 * Return: the length of the whole sentence, as snprintf().
 */
size_t vfio_p2p_describe_path(const struct vfio_p2p_path *path, char *text,
			      size_t size);

/**
 * vfio_p2p_cause_name() - the name of a cause, for logs
 * @cause: an enum vfio_p2p_cause
 *
 * Return: for example "no-module"; "other" for one that is not known.
 */
const char *vfio_p2p_cause_name(enum vfio_p2p_cause cause);

/**
 * vfio_p2p_backend_name() - the name of a backend, for logs
 * @backend: an enum vfio_p2p_backend
 *
 * Return: "any", "feature" or "module"; "unknown" for another one.
 */
const char *vfio_p2p_backend_name(enum vfio_p2p_backend backend);

/**
 * vfio_p2p_iova_way_name() - the name of a way into an address space, for logs
 * @way: an enum vfio_p2p_iova_way
 *
 * Return: "dma-buf", "pages" or "type1"; "unknown" for another one.
 */
const char *vfio_p2p_iova_way_name(enum vfio_p2p_iova_way way);

/**
 * vfio_p2p_version() - version of the library that runs
 *
 * Return: for example "0.1.0".
 */
const char *vfio_p2p_version(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* VFIO_P2P_H */
