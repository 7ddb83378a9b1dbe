// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four things at a time, until each has met each other; then all of them.
 *
 * Kernel arguments: rig.race_seconds= for each race, rig.race_seed= to have the
 * actors choose as in another run, rig.race_only= one race by its name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors.h"
#include "array.h"
#include "env.h"
#include "kmod.h"
#include "quiet.h"
#include "tap.h"
#include "user.h"

#define DEFAULT_SECONDS	"4"

/* Between two looks at the model */
#define QUIET_MS	3000

/* Less often than this an actor has not raced with anybody. */
#define FEW_HITS	3

/* Longer than this a race goes on only until all have had so many. */
#define PATIENCE_MS	60000

enum actor_kind {
	EXPORT,
	RESET,
	HOT_RESET,
	COMMAND,
	CLOSE,
	UNBIND,
	MAP_0,
	MAP_1,
	DMABUF_CLOSE,
	UNLOAD,
	NR_KINDS,
};

static const struct {
	const char *name;
	crew_fn fn;
} kinds[NR_KINDS] = {
	[EXPORT]	= { "export", do_export },
	[RESET]		= { "reset", do_reset },
	[HOT_RESET]	= { "hot-reset", do_hot_reset },
	[COMMAND]	= { "command", do_command },
	[CLOSE]		= { "close", do_close },
	[UNBIND]	= { "unbind", do_unbind },
	[MAP_0]		= { "map-0", do_map },
	[MAP_1]		= { "map-1", do_map },
	[DMABUF_CLOSE]	= { "close-dma-buf", do_dmabuf_close },
	[UNLOAD]	= { "unload", do_unload },
};

/**
 * struct cast - the actors of a race
 * @name: of the race
 * @actors: a bit each
 */
struct cast {
	const char *name;
	unsigned int actors;
};

#define FOUR(a, b, c, d)	(1u << (a) | 1u << (b) | 1u << (c) | 1u << (d))

/* test_pairs() sees to it that there is no pair that never meets. */
static const struct cast casts[] = {
	{ "unload", FOUR(RESET, UNBIND, MAP_0, UNLOAD) },
	{ "close", FOUR(RESET, CLOSE, MAP_1, DMABUF_CLOSE) },
	{ "export", FOUR(EXPORT, RESET, HOT_RESET, COMMAND) },
	{ "decode", FOUR(COMMAND, UNBIND, MAP_0, DMABUF_CLOSE) },
	{ "sibling", FOUR(HOT_RESET, CLOSE, UNBIND, MAP_0) },
	{ "owner", FOUR(EXPORT, COMMAND, CLOSE, UNLOAD) },
	{ "roaming", FOUR(HOT_RESET, MAP_1, DMABUF_CLOSE, UNLOAD) },
	{ "unbind", FOUR(EXPORT, UNBIND, MAP_0, MAP_1) },
	{ "dma-bufs", FOUR(EXPORT, COMMAND, MAP_1, DMABUF_CLOSE) },
	{ "all", (1u << NR_KINDS) - 1 },
};

static struct actor actors[NR_KINDS];

static __u64 seed;

static bool has(const struct cast *cast, enum actor_kind kind)
{
	return cast->actors & 1u << kind;
}

static long rig_number(const char *name, const char *otherwise)
{
	return atol(env_rig(name) ?: otherwise);
}

/* The threads choose independently of each other, and of the time. */
static void seed_actor(struct actor *actor, const struct cast *cast,
		       enum actor_kind kind)
{
	actor->rng.state = seed + (cast - casts) * NR_KINDS + kind;
	actor->rng.state = rng_next(&actor->rng);
}

static void add_actor(const struct cast *cast, enum actor_kind kind)
{
	struct actor *actor = &actors[kind];

	*actor = (struct actor) {
		.name = kinds[kind].name,
		.user = kind == MAP_0 ? &users[0] :
			kind == MAP_1 ? &users[1] : NULL,
	};
	seed_actor(actor, cast, kind);
	assert_ok(importer_open(&actor->imp,
				env_bdf_or_skip("IMPORTER_EDU0")));
	crew_add(&race.crew, actor->name, kinds[kind].fn, actor);
}

