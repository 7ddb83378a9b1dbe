/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * vfio_p2p_dmabuf: export slices of a vfio-pci BAR as dma-bufs.
 *
 * Two doors lead to the same exporter:
 *
 * - the vfio device fd itself, with VFIO_DEVICE_FEATURE and
 *   VFIO_DEVICE_FEATURE_DMA_BUF, as in Linux 6.19 and later;
 * - /dev/vfio-p2p-dmabuf, with the ioctls below.
 *
 * Every ioctl of the misc device takes one struct that begins with argsz and
 * flags.  The caller sets argsz to the size of the struct it was built with.
 * A struct larger than the one the module knows is accepted if everything
 * behind the known part is zero (otherwise E2BIG, as for one larger than a page);
 * one that is smaller than the first published version is refused (EINVAL), as
 * are unknown flags (EINVAL).
 * The layout is the same for 32-bit and 64-bit callers and has no implicit
 * padding.
 */
#ifndef _UAPI_LINUX_VFIO_P2P_DMABUF_H
#define _UAPI_LINUX_VFIO_P2P_DMABUF_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vfio.h>

/* Version of this ABI.  It grows when something is added; nothing is removed. */
#define VFIO_P2P_ABI_VERSION	1

#define VFIO_P2P_DEVICE_NAME	"vfio-p2p-dmabuf"

#define VFIO_P2P_IOC_MAGIC	0xD5

/*
 * The largest number of ranges in one export.  It is what the kernel's own
 * implementation can copy in (4 MiB of struct vfio_p2p_range).
 */
#define VFIO_P2P_MAX_RANGES	262144

/**
 * struct vfio_p2p_range - one slice of a region
 * @offset: start within the region, in bytes, a multiple of the page size
 * @length: length in bytes, a multiple of the page size, not zero
 *
 * The same layout as the kernel's struct vfio_region_dma_range.
 */
struct vfio_p2p_range {
	__aligned_u64 offset;
	__aligned_u64 length;
};

/**
 * struct vfio_p2p_bdf - address of a PCI function
 * @domain: PCI domain (segment)
 * @bus: bus number
 * @devfn: device number in bits 7:3, function number in bits 2:0
 * @reserved: zero
 */
struct vfio_p2p_bdf {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 reserved;
};

/* Capabilities, as reported by VFIO_P2P_INFO */
/* VFIO_P2P_EXPORT works */
#define VFIO_P2P_CAP_EXPORT		(1ULL << 0)
/* VFIO_P2P_ROUTE works */
#define VFIO_P2P_CAP_ROUTE		(1ULL << 1)
/* the vfio device fd answers VFIO_DEVICE_FEATURE_DMA_BUF through this module */
#define VFIO_P2P_CAP_FEATURE		(1ULL << 2)
/* a reset through sysfs takes the access back as well */
#define VFIO_P2P_CAP_SYSFS_RESET	(1ULL << 3)
/* the kernel serves VFIO_DEVICE_FEATURE_DMA_BUF itself */
#define VFIO_P2P_CAP_NATIVE		(1ULL << 4)
/* dma-bufs can be mmapped */
#define VFIO_P2P_CAP_MMAP		(1ULL << 5)
/* VFIO_P2P_REVOKE works */
#define VFIO_P2P_CAP_REVOKE		(1ULL << 6)
/* VFIO_P2P_REGISTER and what belongs to it work, VFIO_P2P_EXPORT_PAGES too */
#define VFIO_P2P_CAP_PAGES		(1ULL << 7)
/* VFIO_P2P_EXPORT_WC works */
#define VFIO_P2P_CAP_EXPORT_WC		(1ULL << 8)
/* VFIO_P2P_REGISTER_IOMMU, VFIO_P2P_REGISTER_REFUSE_RESET, VFIO_P2P_ALLOC_IOMMU work:
 * the module was loaded with iommu_pages=1, on a kernel that can do it
 */
#define VFIO_P2P_CAP_IOMMU_PAGES	(1ULL << 9)

