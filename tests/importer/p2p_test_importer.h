/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * p2p_test_importer: a dma-buf importer for tests, driven from user space.
 *
 * Each importer has a misc device, "/dev/p2p-importer-<BDF>" for a PCI function
 * (QEMU's edu device) and "/dev/p2p-importer-nonpci" for one that is no PCI
 * device and has no DMA engine.  An open file holds any number of attachments,
 * each known by a handle; closing it unmaps and detaches all of them.
 *
 * Errors that every ioctl with a handle may return:
 *   ENODEV	the importer was unbound from its driver
 *   ENOENT	no such handle
 *   EFAULT, ENOMEM
 */
#ifndef _P2P_TEST_IMPORTER_H
#define _P2P_TEST_IMPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define P2P_TEST_IOC_MAGIC	0xD6

#define P2P_TEST_DEVICE_PREFIX	"p2p-importer-"

/* The largest transfer of one DMA or RAW_DMA call */
#define P2P_TEST_DMA_MAX	65536u

/* The largest number of entries one SG call returns */
#define P2P_TEST_SG_MAX		65536u

/**
 * enum p2p_test_flavour - what kind of importer an attachment plays
 * @P2P_TEST_DYNAMIC: does peer-to-peer, unmaps in move_notify
 * @P2P_TEST_NO_P2P: dynamic, but without peer-to-peer
 * @P2P_TEST_STATIC: dma_buf_attach(), cannot be told of a move
 * @P2P_TEST_PIN: dynamic, pins for good right after the attach; unmaps in
 *	move_notify, as those that pin and may be told do since Linux 7.1
 * @P2P_TEST_IGNORE_NOTIFY: dynamic, does not unmap in move_notify but at
 *	P2P_TEST_UNMAP; does no DMA in between
 * @P2P_TEST_LATE: dynamic, unmaps from a workqueue after move_notify returned
 * @P2P_TEST_FENCE: dynamic, each mapping adds a fence to the reservation object
 *	which is signalled, and the mapping removed, at P2P_TEST_SIGNAL or
 *	P2P_TEST_UNMAP; move_notify itself only stops DMA
 */
enum p2p_test_flavour {
	P2P_TEST_DYNAMIC = 0,
	P2P_TEST_NO_P2P = 1,
	P2P_TEST_STATIC = 2,
	P2P_TEST_PIN = 3,
	P2P_TEST_IGNORE_NOTIFY = 4,
	P2P_TEST_LATE = 5,
	P2P_TEST_FENCE = 6,
};

/**
 * struct p2p_test_attach - attach a dma-buf to this importer
 * @dmabuf_fd: in
 * @flavour: in: enum p2p_test_flavour
 * @late_ms: in: P2P_TEST_LATE: how long after move_notify the unmap begins
 * @handle: out
 *
 * Errors: those of dma_buf_get(), of the attach and of the pin; EINVAL unknown
 * flavour.
 */
struct p2p_test_attach {
	__s32 dmabuf_fd;
	__u32 flavour;
	__u32 late_ms;
	__u32 handle;
};

/* The values are those of the kernel's enum dma_data_direction */
enum p2p_test_direction {
	P2P_TEST_BIDIRECTIONAL = 0,
	/* the importer reads the buffer */
	P2P_TEST_TO_DEVICE = 1,
	/* the importer writes the buffer */
	P2P_TEST_FROM_DEVICE = 2,
};

/**
 * struct p2p_test_map - map an attachment
 * @handle: in
 * @direction: in: enum p2p_test_direction
 *
 * Errors: EALREADY it is mapped; EINVAL unknown direction; ETIMEDOUT a fence of
 * the exporter was not signalled; else what the exporter said.
 */
struct p2p_test_map {
	__u32 handle;
	__u32 direction;
};

/**
 * struct p2p_test_handle - argument of UNMAP, DETACH and SIGNAL
 * @handle: in
 * @reserved: in: zero
 *
 * UNMAP, SIGNAL: ENXIO it is not mapped.  SIGNAL: EOPNOTSUPP the attachment is
 * not of the P2P_TEST_FENCE flavour.
 */
struct p2p_test_handle {
	__u32 handle;
	__u32 reserved;
};

/* Direction of DMA and RAW_DMA: write the buffer at @user; else read into it */
#define P2P_TEST_DMA_WRITE	0x1u

/**
 * struct p2p_test_dma - move bytes through the mapping by DMA
 * @handle: in
 * @flags: in: P2P_TEST_DMA_WRITE
 * @offset: in: in the dma-buf
 * @length: in: 1 to P2P_TEST_DMA_MAX
 * @user: in: user pointer to the data to write, or to read into
 *
 * The reservation lock is held from the first to the last byte, so that
 * move_notify waits for a transfer that has begun and none begins after it.
 *
 * Errors: ENXIO it is not mapped; ESTALE move_notify took the mapping away (or
 * forbade its use, if the flavour keeps it); EACCES not a direction it was
 * mapped for; ERANGE not within the mapping; EINVAL unknown flags, bad length;
 * EOPNOTSUPP this importer has no DMA engine; ETIMEDOUT the engine hangs; EINTR.
 */
struct p2p_test_dma {
	__u32 handle;
	__u32 flags;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 user;
};

/**
 * struct p2p_test_raw_dma - DMA to an address that nothing vouches for
 * @address: in: DMA address, for example remembered from before a revoke
 * @length: in: 1 to P2P_TEST_DMA_MAX
 * @user: in: as in struct p2p_test_dma
 * @flags: in: P2P_TEST_DMA_WRITE
 * @reserved: in: zero
 *
 * Proves what the IOMMU lets through.  A fault does not make the call fail:
 * nothing is written, and QEMU's edu reads what its machine makes of it.
 */
struct p2p_test_raw_dma {
	__aligned_u64 address;
	__aligned_u64 length;
	__aligned_u64 user;
	__u32 flags;
	__u32 reserved;
};

/* Flags of struct p2p_test_stat */
#define P2P_TEST_STAT_MAPPED		0x1u
/* move_notify came since the last map */
#define P2P_TEST_STAT_REVOKED		0x2u
/* a DMA transfer is in progress */
#define P2P_TEST_STAT_DMA_ACTIVE	0x4u
/* an unsignalled fence of ours is in the reservation object */
#define P2P_TEST_STAT_FENCE		0x8u

/**
 * struct p2p_test_stat - what happened to an attachment
 * @handle: in
 * @flags: out: P2P_TEST_STAT_*
 * @nents: out: entries of the sg list, 0 if not mapped
 * @last_map_error: out: errno of the last map that failed, 0 if none did
 * @maps: out: successful maps
 * @map_errors: out: failed maps
 * @unmaps: out: unmaps, whoever asked
 * @notifies: out: calls of move_notify
 * @notifies_mapped: out: those that found the attachment mapped
 * @dma_bytes: out: bytes moved by P2P_TEST_DMA
 *
 * Takes no lock that a DMA or a revoke holds.
 */
struct p2p_test_stat {
	__u32 handle;
	__u32 flags;
	__u32 nents;
	__s32 last_map_error;
	__aligned_u64 maps;
	__aligned_u64 map_errors;
	__aligned_u64 unmaps;
	__aligned_u64 notifies;
	__aligned_u64 notifies_mapped;
	__aligned_u64 dma_bytes;
};

struct p2p_test_sg_entry {
	__aligned_u64 dma_address;
	__aligned_u64 dma_len;
};

/**
 * struct p2p_test_sg - read the sg list of a mapping
 * @handle: in
 * @nents: in: room at @entries, up to P2P_TEST_SG_MAX; out: entries of the
 *	mapping, of which no more than there was room for were stored
 * @entries: in: user pointer to struct p2p_test_sg_entry
 *
 * Errors: ENXIO it is not mapped.
 */
struct p2p_test_sg {
	__u32 handle;
	__u32 nents;
	__aligned_u64 entries;
};

/* Events of a file, of all its attachments together */
#define P2P_TEST_EVENT_NOTIFY		0x1u
/* a mapping was removed */
#define P2P_TEST_EVENT_UNMAP		0x2u
/* a DMA transfer began; the reservation lock is held */
#define P2P_TEST_EVENT_DMA_START	0x4u

/**
 * struct p2p_test_events - take the events that happened since the last call
 * @events: out: P2P_TEST_EVENT_*
 * @reserved: out: zero
 *
 * poll() reports POLLIN while there are any, POLLHUP once the importer was
 * unbound.
 */
struct p2p_test_events {
	__u32 events;
	__u32 reserved;
};

struct p2p_test_function {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 reserved;
};

/**
 * struct p2p_test_distance - ask the kernel for the distance of two functions
 * @exporter: in
 * @peer: in
 * @distance: out: of pci_p2pdma_distance_many(), -1 if there is no path
 * @reserved: out: as it was
 *
 * It does not matter whose file is asked.
 *
 * Errors: EOPNOTSUPP CONFIG_PCI_P2PDMA is off; ENODEV no such function.
 */
struct p2p_test_distance {
	struct p2p_test_function exporter;
	struct p2p_test_function peer;
	__s32 distance;
	__u32 reserved;
};

/**
 * struct p2p_test_sleep - keep a PCI function in runtime suspend
 * @function: in: whatever tries to wake it up fails
 * @asleep: in: 1 begins, 0 ends it, and so does closing the file
 * @reserved: in: zero
 *
 * A file keeps one function asleep at a time; 0 is for that one.  A function that
 * is awake when this begins stays awake.
 *
 * Errors: ENODEV no such function; EBUSY it keeps one already; EINVAL @asleep.
 */
struct p2p_test_sleep {
	struct p2p_test_function function;
	__u32 asleep;
	__u32 reserved;
};

/**
 * enum p2p_test_memory_type - how the memory at an address is mapped
 * @P2P_TEST_MEMORY_NONE: no page is, now
 * @P2P_TEST_MEMORY_UNCACHED: as pgprot_noncached() has it
 * @P2P_TEST_MEMORY_WRITE_COMBINED: as pgprot_writecombine() has it
 * @P2P_TEST_MEMORY_OTHER: otherwise
 */
enum p2p_test_memory_type {
	P2P_TEST_MEMORY_NONE = 0,
	P2P_TEST_MEMORY_UNCACHED = 1,
	P2P_TEST_MEMORY_WRITE_COMBINED = 2,
	P2P_TEST_MEMORY_OTHER = 3,
};

/**
 * struct p2p_test_memory - look into the caller's page table
 * @address: in: of a page, which is in no huge page
 * @type: out: enum p2p_test_memory_type
 * @reserved: out: as it was
 *
 * It does not matter whose file is asked.
 *
 * Errors: EFAULT nothing is mapped at that address, or it is no page's; ENOMEM.
 */
struct p2p_test_memory {
	__aligned_u64 address;
	__u32 type;
	__u32 reserved;
};

/**
 * struct p2p_test_pin - pin the caller's memory for long, as for DMA
 * @address: in: of a page
 * @length: in: in bytes, whole pages, up to P2P_TEST_PIN_MAX
 *
 * For writing, until P2P_TEST_UNPIN or the file is closed.
 *
 * Errors: EBUSY the file has some pinned; EINVAL; ENOMEM; EFAULT and others of
 * pin_user_pages().
 */
struct p2p_test_pin {
	__aligned_u64 address;
	__aligned_u64 length;
};

#define P2P_TEST_PIN_MAX	(64ull << 20)

/**
 * struct p2p_test_page_ref - take or give back a reference of a struct page
 * @address: in: physical address of the page
 * @change: in: 1 takes one, -1 gives back one that may never have been taken
 * @reserved: in: zero
 *
 * Errors: ENXIO there is no page; EINVAL @change.
 */
struct p2p_test_page_ref {
	__aligned_u64 address;
	__s32 change;
	__u32 reserved;
};

#define P2P_TEST_ATTACH	_IOWR(P2P_TEST_IOC_MAGIC, 0x00, struct p2p_test_attach)
#define P2P_TEST_DETACH	_IOW(P2P_TEST_IOC_MAGIC, 0x01, struct p2p_test_handle)
#define P2P_TEST_MAP	_IOW(P2P_TEST_IOC_MAGIC, 0x02, struct p2p_test_map)
#define P2P_TEST_UNMAP	_IOW(P2P_TEST_IOC_MAGIC, 0x03, struct p2p_test_handle)
#define P2P_TEST_SIGNAL	_IOW(P2P_TEST_IOC_MAGIC, 0x04, struct p2p_test_handle)
#define P2P_TEST_DMA	_IOW(P2P_TEST_IOC_MAGIC, 0x05, struct p2p_test_dma)
#define P2P_TEST_RAW_DMA \
	_IOW(P2P_TEST_IOC_MAGIC, 0x06, struct p2p_test_raw_dma)
#define P2P_TEST_STAT	_IOWR(P2P_TEST_IOC_MAGIC, 0x07, struct p2p_test_stat)
#define P2P_TEST_SG	_IOWR(P2P_TEST_IOC_MAGIC, 0x08, struct p2p_test_sg)
#define P2P_TEST_EVENTS	_IOR(P2P_TEST_IOC_MAGIC, 0x09, struct p2p_test_events)
#define P2P_TEST_DISTANCE \
	_IOWR(P2P_TEST_IOC_MAGIC, 0x0a, struct p2p_test_distance)
#define P2P_TEST_SLEEP	_IOW(P2P_TEST_IOC_MAGIC, 0x0b, struct p2p_test_sleep)
#define P2P_TEST_MEMORY	_IOWR(P2P_TEST_IOC_MAGIC, 0x0c, struct p2p_test_memory)
#define P2P_TEST_PIN_MEMORY	_IOW(P2P_TEST_IOC_MAGIC, 0x0d, struct p2p_test_pin)
#define P2P_TEST_UNPIN	_IO(P2P_TEST_IOC_MAGIC, 0x0e)
#define P2P_TEST_PAGE_REF \
	_IOW(P2P_TEST_IOC_MAGIC, 0x0f, struct p2p_test_page_ref)

/*
 * As P2P_TEST_PIN_MEMORY, but the number is of the type that iommufd and vfio have: by that
 * VFIO_P2P_REGISTER_IOMMU knows who may pin, also on kernels without iommufd.
 */
#define P2P_TEST_PIN_AS_IOMMUFD	_IOW(';', 0x0d, struct p2p_test_pin)

/*
 * p2p_test_variant: on the fd of a vfio device bound to that driver, returns 1
 * if the device still has the driver's own vfio_device_ops, else 0.
 */
#define P2P_TEST_VARIANT_OWN_OPS	_IO(P2P_TEST_IOC_MAGIC, 0x40)

#endif /* _P2P_TEST_IMPORTER_H */
