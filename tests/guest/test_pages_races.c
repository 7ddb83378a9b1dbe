// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has pages of BARs, and who takes them, all at the same time.
 *
 * The actors share the two functions of a slot.  What must hold while they race:
 * - of what was ended, by UNREGISTER or a close, nothing can be touched or pinned
 * - nor while memory decode is off
 * - what can be touched is memory, and nobody else's: it reads as it was written,
 *   also by way of a pin
 * - nothing fails but for one of these reasons
 * Every other second all stop, and then access is possible exactly if what they did
 * last says so, and the pools know of no slices but those that are there.
 *
 * Kernel arguments: rig.race_seconds= for each race, rig.race_seed=.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "crew.h"
#include "env.h"
#include "kmod.h"
#include "kmsg.h"
#include "p2p.h"
#include "pages.h"
#include "rng.h"
#include "sysfs.h"
#include "tap.h"
#include "touch.h"
#include "vfio_config.h"
#include "vfio_reset.h"

#define PAGE		4096ul
#define BAR		2
#define FUNCTIONS	2

#define DEFAULT_SECONDS	"4"
#define QUIET_MS	2000

/* Less often than this an actor has not raced with anybody. */
#define FEW_HITS	3

/* Longer than this a race goes on only until all have had so many. */
#define PATIENCE_MS	60000

/* There are no pins that last, and so no such refusal. */
#define REFUSED		"refused: pages of a BAR are pinned"

#define TOUCHES		20

/* Of who finds a function closed */
#define IDLE_US		1000

/**
 * struct function - a function of the slot
 * @bdf: its address
 * @lock: who uses the fd has it for reading; who opens or closes, for writing
 * @dev: its fd is -1 while it is closed
 * @command: held to write PCI_COMMAND or the power state, and by resets that
 *	vfio does not know of
 * @memory: what was last written to PCI_COMMAND
 * @ending: odd while @ended may be about to change
 * @ended: registrations that are over
 * @shut: nothing can be touched right now, for sure
 * @changes: of @shut
 */
struct function {
	const char *bdf;
	pthread_rwlock_t lock;
	struct vfio_dev dev;
	pthread_mutex_t command;
	bool memory;
	unsigned int ending;
	unsigned int ended;
	unsigned int shut;
	unsigned int changes;
};

/**
 * struct slice - what a user has
 * @function: of it
 * @addr: its mapping, or NULL
 * @ended: of the function when it was handed out
 * @value: last written to it
 * @written: something was
 */
struct slice {
	struct function *function;
	char *addr;
	unsigned int ended;
	__u32 value;
	bool written;
};

enum kind {
	REGISTER,
	RESET,
	COMMAND,
	CLOSE,
	USE_0,
	USE_1,
	NR_KINDS,
};

/**
 * struct actor - one thread of a race
 * @name: for messages
 * @rng: fixes what it chooses
 * @hits: rounds in which it got done what it is for
 * @rounds: all of them
 * @stamp: last number that it wrote anywhere
 * @slice: if it is a user
 */
struct actor {
	const char *name;
	struct rng rng;
	unsigned long hits;
	unsigned long rounds;
	__u32 stamp;
	struct slice slice;
};

static struct crew crew = CREW_INIT;
static struct vfio_container container = { .fd = -1 };
static pthread_mutex_t container_lock = PTHREAD_MUTEX_INITIALIZER;
static struct function functions[FUNCTIONS];
static struct actor actors[NR_KINDS];
static int control = -1;
static int kmsg = -1;
static __u64 seed;

