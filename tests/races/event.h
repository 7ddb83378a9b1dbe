/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events that take access back, and what must hold once they are over: no mapping
 * is left that there was before, and nothing that an importer writes through such
 * a mapping arrives any more.
 *
 * Each mapping has a number, which the importer writes through it.
 */
#ifndef RACE_EVENT_H
#define RACE_EVENT_H

#include "world.h"

/* What is written to a slice: the number of the mapping, or by who watches it */
#define RACE_STAMP(user, function)	(0x50000000u + \
					 ((user) * RACE_FUNCTIONS + (function)) * \
					 (RACE_NUMBER + 1))
#define RACE_MARK	0xa1000000u
#define RACE_NUMBER	0x00ffffffu

/* The same for all numbers: whose it is, and in which function */
static inline __u32 race_kind(__u32 word)
{
	return word & ~RACE_NUMBER;
}

struct user;

/**
 * struct mapped - a mapping there was before
 * @attached: of the user, see struct user; 0 for none
 * @maps: how many the attachment had until then
 * @number: of the user's latest mapping of that function
 */
struct mapped {
	unsigned int attached;
	__u64 maps;
	unsigned int number;
};

/**
 * struct event - one that is under way
 * @functions: that it concerns, a bit each
 * @before: the mappings there were
 */
struct event {
	unsigned int functions;
	struct mapped before[RACE_FUNCTIONS][RACE_USERS];
};

#define EVENT_OF(function)	(1u << ((function) - race.functions))
#define EVENT_OF_ALL		((1u << RACE_FUNCTIONS) - 1)

void event_begin(struct event *event, unsigned int functions);

/* It happened, and the call returned. */
void event_end(struct actor *actor, const struct event *event);

/* Look for what an importer has written too late. */
void event_watch(struct actor *actor, struct user *user);
void event_watch_all(struct actor *actor);

#endif /* RACE_EVENT_H */