/**
 * struct vfio_p2p_info - what this module on this kernel can do
 * @argsz: in: size of this struct as the caller knows it, in bytes
 * @flags: in: must be zero
 * @abi_version: out: VFIO_P2P_ABI_VERSION of the module
 * @max_ranges: out: the largest number of ranges one export may have
 * @capabilities: out: VFIO_P2P_CAP_*
 *
 * Errors: EFAULT, EINVAL, E2BIG as described at the head of this file.
 */
struct vfio_p2p_info {
	__u32 argsz;
	__u32 flags;
	__u32 abi_version;
	__u32 max_ranges;
	__aligned_u64 capabilities;
};

#define VFIO_P2P_INFO		_IO(VFIO_P2P_IOC_MAGIC, 0x00)

/* Flags of VFIO_P2P_EXPORT */
/* the memory is registered, and an mmap of the dma-buf has its pages */
#define VFIO_P2P_EXPORT_PAGES	(1U << 0)
/* an mmap of the dma-buf is write-combined, not uncached */
#define VFIO_P2P_EXPORT_WC	(1U << 1)

/**
 * struct vfio_p2p_export - export slices of a BAR as one dma-buf
 * @argsz: in: size of this struct as the caller knows it, in bytes
 * @flags: in: VFIO_P2P_EXPORT_*
 * @device_fd: in: fd of an open vfio device; proof that the caller owns it
 * @region_index: in: VFIO region index, BAR 0 to 5
 * @open_flags: in: O_RDONLY, O_WRONLY or O_RDWR, and O_CLOEXEC, O_NONBLOCK
 * @nr_ranges: in: number of entries in @ranges, 1 to VFIO_P2P_MAX_RANGES
 * @ranges: in: user pointer to an array of struct vfio_p2p_range
 *
 * The ranges appear in the dma-buf one behind the other, in the given order;
 * they may overlap.  The dma-buf is a reference to the device memory and not
 * to the device: it neither keeps the vfio device open nor blocks its unbind.
 * Once the device fd is closed the dma-buf is a revoked shell.
 *
 * If the module makes it (VFIO_P2P_CAP_MMAP), any process that has the dma-buf can
 * mmap it, shared: uncached memory, as an mmap of the device's region.  While access
 * is taken back, for a reset or for good, touching it raises SIGBUS.  But VFIO's IOMMU of
 * type 1 copies the addresses behind an mmap (VFIO_IOMMU_MAP_DMA), as it does for a
 * region's, and is told of nothing: who has a container of that kind keeps such a mapping
 * for the devices in it.  With O_WRONLY there is no mmap; importers are the same.
 *
 * With VFIO_P2P_EXPORT_WC the CPU may combine writes, and reorder them, until
 * something makes it write them out (sfence on x86): for large copies into memory, not
 * for registers.
 *
 * VFIO_P2P_EXPORT_PAGES is for what is registered (VFIO_P2P_REGISTER), and the only way
 * to export it.  Importers do not notice; but what an mmap shows can be pinned, so that
 * a file can be read into it with O_DIRECT, under the rules that are told there.
 * VFIO_P2P_ALLOC hands out nothing of the ranges until the dma-buf and its mappings
 * are gone, or it was taken back for good, and I/O under way is over.  To unregister
 * any of them takes it back for good.
 *
 * Returns the fd of the new dma-buf, which the caller owns.
 *
 * Errors: EBADF @device_fd is no open fd; EINVAL it is no vfio device fd, or a
 * cdev that is not bound to iommufd; ENOTTY a vfio device this module does not
 * serve; EINVAL unknown flags or open_flags, no ranges, a range that is empty,
 * not page aligned or outside the BAR, an I/O BAR; ENODEV no such BAR, or
 * somebody else has claimed it, or there is no memory to claim it, or the device
 * is being unbound, or this module unloaded; ENOMEM too many ranges or no memory;
 * EOVERFLOW the end of a range is no address; EBUSY something of the BAR is
 * registered (VFIO_P2P_REGISTER); EIO the device can't be woken up; EFAULT; EMFILE,
 * ENFILE.  With VFIO_P2P_EXPORT_PAGES: ENOENT not all of the ranges is registered;
 * EBUSY some of it is handed out, or named twice; EINVAL together with
 * VFIO_P2P_EXPORT_WC; EOPNOTSUPP without VFIO_P2P_CAP_PAGES.  With VFIO_P2P_EXPORT_WC:
 * EINVAL the BAR is not prefetchable; EOPNOTSUPP without VFIO_P2P_CAP_EXPORT_WC.
 */
