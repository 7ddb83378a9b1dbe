/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An NVMe drive driven from user space through vfio: the least that it takes,
 * with the submission queue of I/O commands in the controller memory buffer (CMB)
 * of the drive, where a peer can write to it.  For little-endian machines.
 *
 * Functions return 0, a negative errno, or the positive status of a command that
 * the drive has refused.
 */
#ifndef NVME_USER_H
#define NVME_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define NVME_PAGE	4096

/* Entries of each queue; a submission queue fills a page. */
#define NVME_DEPTH	64

/* Host memory that a drive takes: three queues, and a page of data */
#define NVME_HOST_SIZE	(4 * NVME_PAGE)
#define NVME_HOST_DATA	(3 * NVME_PAGE)

/* Of BAR 0: registers, and behind them a page of doorbells */
#define NVME_BAR0_SIZE	(2 * NVME_PAGE)
#define NVME_DOORBELLS	NVME_PAGE

#define NVME_LIMIT_MS	60000

enum { NVME_WRITE = 1, NVME_READ = 2 };

/* An entry of a submission queue */
struct nvme_command {
	__u8 opcode;
	__u8 flags;
	__u16 id;
	__u32 nsid;
	__u64 reserved[2];
	__u64 prp[2];
	__u32 dword[6];		/* 10 to 15 */
};

/* An entry of a completion queue; bit 0 of the status is the phase. */
struct nvme_completion {
	__u32 result;
	__u32 reserved;
	__u16 sq_head;
	__u16 sq_id;
	__u16 id;
	__u16 status;
};

struct nvme_queue {
	volatile __u32 *sq;
	volatile struct nvme_completion *cq;
	volatile __u32 *sq_doorbell;
	volatile __u32 *cq_doorbell;
	unsigned int tail;
	unsigned int head;
	unsigned int phase;
};

/**
 * struct nvme - a drive
 * @device: fd of the vfio device
 * @container: fd of the type 1 container that it is in
 * @event: eventfd of the interrupt of I/O completions
 * @regs: BAR 0, registers and doorbells
 * @host: memory of this process that the drive reaches at @host_iova; its last
 *	page is for the caller
 * @host_iova: see above; NVME_HOST_SIZE bytes
 * @cmb: the CMB, mapped
 * @cmb_bar: the BAR that it is
 * @cmb_size: in bytes
 * @cmb_address: what means the CMB in addresses that the drive is given
 * @admin: queues of admin commands, both in host memory
 * @io: queues of I/O commands: submissions at the beginning of the CMB,
 *	completions in host memory
 * @block_size: of namespace 1, in bytes
 * @blocks: how many there are
 */
struct nvme {
	int device;
	int container;
	int event;
	volatile __u32 *regs;
	char *host;
	__u64 host_iova;
	char *cmb;
	unsigned int cmb_bar;
	__u64 cmb_size;
	__u64 cmb_address;
	struct nvme_queue admin;
	struct nvme_queue io;
	unsigned int block_size;
	__u64 blocks;
};

/* Both addresses are free ones of the drive's IOMMU domain. */
int nvme_open(struct nvme *nvme, int container, int device, __u64 host_iova,
	      __u64 cmb_address);
void nvme_close(struct nvme *nvme);

/* From whatever state, also after a reset, to one that serves I/O commands */
int nvme_start(struct nvme *nvme);
int nvme_stop(struct nvme *nvme);

/* A read or write of blocks, at most a page of them, at a page-aligned address */
void nvme_fill(struct nvme_command *command, __u8 opcode, __u16 id, __u64 block,
	       unsigned int blocks, __u64 address);

/* An entry at the tail of a queue, which moves; then the drive is told of it. */
void nvme_put(struct nvme_queue *queue, const struct nvme_command *command);
void nvme_ring(struct nvme_queue *queue);

/* The status and the id of the next completion; -EAGAIN if there is none */
int nvme_complete(struct nvme_queue *queue, __u16 *id);

/* Until an interrupt of I/O completions, one or more of them */
int nvme_wait(struct nvme *nvme);

/* Where the doorbell of I/O submissions is in the page of doorbells */
unsigned int nvme_sq_doorbell(const struct nvme *nvme);

/* nvme_queue.c and nvme_vfio.c, for nvme_user.c */
void nvme_queue_init(struct nvme *nvme, struct nvme_queue *queue,
		     unsigned int id, void *sq, void *cq);
void nvme_drain(struct nvme *nvme);
int nvme_vfio_map_bar(struct nvme *nvme, unsigned int bar, size_t size,
		      void **map);
int nvme_vfio_enable(struct nvme *nvme);
int nvme_vfio_interrupts(struct nvme *nvme, bool on);
int nvme_vfio_map_host(struct nvme *nvme);
void nvme_vfio_unmap_host(struct nvme *nvme);

#endif /* NVME_USER_H */
