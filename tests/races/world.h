/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the actors of a race share: a slot of two functions, and two importers.
 *
 * Whoever uses the device fd of a function holds its lock for reading; who opens
 * or closes it, or unbinds it, for writing.  Importers and their dma-bufs need no
 * lock: what they meet is what the tests are about.
 */
#ifndef RACE_WORLD_H
#define RACE_WORLD_H

#include <pthread.h>
#include <stdbool.h>

#include "crew.h"
#include "importer.h"
#include "rng.h"
#include "vfio_dev.h"

#define RACE_FUNCTIONS	2
#define RACE_USERS	2

#define RACE_SLICE	4096

/* Each user's slice, with one that belongs to nobody around each */
#define RACE_SLICE_OF(user)	((2ul * (user) + 1) * RACE_SLICE)
/* Behind them one for dma-bufs of a moment, into which nobody writes */
#define RACE_SPARE		((2ul * RACE_USERS + 2) * RACE_SLICE)
#define RACE_WATCHED		((2ul * RACE_USERS + 4) * RACE_SLICE)

/**
 * struct actor - one thread of a race
 * @name: for messages
 * @rng: fixes what it chooses
 * @hits: rounds in which it got done what it is for
 * @rounds: all its rounds
 * @refused: unloads that were
 * @user: if it is an importer
 * @imp: of its own, for dma-bufs of a moment
 */
struct actor {
	const char *name;
	struct rng rng;
	unsigned long hits;
	unsigned long rounds;
	unsigned long refused;
	struct user *user;
	struct importer imp;
};

/**
 * struct function - a function of the slot
 * @bdf: its address
 * @bar: its memory, by sysfs: neither a close nor memory decode takes it away
 * @lock: see above
 * @dev: its fd is -1 while it is closed
 * @bound: to vfio-pci
 * @leaving: its unbind waits, with the device lock, for its close; protected by
 *	race.saved_lock
 * @memory: what was last written to PCI_COMMAND
 * @ended: times it was closed; dma-bufs from before are shells
 * @shut: reasons why nothing can be mapped right now, as far as an actor is sure
 * @changes: of @shut
 */
struct function {
	const char *bdf;
	volatile char *bar;
	pthread_rwlock_t lock;
	struct vfio_dev dev;
	bool bound;
	bool leaving;
	bool memory;
	unsigned int ended;
	unsigned int shut;
	unsigned int changes;
};

/**
 * struct race - the scene of a race
 * @crew: its threads
 * @functions: of the slot
 * @container: of both
 * @container_lock: protects it
 * @saved_lock: vfio's open, close and power states use the config space that the
 *	PCI core has saved, without the device lock, so that with a reset by sysfs
 *	beside them the BARs may be lost
 * @command_lock: only one writes PCI_COMMAND, and not while the module is loaded,
 *	which does not see calls that had begun before
 * @alive: dma-bufs of the module that somebody holds
 * @alive_changes: times that one was let go
 * @progress: hits of all
 * @progress_lock: protects it
 * @progressed: it did
 * @unbinds: one of the actors unbinds functions
 * @unloads: one of the actors unloads the module
 */
struct race {
	struct crew crew;
	struct function functions[RACE_FUNCTIONS];
	struct vfio_container container;
	pthread_mutex_t container_lock;
	pthread_mutex_t saved_lock;
	pthread_mutex_t command_lock;
	unsigned int alive;
	unsigned int alive_changes;
	unsigned long progress;
	pthread_mutex_t progress_lock;
	pthread_cond_t progressed;
	bool unbinds;
	bool unloads;
};

extern struct race race;

/* Fail the test if anything is wrong; world_close() is safe in any state. */
void world_open(void);
void world_close(void);

/* The actor got something done. */
void hit(struct actor *actor);

/* Wait until all actors together got so much done, but not for long. */
void wait_for_hits(unsigned long hits);

static inline unsigned int load(const unsigned int *value)
{
	return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

static inline void advance(unsigned int *value)
{
	__atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

/* Fails the race unless @ret is 0. */
void tell(struct actor *actor, int ret, const char *what);

/* With the lock held for reading; false, and the lock free, if it is closed */
bool function_enter(struct function *function);
void function_leave(struct function *function);

/* With the lock held for writing; -EAGAIN if a reset is in the way */
int function_open(struct function *function);
void function_close(struct function *function);

/* With the lock held, and race.command_lock, which all of these need */
int function_set_memory(struct function *function, bool on);

/*
 * Export, by the feature or by the misc device; -ENODEV if it is being unbound,
 * -ENOTTY if nobody serves it.  What is not the module's counts as the latter.
 */
int function_export(struct function *function, __u64 offset, struct rng *rng);
/* Ask for the route of an importer's DMA; as that, or -EXDEV if there is none */
int function_route(struct function *function, const char *importer);
void dmabuf_close(int fd);

#endif /* RACE_WORLD_H */