struct vfio_p2p_export {
	__u32 argsz;
	__u32 flags;
	__s32 device_fd;
	__u32 region_index;
	__u32 open_flags;
	__u32 nr_ranges;
	__aligned_u64 ranges;
};

#define VFIO_P2P_EXPORT		_IO(VFIO_P2P_IOC_MAGIC, 0x01)

/**
 * enum vfio_p2p_route_type - how a peer's DMA reaches the exported BAR
 * @VFIO_P2P_ROUTE_IMPOSSIBLE: it does not; mapping the dma-buf fails (EINVAL)
 * @VFIO_P2P_ROUTE_BUS_ADDR: within the PCI switch, by bus address
 * @VFIO_P2P_ROUTE_HOST_BRIDGE: through the host bridge, by an address of the
 *	peer's IOMMU domain
 */
enum vfio_p2p_route_type {
	VFIO_P2P_ROUTE_IMPOSSIBLE = 0,
	VFIO_P2P_ROUTE_BUS_ADDR = 1,
	VFIO_P2P_ROUTE_HOST_BRIDGE = 2,
};

/**
 * enum vfio_p2p_route_reason - the rule that decided
 * @VFIO_P2P_REASON_COMMON_UPSTREAM: a common upstream bridge forwards the
 *	traffic; it is the deciding bridge
 * @VFIO_P2P_REASON_SAME_FUNCTION: exporter and peer are one function
 * @VFIO_P2P_REASON_ACS_REDIRECT: there is a common upstream bridge, but ACS
 *	sends the traffic up to the host bridge, which routes it; the first
 *	redirecting bridge is the deciding one
 * @VFIO_P2P_REASON_NO_COMMON_UPSTREAM: the two meet in the host bridge only,
 *	which routes the traffic; the exporter's host bridge is the deciding one
 * @VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN: impossible: a host bridge on the way is
 *	not known to route between its ports; it is the deciding one
 * @VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY: impossible: the deciding host bridge
 *	routes between its own ports only, and the peer is behind another one
 * @VFIO_P2P_REASON_NOT_PCI: impossible: the peer is no PCI device
 * @VFIO_P2P_REASON_DMA_MASK: impossible: no IOMMU translates for the peer, and
 *	the DMA mask its driver has set does not reach the exporter's memory
 *	BARs (mapping fails with ENOMEM; a dma-buf that the kernel makes itself,
 *	below a common switch, is mapped all the same)
 */
enum vfio_p2p_route_reason {
	VFIO_P2P_REASON_COMMON_UPSTREAM = 1,
	VFIO_P2P_REASON_SAME_FUNCTION = 2,
	VFIO_P2P_REASON_ACS_REDIRECT = 3,
	VFIO_P2P_REASON_NO_COMMON_UPSTREAM = 4,
	VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN = 5,
	VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY = 6,
	VFIO_P2P_REASON_NOT_PCI = 7,
	VFIO_P2P_REASON_DMA_MASK = 8,
};

/* Facts about the path, beside the reason */
/* exporter and peer have a common upstream bridge (or are one function) */
#define VFIO_P2P_FACT_COMMON_UPSTREAM	(1U << 0)
/* a bridge below or at the common one redirects by ACS; see @redirect */
#define VFIO_P2P_FACT_ACS_REDIRECT	(1U << 1)
/* both are below the same host bridge */
#define VFIO_P2P_FACT_SAME_HOST_BRIDGE	(1U << 2)
/* the CPU is known to route between all of its host bridges */
#define VFIO_P2P_FACT_CPU_ROUTES	(1U << 3)
/* the administrator declared a host bridge of the path safe (host_bridges=) */
#define VFIO_P2P_FACT_HOST_BRIDGE_PARAM	(1U << 4)
/* an IOMMU translates the peer's DMA, as its driver has it; not known of a peer
 * without a driver, or one that user space drives
 */
