/* SPDX-License-Identifier: GPL-2.0-only */
/* The importers of a race. */
#ifndef RACE_USER_H
#define RACE_USER_H

#include "event.h"
#include "world.h"

/* One DMA: all words are the same. */
#define RACE_WORDS	16

/**
 * struct user - an importer and its dma-buf
 * @imp: the importer
 * @index: of its slices
 * @roams: takes dma-bufs of either function
 * @function: of its dma-buf
 * @fd: the dma-buf, or -1; another actor may close it
 * @fd_lock: protects @fd
 * @ended: of the function, when it made the dma-buf
 * @handle: the attachment, valid while attached
 * @flavour: of the attachment
 * @attached: odd while it is, and never the same again
 * @number: of its latest mapping, or try to map
 * @mapped: by function, number of its latest mapping there
 * @buried: by function, up to this one they have been taken away
 * @marked: by function, @buried when the word was last marked
 * @watch_lock: protects both
 * @writes: DMA writes that succeeded
 */
struct user {
	struct importer imp;
	int index;
	bool roams;
	int function;
	int fd;
	pthread_mutex_t fd_lock;
	unsigned int ended;
	int handle;
	enum p2p_test_flavour flavour;
	unsigned int attached;
	unsigned int number;
	unsigned int mapped[RACE_FUNCTIONS];
	unsigned int buried[RACE_FUNCTIONS];
	unsigned int marked[RACE_FUNCTIONS];
	pthread_mutex_t watch_lock;
	unsigned long writes;
};

extern struct user users[RACE_USERS];

void users_open(void);
void users_close(void);

static inline bool user_is_attached(unsigned int attached)
{
	return attached % 2;
}

/* The first word of its slice */
volatile __u32 *user_word(const struct user *user, int function);

/* The memory that it writes by DMA */
int user_write(struct user *user, __u32 value);

/* One after the other, as far as each is not done yet; 0 or an errno */
int user_export(struct user *user, struct rng *rng);
int user_attach(struct user *user, enum p2p_test_flavour flavour);
void user_detach(struct user *user);
/* Close its dma-buf; false if there is none */
bool user_drop(struct user *user);

/* One round of an importer */
void do_map(struct crew *crew, void *context);

#endif /* RACE_USER_H */
