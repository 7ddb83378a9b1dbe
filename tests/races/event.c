// SPDX-License-Identifier: GPL-2.0-only
/* Events that take access back, and what must hold once they are over. */
#include "event.h"
#include "user.h"

/* An attachment that did not go away meanwhile; ATTACHED was read before. */
static bool stat_of(struct user *user, unsigned int attached, int function,
		    struct p2p_test_stat *stat)
{
	if (!user_is_attached(attached) || user->function != function)
		return false;
	if (importer_stat(&user->imp, user->handle, stat))
		return false;
	return load(&user->attached) == attached;
}

static void look_before(struct user *user, int function, struct mapped *before)
{
	const unsigned int attached = load(&user->attached);
	struct p2p_test_stat stat;

	*before = (struct mapped) {
		.number = load(&user->mapped[function]),
	};
	if (!stat_of(user, attached, function, &stat) ||
	    !(stat.flags & P2P_TEST_STAT_MAPPED))
		return;
	before->attached = attached;
	before->maps = stat.maps;
}

void event_begin(struct event *event, unsigned int functions)
{
	int f, u;

	event->functions = functions;
	for (f = 0; f < RACE_FUNCTIONS; f++)
		for (u = 0; u < RACE_USERS; u++)
			look_before(&users[u], f, &event->before[f][u]);
}

static void expect_unmapped(struct actor *actor, struct user *user,
			    int function, const struct mapped *before)
{
	struct p2p_test_stat stat;

	if (load(&user->attached) != before->attached ||
	    !stat_of(user, before->attached, function, &stat))
		return;
	if (stat.unmaps < before->maps)
		crew_fail(&race.crew,
			  "%s left user %d its mapping of function %d (flavour %d, %llu maps, %llu unmaps)",
			  actor->name, user->index, function, user->flavour,
			  before->maps, stat.unmaps);
}

/* Mappings of the function up to this number are gone. */
static void bury(struct user *user, int function, unsigned int number)
{
	pthread_mutex_lock(&user->watch_lock);
	if (number > user->buried[function])
		user->buried[function] = number;
	pthread_mutex_unlock(&user->watch_lock);
}

/*
 * What stood there when the word was marked is gone with it: a number that was
 * buried before that has been written after the mark.
 */
static void watch(struct actor *actor, struct user *user, int function)
{
	volatile __u32 *word = user_word(user, function);
	__u32 mark, value;

	pthread_mutex_lock(&user->watch_lock);
	value = *word;
	if (race_kind(value) == RACE_STAMP(user->index, function) &&
	    (value & RACE_NUMBER) <= user->marked[function])
		crew_fail(&race.crew,
			  "user %d wrote by mapping %u of function %d after %u was taken (seen by %s)",
			  user->index, value & RACE_NUMBER, function,
			  user->marked[function], actor->name);

	mark = RACE_MARK | (user->buried[function] & RACE_NUMBER);
	*word = mark;
	/* A function that is being reset swallows it. */
	value = *word;
	if (value == mark)
		user->marked[function] = user->buried[function];
	pthread_mutex_unlock(&user->watch_lock);
}

void event_watch(struct actor *actor, struct user *user)
{
	int f;

	for (f = 0; f < RACE_FUNCTIONS; f++)
		watch(actor, user, f);
}

void event_watch_all(struct actor *actor)
{
	int u;

	for (u = 0; u < RACE_USERS; u++)
		event_watch(actor, &users[u]);
}

void event_end(struct actor *actor, const struct event *event)
{
	int f, u;

	for (f = 0; f < RACE_FUNCTIONS; f++) {
		if (!(event->functions & 1u << f))
			continue;
		for (u = 0; u < RACE_USERS; u++) {
			const struct mapped *before = &event->before[f][u];

			if (before->attached)
				expect_unmapped(actor, &users[u], f, before);
			bury(&users[u], f, before->number);
		}
	}
	event_watch_all(actor);
}