#define VFIO_P2P_FACT_PEER_TRANSLATED	(1U << 5)
/* there is a bridge that decides; see @bridge, which may be 0000:00:00.0 */
#define VFIO_P2P_FACT_BRIDGE		(1U << 6)

/**
 * struct vfio_p2p_route - can a peer reach this device, and if not, why
 * @argsz: in: size of this struct as the caller knows it, in bytes
 * @flags: in: must be zero
 * @device_fd: in: fd of an open vfio device, the exporter
 * @reserved: in: must be zero
 * @peer: in: the PCI function that would do the DMA
 * @route: out: enum vfio_p2p_route_type
 * @distance: out: number of hops between the two, -1 if impossible
 * @reason: out: enum vfio_p2p_route_reason
 * @facts: out: VFIO_P2P_FACT_*
 * @bridge: out: the bridge that decides, if VFIO_P2P_FACT_BRIDGE is set; see
 *	enum vfio_p2p_route_reason
 * @redirect: out: the first bridge that redirects by ACS, if
 *	VFIO_P2P_FACT_ACS_REDIRECT is set
 *
 * The answer is the one a mapping would get; nothing is mapped.  What depends on
 * the peer's driver (VFIO_P2P_FACT_PEER_TRANSLATED, VFIO_P2P_REASON_DMA_MASK) is
 * left out while that driver is being bound or unbound.
 *
 * Errors: EBADF, EINVAL, ENOTTY, EIO for @device_fd as for VFIO_P2P_EXPORT; ENODEV
 * there is no PCI function @peer, or no more; EINVAL, E2BIG, EFAULT as described at the
 * head of this file; ENOMEM.
 */
struct vfio_p2p_route {
	__u32 argsz;
	__u32 flags;
	__s32 device_fd;
	__u32 reserved;
	struct vfio_p2p_bdf peer;
	__u32 route;
	__s32 distance;
	__u32 reason;
	__u32 facts;
	struct vfio_p2p_bdf bridge;
	struct vfio_p2p_bdf redirect;
};

#define VFIO_P2P_ROUTE		_IO(VFIO_P2P_IOC_MAGIC, 0x02)

/**
 * struct vfio_p2p_revoke - take one dma-buf back for good
 * @argsz: in: size of this struct as the caller knows it, in bytes
 * @flags: in: must be zero
 * @device_fd: in: fd of the open vfio device it was made of
 * @dmabuf_fd: in: fd of the dma-buf
 *
 * Importers are told and waited for, for as long as they take to unmap; processes
 * that mmapped it get SIGBUS.  Then the dma-buf is a revoked shell; other dma-bufs
 * of the device are not concerned.  Nothing happens to one that is a shell.  What an
 * IOMMU of type 1 has mapped of an mmap is not taken back, see struct vfio_p2p_export.
 *
 * Errors: EBADF @dmabuf_fd or @device_fd is no open fd; EINVAL @dmabuf_fd is no
 * dma-buf, or one that this module did not make (without VFIO_P2P_CAP_REVOKE the
 * kernel makes them); EPERM it is of another device; EBUSY pages of it are pinned
 * for longer than 5 seconds (VFIO_P2P_EXPORT_PAGES): it is not taken back, and
 * importers were not told, but touches of these 5 seconds have raised SIGBUS, and I/O
 * got EFAULT; EINTR a signal came while it waited for another call; EINVAL, ENOTTY,
 * EIO for @device_fd as for VFIO_P2P_EXPORT; EINVAL, E2BIG, EFAULT as described at
 * the head of this file.
 */
struct vfio_p2p_revoke {
	__u32 argsz;
	__u32 flags;
	__s32 device_fd;
	__s32 dmabuf_fd;
};

#define VFIO_P2P_REVOKE		_IO(VFIO_P2P_IOC_MAGIC, 0x03)