static unsigned int load(const unsigned int *value)
{
	return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

static void advance(unsigned int *value)
{
	__atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

static void tell(struct actor *actor, int ret, const char *what)
{
	if (ret < 0)
		crew_fail(&crew, "%s: %s: %s", actor->name, what,
			  strerror(-ret));
}

static struct function *some_function(struct actor *actor)
{
	return &functions[rng_below(&actor->rng, FUNCTIONS)];
}

/* With the lock held for reading; false, and the lock free, if it is closed */
static bool enter(struct function *function)
{
	pthread_rwlock_rdlock(&function->lock);
	if (function->dev.fd >= 0)
		return true;
	pthread_rwlock_unlock(&function->lock);
	usleep(IDLE_US);
	return false;
}

static void leave(struct function *function)
{
	pthread_rwlock_unlock(&function->lock);
}

static int set_memory(struct function *function, bool on)
{
	int ret;

	if (on && !function->memory) {
		advance(&function->changes);
		__atomic_store_n(&function->shut, 0, __ATOMIC_SEQ_CST);
	}
	ret = vfio_config_set_memory(&function->dev, on);
	if (!on && function->memory && !ret) {
		__atomic_store_n(&function->shut, 1, __ATOMIC_SEQ_CST);
		advance(&function->changes);
	}
	if (!ret)
		function->memory = on;
	return ret;
}

/* Pages that somebody had pinned at the close are gone soon. */
static int open_function(struct function *function)
{
	int ret;

	do {
		pthread_mutex_lock(&container_lock);
		ret = vfio_dev_open_in(&function->dev, &container,
				       function->bdf);
		pthread_mutex_unlock(&container_lock);
	} while (ret == -EBUSY && !crew_failed(&crew));
	if (ret)
		return ret;
	return set_memory(function, true);
}

/* With the lock held for writing */
static void close_function(struct function *function)
{
	advance(&function->ending);
	pthread_mutex_lock(&container_lock);
	vfio_dev_close(&function->dev);
	pthread_mutex_unlock(&container_lock);
	advance(&function->ended);
	advance(&function->ending);
	if (function->memory) {
		__atomic_store_n(&function->shut, 1, __ATOMIC_SEQ_CST);
		advance(&function->changes);
	}
	function->memory = false;
}

static void drop_slice(struct slice *slice)
{
	if (slice->addr)
		munmap(slice->addr, PAGE);
	*slice = (struct slice) {};
}

/* Unless the registration it is of may be ending right now */
static void map_slice(struct actor *actor, struct function *function, int fd,
		      unsigned int ending, unsigned int ended)
{
	void *addr = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);

	if (addr == MAP_FAILED) {
		tell(actor, -errno, "mmap");
		return;
	}
	if (ending % 2 || load(&function->ending) != ending) {
		munmap(addr, PAGE);
		return;
	}
	actor->slice = (struct slice) {
		.function = function,
		.addr = addr,
		.ended = ended,
	};
}

/* Somebody else may have registered it meanwhile. */
static void register_bar(struct actor *actor, struct function *function)
{
	int ret = pages_register(control, function->dev.fd, BAR, 0, 0);

	if (ret != -EBUSY)
		tell(actor, ret, "REGISTER");
}

static void take_slice(struct actor *actor)
{
	struct function *function = some_function(actor);
	unsigned int ending, ended;
	int fd;

	if (!enter(function))
		return;
	ending = load(&function->ending);
	ended = load(&function->ended);
	fd = pages_alloc(control, function->dev.fd, BAR, PAGE, NULL);
	if (fd == -ENOENT) {
		register_bar(actor, function);
	} else if (fd < 0) {
		tell(actor, fd, "ALLOC");
	} else {
		map_slice(actor, function, fd, ending, ended);
		close(fd);
	}
	leave(function);
}

/**
 * struct moment - what a touch may find
 * @dead: nothing, whatever happens meanwhile
 * @shut: nothing, if that stays so
 * @changes: of it
 */
struct moment {
	bool dead;
	bool shut;
	unsigned int changes;
};

static struct moment look(const struct slice *slice)
{
	const struct function *function = slice->function;
	struct moment moment;

	moment.changes = load(&function->changes);
	moment.shut = load(&function->shut);
	moment.dead = load(&function->ended) != slice->ended;
	return moment;
}

/* The touch that was made since that moment did reach something. */
static void check_reach(struct actor *actor, const struct moment *moment,
			const char *what)
{
	const struct function *function = actor->slice.function;

	if (moment->dead)
		crew_fail(&crew, "%s: %s what was taken for good",
			  actor->name, what);
	if (moment->shut && load(&function->changes) == moment->changes)
		crew_fail(&crew, "%s: %s without memory decode", actor->name,
			  what);
}

static bool touch_slice(struct actor *actor)
{
	struct slice *slice = &actor->slice;
	const struct moment moment = look(slice);
	__u32 value = ++actor->stamp, back;

	if (!touch_write(slice->addr, value)) {
		slice->value = value;
		slice->written = true;
		check_reach(actor, &moment, "wrote to");
	}
	if (touch_read(slice->addr, &back))
		return false;
	check_reach(actor, &moment, "read");
	if (slice->written && back != slice->value)
		crew_fail(&crew, "%s: %#x became %#x", actor->name,
			  slice->value, back);
	return true;
}

/* What is pinned stays where it is, and what it is. */
static void pin_slice(struct actor *actor)
{
	struct slice *slice = &actor->slice;
	const struct moment moment = look(slice);
	struct pin pin;
	__u32 back;

	if (pin_page(&pin, slice->addr))
		return;
	check_reach(actor, &moment, "pinned");
	if (read(pin.fds[0], &back, sizeof(back)) != sizeof(back))
		tell(actor, -errno, "read of a pinned page");
	else if (slice->written && back != slice->value)
		crew_fail(&crew, "%s: %#x became %#x while pinned",
			  actor->name, slice->value, back);
	pin_drop(&pin);
}

static void do_use(struct crew *unused, void *context)
{
	struct actor *actor = context;
	struct slice *slice = &actor->slice;
	unsigned int i;

	actor->rounds++;
	if (!slice->addr)
		take_slice(actor);
	if (!slice->addr)
		return;
	for (i = 0; i < TOUCHES; i++) {
		if (touch_slice(actor))
			actor->hits++;
		pin_slice(actor);
	}
	if (look(slice).dead || !rng_below(&actor->rng, 8))
		drop_slice(slice);
}

/* With the lock held for reading, and no other actor that does this */
static void unregister_bar(struct actor *actor, struct function *function)
{
	int ret;

	advance(&function->ending);
	ret = pages_unregister(control, function->dev.fd, BAR, 0);
	if (!ret)
		advance(&function->ended);
	advance(&function->ending);
	if (ret)
		tell(actor, ret, "UNREGISTER");
	else
		actor->hits++;
}

static void do_register(struct crew *unused, void *context)
{
	struct actor *actor = context;
	struct function *function = some_function(actor);
	struct vfio_p2p_pool pool;

	actor->rounds++;
	if (!enter(function))
		return;
	tell(actor, pages_pool(control, function->dev.fd, BAR, &pool), "POOL");
	if (pool.pools)
		unregister_bar(actor, function);
	else
		register_bar(actor, function);
	leave(function);
	usleep(rng_below(&actor->rng, 20000));
}

/*
 * Another reset is under way, or a close; QEMU's port may find its link down.  Only
 * the first function has a reset of its own.
 */
static void check_reset(struct actor *actor, int ret, const char *what)
{
	if (!ret)
		actor->hits++;
	else if (ret != -EAGAIN && ret != -EBUSY && ret != -ENOTTY)
		tell(actor, ret, what);
}

/* vfio does not know of it: nothing that it saves, too, may be changed. */
static int reset_by_sysfs(struct function *function)
{
	int ret;

	pthread_mutex_lock(&function->command);
	ret = pci_reset(function->bdf);
	pthread_mutex_unlock(&function->command);
	return ret;
}

static void do_reset(struct crew *unused, void *context)
{
	struct actor *actor = context;
	const unsigned int choice = rng_below(&actor->rng, 4);
	struct function *function = choice == 1 ? some_function(actor) :
						  functions;

	actor->rounds++;
	if (!enter(function))
		return;
	switch (choice) {
	case 0:
		check_reset(actor, reset_by_sysfs(function), "reset by sysfs");
		break;
	case 1:
		check_reset(actor,
			    vfio_dev_hot_reset(&function->dev,
					       &function->dev.group->fd, 1),
			    "hot reset");
		break;
	default:
		check_reset(actor, vfio_dev_reset(&function->dev), "reset");
	}
	leave(function);
	usleep(rng_below(&actor->rng, 5000));
}

/* A reset may wake it up at any time. */
static int sleep_and_wake(struct function *function)
{
	int ret = vfio_config_set_power(&function->dev, 3);

	return ret ? ret : vfio_config_set_power(&function->dev, 0);
}

static void do_command(struct crew *unused, void *context)
{
	struct actor *actor = context;
	struct function *function = some_function(actor);

	actor->rounds++;
	if (!enter(function))
		return;
	pthread_mutex_lock(&function->command);
	/* Only the first has power states. */
	if (function == functions && !rng_below(&actor->rng, 4))
		tell(actor, sleep_and_wake(function), "power state");
	else
		tell(actor, set_memory(function, !function->memory),
		     "memory decode");
	pthread_mutex_unlock(&function->command);
	leave(function);
	actor->hits++;
	usleep(rng_below(&actor->rng, 5000));
}

static void do_close(struct crew *unused, void *context)
{
	struct actor *actor = context;
	struct function *function = some_function(actor);

	actor->rounds++;
	pthread_rwlock_wrlock(&function->lock);
	pthread_mutex_lock(&function->command);
	if (function->dev.fd >= 0) {
		close_function(function);
		actor->hits++;
	}
	if (rng_below(&actor->rng, 4))
		tell(actor, open_function(function), "open");
	pthread_mutex_unlock(&function->command);
	pthread_rwlock_unlock(&function->lock);
	usleep(rng_below(&actor->rng, 20000));
}

static const struct {
	const char *name;
	crew_fn fn;
} kinds[NR_KINDS] = {
	[REGISTER]	= { "register", do_register },
	[RESET]		= { "reset", do_reset },
	[COMMAND]	= { "command", do_command },
	[CLOSE]		= { "close", do_close },
	[USE_0]		= { "use-0", do_use },
	[USE_1]		= { "use-1", do_use },
};

/* While all are parked */
static void check_slice(struct actor *actor)
{
	const struct slice *slice = &actor->slice;
	__u32 value;
	bool there;

	if (!slice->addr)
		return;
	there = slice->function->memory &&
		slice->function->ended == slice->ended;
	if (there)
		assert_true(touch_slice(actor));
	else
		assert_errno(touch_read(slice->addr, &value), EFAULT);
	crew_check(&crew);
}

static unsigned int count_slices(const struct function *function)
{
	unsigned int nr = 0, i;

	for (i = 0; i < NR_KINDS; i++)
		nr += actors[i].slice.addr &&
		      actors[i].slice.function == function &&
		      actors[i].slice.ended == function->ended;
	return nr;
}

static void check_function(struct function *function)
{
	struct vfio_p2p_pool pool;

	if (function->dev.fd < 0)
		return;
	assert_int_equal(vfio_config_memory_enabled(&function->dev),
			 function->memory);
	assert_ok(pages_pool(control, function->dev.fd, BAR, &pool));
	assert_int_equal(pool.slices, count_slices(function));
	assert_int_equal(pool.size - pool.free, pool.slices * PAGE);
}

static void quiet_point(void)
{
	unsigned int i;

	crew_park(&crew);
	crew_check(&crew);
	assert_false(kmsg_find(kmsg, REFUSED));
	for (i = 0; i < FUNCTIONS; i++)
		check_function(&functions[i]);
	for (i = 0; i < NR_KINDS; i++)
		check_slice(&actors[i]);
	crew_resume(&crew);
}

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

/* Each meets each other in one of them. */
static const struct cast casts[] = {
	{ "register", FOUR(REGISTER, COMMAND, USE_0, USE_1) },
	{ "reset", FOUR(REGISTER, RESET, COMMAND, USE_0) },
	{ "close", FOUR(RESET, CLOSE, USE_0, USE_1) },
	{ "owner", FOUR(REGISTER, COMMAND, CLOSE, USE_1) },
	{ "all", (1u << NR_KINDS) - 1 },
};

static bool has(const struct cast *cast, enum kind kind)
{
	return cast->actors & 1u << kind;
}

static void start(const struct cast *cast)
{
	enum kind kind;

	memset(actors, 0, sizeof(actors));
	for (kind = 0; kind < NR_KINDS; kind++) {
		struct actor *actor = &actors[kind];

		if (!has(cast, kind))
			continue;
		actor->name = kinds[kind].name;
		actor->stamp = (kind + 1) << 24;
		actor->rng.state = seed + (cast - casts) * NR_KINDS + kind;
		crew_add(&crew, actor->name, kinds[kind].fn, actor);
	}
}

static bool all_have_hits(const struct cast *cast)
{
	enum kind kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		if (has(cast, kind) && actors[kind].hits < FEW_HITS)
			return false;
	return true;
}

static void report(const struct cast *cast, unsigned int quiet_points)
{
	enum kind kind;

	printf("# %s: %u quiet points, hits:", cast->name, quiet_points);
	for (kind = 0; kind < NR_KINDS; kind++)
		if (has(cast, kind))
			printf(" %s %lu/%lu", actors[kind].name,
			       actors[kind].hits, actors[kind].rounds);
	printf("\n");
}

static void test_race(void **state)
{
	const struct cast *cast = *state;
	long long left = 1000ll * atol(env_rig("race_seconds") ?:
				       DEFAULT_SECONDS);
	unsigned int quiet_points = 0;
	long long begin;

	pages_skip(control);
	start(cast);
	while (left > 0 || (left > -PATIENCE_MS && !all_have_hits(cast))) {
		begin = crew_clock();
		crew_work(&crew, QUIET_MS);
		left -= crew_clock() - begin;
		quiet_point();
		quiet_points++;
	}
	crew_stop(&crew);
	crew_check(&crew);
	report(cast, quiet_points);
	assert_true(all_have_hits(cast));
}

static void begin_function(struct function *function, const char *name)
{
	*function = (struct function) {
		.bdf = env_bdf_or_skip(name),
		.dev.fd = -1,
		.command = PTHREAD_MUTEX_INITIALIZER,
		.shut = 1,
	};
	crew_init_lock(&function->lock);
	assert_ok(pci_bind(function->bdf, "vfio-pci"));
}

static int begin(void **state)
{
	unsigned int i;

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	begin_function(&functions[0], "SLOT_NVME");
	begin_function(&functions[1], "SLOT_IVSHMEM");
	assert_ok(vfio_container_open(&container));
	for (i = 0; i < FUNCTIONS; i++)
		assert_ok(open_function(&functions[i]));
	control = assert_ok(p2p_open());
	kmsg = assert_ok(kmsg_open());
	return 0;
}

static int end(void **state)
{
	unsigned int i;

	crew_stop(&crew);
	for (i = 0; i < NR_KINDS; i++)
		drop_slice(&actors[i].slice);
	for (i = 0; i < FUNCTIONS; i++) {
		vfio_dev_close(&functions[i].dev);
		pthread_rwlock_destroy(&functions[i].lock);
	}
	vfio_container_close(&container);
	close(control);
	close(kmsg);
	return module_unload(MODULE_UNDER_TEST);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(casts)];
	unsigned int i;

	tap_begin();
	seed = crew_seed();
	for (i = 0; i < ARRAY_SIZE(casts); i++)
		tests[i] = (struct CMUnitTest) {
			.name = casts[i].name,
			.test_func = test_race,
			.setup_func = begin,
			.teardown_func = end,
			.initial_state = (void *)&casts[i],
		};

	return _cmocka_run_group_tests("races of pages", tests,
				       ARRAY_SIZE(tests), NULL, NULL);
}