static void start(const struct cast *cast)
{
	int kind;

	race.unbinds = has(cast, UNBIND);
	race.unloads = has(cast, UNLOAD);
	for (kind = 0; kind < NR_KINDS; kind++)
		if (has(cast, kind))
			add_actor(cast, kind);
}

static bool has_hits(const struct actor *actor)
{
	return actor->hits >= FEW_HITS &&
	       (!actor->user || actor->user->writes >= FEW_HITS);
}

static bool all_have_hits(const struct cast *cast)
{
	int kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		if (has(cast, kind) && !has_hits(&actors[kind]))
			return false;
	return true;
}

static void report(const struct cast *cast, unsigned int quiet_points)
{
	int kind;

	printf("# %s: %u quiet points, hits:", cast->name, quiet_points);
	for (kind = 0; kind < NR_KINDS; kind++)
		if (has(cast, kind))
			printf(" %s %lu/%lu", actors[kind].name,
			       actors[kind].hits, actors[kind].rounds);
	if (has(cast, UNLOAD))
		printf(", refused %lu", actors[UNLOAD].refused);
	printf(", DMA %lu %lu\n", users[0].writes, users[1].writes);
}

static void quiet_point(void)
{
	crew_park(&race.crew);
	crew_check(&race.crew);
	quiet_check();
	crew_resume(&race.crew);
}

static void test_race(void **state)
{
	const struct cast *cast = *state;
	const long long ms = 1000ll * rig_number("race_seconds",
						 DEFAULT_SECONDS);
	long long left = ms;
	unsigned int quiet_points = 0;
	long long begin;

	quiet_check();
	start(cast);
	while (left > 0 || (left > -PATIENCE_MS && !all_have_hits(cast))) {
		begin = crew_clock();
		crew_work(&race.crew, QUIET_MS);
		left -= crew_clock() - begin;
		quiet_point();
		quiet_points++;
	}
	crew_stop(&race.crew);
	report(cast, quiet_points);
	assert_true(all_have_hits(cast));
}

static int begin(void **state)
{
	users_open();
	world_open();
	return 0;
}

static int end(void **state)
{
	int kind;

	crew_stop(&race.crew);
	for (kind = 0; kind < NR_KINDS; kind++)
		if (actors[kind].imp.fd > 0)
			importer_close(&actors[kind].imp);
	users_close();
	world_close();
	return module_unload(MODULE_UNDER_TEST);
}

/* Each of them meets each other in a race of four. */
static void test_pairs(void **state)
{
	const struct cast *cast;
	int a, b;

	for (a = 0; a < NR_KINDS; a++) {
		for (b = 0; b < a; b++) {
			for (cast = casts; cast->actors + 1 != 1u << NR_KINDS;
			     cast++)
				if (has(cast, a) && has(cast, b))
					break;
			if (cast->actors + 1 == 1u << NR_KINDS)
				fail_msg("%s never meets %s", kinds[a].name,
					 kinds[b].name);
		}
	}
}

static bool is_wanted(const struct cast *cast)
{
	const char *only = env_rig("race_only");

	return !only || !strcmp(only, cast->name);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(casts) + 1] = {
		cmocka_unit_test(test_pairs),
	};
	unsigned int i, nr = 1;

	tap_begin();
	seed = crew_seed();
	for (i = 0; i < ARRAY_SIZE(casts); i++) {
		if (!is_wanted(&casts[i]))
			continue;
		tests[nr++] = (struct CMUnitTest) {
			.name = casts[i].name,
			.test_func = test_race,
			.setup_func = begin,
			.teardown_func = end,
			.initial_state = (void *)&casts[i],
		};
	}

	return _cmocka_run_group_tests("races", tests, nr, NULL, NULL);
}