/* Flags of VFIO_P2P_REGISTER */
/* the pages are there for an IOMMU's mappings only */
#define VFIO_P2P_REGISTER_IOMMU		(1U << 0)
/* no reset while they are pinned; only with VFIO_P2P_REGISTER_IOMMU */
#define VFIO_P2P_REGISTER_REFUSE_RESET	(1U << 1)

/**
 * struct vfio_p2p_register - give a BAR, or a part of it, struct pages
 * @argsz: in: size of this struct as the caller knows it, in bytes
 * @flags: in: VFIO_P2P_REGISTER_*
 * @device_fd: in: fd of an open vfio device; proof that the caller owns it
 * @region_index: in: VFIO region index, BAR 0 to 5
 * @offset: in: where in the region the range begins, in bytes; out: where it is
 * @length: in: how long it is; 0, with @offset 0, for the whole BAR; out: how long
 *	it became
 * @granule: out: the range's address and length have to be multiples of this: 2 MiB
 *	on x86
 * @reason: out, with EHOSTUNREACH: enum vfio_p2p_route_reason
 * @reserved: in: must be zero
 * @bridge: out, with EHOSTUNREACH: the bridge at fault, or 0000:00:00.0
 *
 * VFIO_P2P_ALLOC then hands out slices of it, into which any program can read a
 * file with O_DIRECT, and out of which write one.  Meanwhile the BAR, all of it, can
 * neither be exported (but see VFIO_P2P_EXPORT_PAGES) nor mmapped through vfio; it
 * can be read and written through the device fd.  The pages cost 16 KiB of memory
 * per MiB.
 *
 * Before a reset, and before memory decode is switched off or the device goes to a
 * low-power state, the pages are taken from all processes, and I/O under way is
 * waited for; touching them raises SIGBUS, and I/O gets EFAULT, until it is over.
 * If they are pinned for longer (pages in a pipe, or in a socket by MSG_ZEROCOPY), a
 * reset by ioctl, a write to config space that switches off decode or power, and
 * the low-power features fail with EBUSY after 5 seconds, and nothing has happened to
 * the device; but touches of these 5 seconds have raised SIGBUS.  Resets that can't
 * fail, as those by sysfs, go on after 10 seconds for each function that is reset and
 * has such pages, one after the other.  Pins that are for long by their
 * nature are mostly refused (EOPNOTSUPP): VFIO_IOMMU_MAP_DMA of type 1 always,
 * io_uring's registered buffers and memory regions of RDMA where the kernel asks, and
 * iommufd, also by its VFIO_IOMMU_MAP_DMA, unless it maps for reading only what was
 * touched before.
 *
 * The last close of the device ends all registrations.  Pages that are still
 * pinned then are kept until they are let go; the device can't be opened before
 * that (EBUSY), nor this module unloaded, and who unbinds or removes it waits, as for
 * a device that is open.
 *
 * With VFIO_P2P_REGISTER_IOMMU the pages are for iommufd: that another device's DMA
 * reaches the BAR by IOMMU_IOAS_MAP of an mmap of VFIO_P2P_ALLOC_IOMMU.  Nobody else
 * gets them: touching that mmap raises SIGBUS.  So the BAR can be exported and mmapped
 * through vfio meanwhile; and that mmap, not the one of the pages, is what the CPU and
 * KVM take.  One BAR has pages of one kind at a time.  Without a range it is as much of
 * the BAR as can have pages: @offset and @length tell, the kernel log names the rest.
 *
 * The pages neither come nor go while the BAR is exported, or mmapped through vfio, by
 * any process: so it is registered first and then mmapped, and unregistered after munmap,
 * or by the last close.  During either call who mmaps it gets EBUSY, and should try
 * again; who exports it waits.  To register, for either kind, may take a second the first
 * time, and if the BAR was exported or mmapped since.
 *
 * A reset, or switching off decode or power, then neither takes these pages back nor
 * waits for who has them pinned: what is mapped stays mapped, as with type 1, and DMA
 * of that time is lost.  With VFIO_P2P_REGISTER_REFUSE_RESET what can fail with EBUSY
 * does so, at once and before anything happens, while they are pinned; resets that
 * can't fail go on, with a warning.  While a reset is under way, or the device does
 * not decode, no more can be pinned (EFAULT).
 *
 * Nor does the last close wait for the IOMMU, which holds the device until the pages
 * are let go.  Who opens it next waits a second for that, and then gets EBUSY.
 *
 * Errors: EBUSY the BAR is exported or mmapped, or the range overlaps with one that
 * is registered, or the BAR has pages of the other kind, or the kernel made dma-bufs
 * of the device before this module was loaded (those do not count with
 * VFIO_P2P_REGISTER_IOMMU); EHOSTUNREACH there are devices that may not
 * reach it through the host bridge, where all I/O of these pages goes; EINVAL the
 * range is empty or not in the BAR, or no multiple of @granule, an I/O BAR, or one that
 * vfio can't map; ENODEV no such BAR, or it can't be claimed, or the device is being unbound;
 * EPERM the kernel does not clear memory (init_on_alloc=0), and the caller has no
 * CAP_SYS_RAWIO, or the CPU has L1TF, the range ends in the upper half of its address
 * space, and the caller has no CAP_SYS_ADMIN; ERANGE its address is beyond what the
 * kernel maps; EEXIST the kernel has struct pages there, with those of the memory beside
 * it; ENOSPC 64 ranges of the device are registered; EOPNOTSUPP not without
 * VFIO_P2P_CAP_PAGES, the flags not without VFIO_P2P_CAP_IOMMU_PAGES, nor with
 * encrypted memory, nor where the BAR has another address on the bus; ENOMEM, also where
 * the pages would take more than half of the memory that is available; EINTR; EBADF,
 * EINVAL, ENOTTY, EIO for @device_fd as for VFIO_P2P_EXPORT; EINVAL, E2BIG,
 * EFAULT as described at the head of this file; but with EFAULT the range may be
 * registered all the same: if only the answer could not be written.  The kernel log
 * has a sentence on those that are no mistakes of a program.
 */
