/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of the test importer and what its files offer each other.
 *
 * Locks, outermost first:
 *   importer::unbind_sem	read by every call from user space, written by
 *				the unbind
 *   dma_buf::resv		everything about a mapping, DMA included
 *   edu::lock			the engine
 *   attachment::stat_lock, importer_file::event_lock	leaves
 * No user memory is touched while a reservation lock is held.
 */
#ifndef P2P_TEST_IMPORTER_INTERNAL_H
#define P2P_TEST_IMPORTER_INTERNAL_H

#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "p2p_test_importer.h"

struct edu;
struct pci_dev;

/**
 * struct importer - one device that imports
 * @ref: one by the driver that made it, one by each open file
 * @dev: the device that dma-bufs are attached to
 * @edu: its DMA engine, or NULL
 * @misc: the way in
 * @name: of @misc
 * @unbind_sem: see above
 * @gone: the device was unbound; @dev and @edu are no longer valid
 * @files_lock: protects @files
 * @files: open files
 */
struct importer {
	struct kref ref;
	struct device *dev;
	struct edu *edu;
	struct miscdevice misc;
	char name[48];
	struct rw_semaphore unbind_sem;
	bool gone;
	/* Protects the list of files */
	struct mutex files_lock;
	struct list_head files;
};

/**
 * struct importer_file - one open file
 * @importer: what it belongs to
 * @node: in &importer.files
 * @attachments: handle to &struct attachment
 * @event_lock: protects @events
 * @events: P2P_TEST_EVENT_* not yet taken
 * @wait: waiters for @events
 * @asleep: a function that is kept asleep, or NULL; changed atomically
 * @pin_lock: protects @pinned and @nr_pinned
 * @pinned: pages that are pinned, or NULL
 * @nr_pinned: how many
 */
struct importer_file {
	struct importer *importer;
	struct list_head node;
	struct xarray attachments;
	/* Protects events */
	spinlock_t event_lock;
	u32 events;
	wait_queue_head_t wait;
	struct pci_dev *asleep;
	/* Protects what is pinned */
	struct mutex pin_lock;
	struct page **pinned;
	unsigned long nr_pinned;
};

/**
 * struct attachment - one dma-buf attached to one importer
 * @ref: one by the table of handles, one by each call that uses it
 * @file: the file it belongs to; not valid once @dead
 * @flavour: enum p2p_test_flavour
 * @late_ms: delay of @late
 * @dmabuf: valid as long as the object
 * @attach: protected by the reservation lock; NULL once detached
 * @sgt: protected by the reservation lock; NULL if not mapped
 * @dir: direction of @sgt
 * @revoked: protected by the reservation lock; move_notify came since the last
 *	map
 * @pinned: we hold a pin of our own
 * @dead: protected by the reservation lock; being detached
 * @late: unmaps after move_notify
 * @stat_lock: protects @stat and @fence
 * @stat: as reported, except for its handle
 * @fence: the unsignalled fence of the mapping, or NULL
 */
struct attachment {
	struct kref ref;
	struct importer_file *file;
	u32 flavour;
	u32 late_ms;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	enum dma_data_direction dir;
	bool revoked;
	bool pinned;
	bool dead;
	struct delayed_work late;
	/* Protects stat and fence */
	spinlock_t stat_lock;
	struct p2p_test_stat stat;
	struct dma_fence *fence;
};

/* importer.c: the misc device */
struct importer *importer_create(struct device *dev, struct edu *edu,
				 const char *suffix);
void importer_destroy(struct importer *imp);
void importer_put(struct importer *imp);

/* file.c: open files and their ioctls */
extern const struct file_operations importer_fops;
void importer_file_event(struct importer_file *file, u32 events);
void importer_file_signal_all(struct importer_file *file);
void importer_file_detach_all(struct importer_file *file);

/* attachment.c: attach, map and what the exporter says */
struct attachment *attachment_create(struct importer_file *file,
				     const struct p2p_test_attach *arg);
void attachment_shutdown(struct attachment *att);
void attachment_put(struct attachment *att);
int attachment_map(struct attachment *att, u32 direction);
int attachment_unmap(struct attachment *att);
int attachment_signal(struct attachment *att);
void attachment_set_flags(struct attachment *att, u32 set, u32 clear);

/* transfer.c: what is done with a mapping */
int attachment_dma(struct attachment *att, struct edu *edu,
		   const struct p2p_test_dma *arg, void *buf);
int attachment_sg(struct attachment *att, struct p2p_test_sg_entry *entries,
		  u32 room, u32 *nents);

/* fence.c: fences that user space signals */
int attachment_fence_add(struct attachment *att);
void attachment_fence_signal(struct attachment *att);
void attachment_fence_forget(struct attachment *att);

/* distance.c: PCI functions and the paths between them */
struct pci_dev *importer_get_function(const struct p2p_test_function *function);
int importer_distance(struct p2p_test_distance *arg);

/* sleep.c: PCI functions that can't be woken up */
int importer_keep_asleep(struct importer_file *file,
			 const struct p2p_test_function *which);
void importer_let_wake(struct importer_file *file);

/* memory_type.c: page tables */
int importer_memory_type(struct p2p_test_memory *arg);

/* pin.c: who pins pages, and who counts them wrongly */
int importer_pin(struct importer_file *file, const struct p2p_test_pin *arg);
void importer_unpin(struct importer_file *file);
int importer_page_ref(const struct p2p_test_page_ref *arg);

/* edu_driver.c, nonpci.c: the devices */
int edu_driver_register(void);
void edu_driver_unregister(void);
int nonpci_register(void);
void nonpci_unregister(void);

#endif /* P2P_TEST_IMPORTER_INTERNAL_H */