struct vfio_p2p_register {
	__u32 argsz;
	__u32 flags;
	__s32 device_fd;
	__u32 region_index;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 granule;
	__u32 reason;
	__u32 reserved;
	struct vfio_p2p_bdf bridge;
};

#define VFIO_P2P_REGISTER	_IO(VFIO_P2P_IOC_MAGIC, 0x04)

/**
 * struct vfio_p2p_unregister - take a registration back
 * @argsz: in: size of this struct as the caller knows it, in bytes
 * @flags: in: must be zero
 * @device_fd: in: fd of the open vfio device
 * @region_index: in: VFIO region index
 * @offset: in: where the registered range begins
 *
 * I/O under way is waited for.  Slices stay as files whose mappings raise SIGBUS,
 * dma-bufs with pages as revoked shells, whose importers are waited for.
 *
 * Errors: ENOENT no registered range begins there; EBUSY pages are pinned for longer
 * than 5 seconds: it is still registered, but touches of these 5 seconds have raised
 * SIGBUS, and I/O got EFAULT; for VFIO_P2P_REGISTER_IOMMU it does not take as long,
 * what is mapped has to be unmapped before, and EBUSY is also a dma-buf of the BAR, or
 * an mmap through vfio, or (until the last close) that too many processes were about to
 * mmap it at once; EOPNOTSUPP, EINTR; the rest as for
 * VFIO_P2P_REGISTER.
 */
struct vfio_p2p_unregister {
	__u32 argsz;
	__u32 flags;
	__s32 device_fd;
	__u32 region_index;
	__aligned_u64 offset;
};

#define VFIO_P2P_UNREGISTER	_IO(VFIO_P2P_IOC_MAGIC, 0x05)

/* Flags of VFIO_P2P_ALLOC */
/* of what is registered with VFIO_P2P_REGISTER_IOMMU */
#define VFIO_P2P_ALLOC_IOMMU	(1U << 0)

/**
 * struct vfio_p2p_alloc - get a slice of what is registered
 * @argsz: in: size of this struct as the caller knows it, in bytes
 * @flags: in: VFIO_P2P_ALLOC_*
 * @device_fd: in: fd of the open vfio device
 * @region_index: in: VFIO region index
 * @open_flags: in: O_RDONLY or O_RDWR, and O_CLOEXEC
 * @reserved: in: must be zero
 * @length: in: in bytes, a multiple of the page size, not zero
 * @offset: out: where in the region it is; with VFIO_P2P_ALLOC_IOMMU in: a multiple of
 *	the page size
 *
 * Any process that has the fd can mmap it, shared: uncached memory that the kernel
 * can pin, as ordinary memory.  What is in it is what was there before.  It is free
 * again when the fd and all mappings are gone, and I/O under way is over.  It does
 * not hold the device open.
 *
 * With VFIO_P2P_ALLOC_IOMMU the range may have been handed out before, any number of
 * times.  A mmap of it has nothing to touch: the CPU gets SIGBUS, iommufd the pages, by
 * its own ioctl() or one of vfio, everybody else EFAULT.  Type 1 and who else pins for
 * long (io_uring's registered buffers, AF_XDP, RDMA) are among these.  It has no other
 * protection than it was made with, and no private copies.  Do not give it to KVM: its
 * guest would fault there.  What is mapped by its address stays mapped without it.
 *
 * Returns the fd, which the caller owns.
 *
 * Errors: ENOENT nothing of the region is registered, or not the range given; ENOSPC
 * not as much is free in one piece; EINVAL the length or offset, or open flags;
 * EOPNOTSUPP, ENOMEM; EMFILE, ENFILE; EFAULT, also if the answer can't be written, and
 * nothing is handed out; the rest as for VFIO_P2P_REGISTER.
 */
struct vfio_p2p_alloc {
	__u32 argsz;
	__u32 flags;
	__s32 device_fd;
	__u32 region_index;
	__u32 open_flags;
	__u32 reserved;
	__aligned_u64 length;
	__aligned_u64 offset;
};

#define VFIO_P2P_ALLOC		_IO(VFIO_P2P_IOC_MAGIC, 0x06)

/**
 * struct vfio_p2p_pool - what of a region is registered, and what is free
 * @argsz: in: size of this struct as the caller knows it, in bytes
 * @flags: in: must be zero
 * @device_fd: in: fd of the open vfio device
 * @region_index: in: VFIO region index
 * @size: out: bytes registered
 * @free: out: bytes that are free
 * @longest: out: the longest slice that could be had
 * @pools: out: registrations
 * @slices: out: slices handed out and not free again
 *
 * All are 0 if nothing is registered.  VFIO_P2P_REGISTER_IOMMU does not count.
 *
 * Errors: EOPNOTSUPP; the rest as for VFIO_P2P_REGISTER.
 */
struct vfio_p2p_pool {
	__u32 argsz;
	__u32 flags;
	__s32 device_fd;
	__u32 region_index;
	__aligned_u64 size;
	__aligned_u64 free;
	__aligned_u64 longest;
	__u32 pools;
	__u32 slices;
};

#define VFIO_P2P_POOL		_IO(VFIO_P2P_IOC_MAGIC, 0x07)

/*
 * The feature of the vfio device fd, for programs whose <linux/vfio.h> is older
 * than Linux 6.19; where it knows the feature, nothing is defined here.  Layout
 * and number are the kernel's ABI.
 */
#ifndef VFIO_DEVICE_FEATURE_DMA_BUF
#define VFIO_DEVICE_FEATURE_DMA_BUF	11

struct vfio_region_dma_range {
	__u64 offset;
	__u64 length;
};

struct vfio_device_feature_dma_buf {
	__u32 region_index;
	__u32 open_flags;
	__u32 flags;
	__u32 nr_ranges;
	struct vfio_region_dma_range dma_ranges[];
};
#endif /* VFIO_DEVICE_FEATURE_DMA_BUF */

#endif /* _UAPI_LINUX_VFIO_P2P_DMABUF_H */
