// SPDX-License-Identifier: GPL-2.0-only
/*
 * The importers of a race.
 *
 * Some unmap when they are told, some a little later; others do DMA by the bare
 * address and unmap when that is done, with a fence or without.  A revoke has to
 * wait for all of them.
 */
#include <errno.h>
#include <string.h>

#include "array.h"
#include "env.h"
#include "kmod.h"
#include "user.h"

/* When there is nothing to map it waits to be told, but not for long. */
#define RETRY_MS	50
#define LATE_MS		5

struct user users[RACE_USERS];

static const enum p2p_test_flavour flavours[] = {
	P2P_TEST_DYNAMIC, P2P_TEST_DYNAMIC, P2P_TEST_LATE,
	P2P_TEST_IGNORE_NOTIFY, P2P_TEST_FENCE,
};

static struct function *function_of(const struct user *user)
{
	return &race.functions[user->function];
}

volatile __u32 *user_word(const struct user *user, int function)
{
	return (volatile __u32 *)(race.functions[function].bar +
				  RACE_SLICE_OF(user->index));
}

/* Of its own dma-buf; with the function open, if it returns true */
static bool enter_some_function(struct user *user, struct rng *rng)
{
	user->function = user->roams ? rng_below(rng, RACE_FUNCTIONS) : 0;
	return function_enter(function_of(user));
}

int user_export(struct user *user, struct rng *rng)
{
	int fd;

	if (user->fd >= 0)
		return 0;
	if (!enter_some_function(user, rng))
		return -ENODEV;
	user->ended = function_of(user)->ended;
	fd = function_export(function_of(user), RACE_SLICE_OF(user->index),
			     rng);
	function_leave(function_of(user));
	if (fd < 0)
		return fd;

	pthread_mutex_lock(&user->fd_lock);
	user->fd = fd;
	pthread_mutex_unlock(&user->fd_lock);
	return 0;
}

int user_attach(struct user *user, enum p2p_test_flavour flavour)
{
	int ret;

	if (user_is_attached(user->attached))
		return 0;

	/* Whoever closes the dma-buf must not leave its number to another file. */
	pthread_mutex_lock(&user->fd_lock);
	if (user->fd < 0)
		ret = -ENODEV;
	else if (flavour == P2P_TEST_LATE)
		ret = importer_attach_late(&user->imp, user->fd, LATE_MS);
	else
		ret = importer_attach(&user->imp, user->fd, flavour);
	pthread_mutex_unlock(&user->fd_lock);
	if (ret < 0)
		return ret;

	user->handle = ret;
	user->flavour = flavour;
	advance(&user->attached);
	return 0;
}

void user_detach(struct user *user)
{
	if (!user_is_attached(user->attached))
		return;
	advance(&user->attached);
	importer_detach(&user->imp, user->handle);
}

bool user_drop(struct user *user)
{
	int fd;

	pthread_mutex_lock(&user->fd_lock);
	fd = user->fd;
	user->fd = -1;
	pthread_mutex_unlock(&user->fd_lock);
	dmabuf_close(fd);
	return fd >= 0;
}

/* It does DMA by the bare address, so it must not keep its mapping for long. */
static bool is_slow(const struct user *user)
{
	return user->flavour == P2P_TEST_FENCE ||
	       user->flavour == P2P_TEST_IGNORE_NOTIFY;
}

/* 0, -EALREADY, or -ENODEV; whatever else fails the race */
static int map(struct actor *actor, struct user *user)
{
	struct function *function = function_of(user);
	const unsigned int changes = load(&function->changes);
	const bool is_shut = load(&function->shut);
	const bool is_shell = load(&function->ended) != user->ended;
	int ret;

	user->number++;
	ret = importer_map(&user->imp, user->handle, P2P_TEST_BIDIRECTIONAL);
	if (ret == -EALREADY || ret == -ENODEV)
		return ret;
	if (ret) {
		tell(actor, ret, "map");
		return ret;
	}

	if (is_shell)
		crew_fail(&race.crew, "user %d mapped a shell", user->index);
	if (is_shut && changes == load(&function->changes))
		crew_fail(&race.crew,
			  "user %d mapped function %d, which was shut",
			  user->index, user->function);
	__atomic_store_n(&user->mapped[user->function], user->number,
			 __ATOMIC_SEQ_CST);
	return 0;
}

static void fill(__u32 *data, __u32 value)
{
	int i;

	for (i = 0; i < RACE_WORDS; i++)
		data[i] = value;
}

int user_write(struct user *user, __u32 value)
{
	__u32 data[RACE_WORDS];

	fill(data, value);
	return importer_write(&user->imp, user->handle, 0, data, sizeof(data));
}

static __u32 stamp(const struct user *user)
{
	return RACE_STAMP(user->index, user->function) |
	       (user->mapped[user->function] & RACE_NUMBER);
}

/* The mapping may be gone; then nothing is written. */
static void write_by_mapping(struct actor *actor, struct user *user)
{
	int ret = user_write(user, stamp(user));

	if (!ret)
		user->writes++;
	else if (ret != -ESTALE && ret != -ENXIO)
		tell(actor, ret, "DMA");
}

/* Nobody but this thread unmaps it: it is there until the DMA is over. */
static void write_by_address(struct actor *actor, struct user *user)
{
	struct p2p_test_sg_entry entry;
	__u32 data[RACE_WORDS];
	int ret;

	ret = importer_sg(&user->imp, user->handle, &entry, 1);
	if (ret == 1) {
		fill(data, stamp(user));
		ret = importer_raw_write(&user->imp, entry.dma_address, data,
					 sizeof(data));
	} else if (ret >= 0) {
		ret = -ERANGE;
	}
	tell(actor, ret, "DMA by address");
	if (!ret)
		user->writes++;
	tell(actor, importer_unmap(&user->imp, user->handle), "unmap");
}

/* Until somebody says that something has changed */
static void wait_a_moment(struct user *user)
{
	importer_wait(&user->imp, P2P_TEST_EVENT_NOTIFY, RETRY_MS);
}

/* True if it is attached to a dma-buf; the fd of that may be closed. */
static bool get_attached(struct actor *actor, struct user *user)
{
	int ret;

	if (user_is_attached(user->attached))
		return true;

	ret = user_export(user, &actor->rng);
	if (ret == -ENODEV || (ret == -ENOTTY && race.unloads))
		return false;
	tell(actor, ret, "export");
	if (ret)
		return false;

	ret = user_attach(user,
			  flavours[rng_below(&actor->rng, ARRAY_SIZE(flavours))]);
	if (ret && ret != -ENODEV)
		tell(actor, ret, "attach");
	return !ret;
}

/* A revoke may have been faster. */
static void unmap(struct actor *actor, struct user *user)
{
	int ret = importer_unmap(&user->imp, user->handle);

	if (ret != -ENXIO)
		tell(actor, ret, "unmap");
}

static void use_mapping(struct actor *actor, struct user *user)
{
	const unsigned int choice = rng_below(&actor->rng, 16);

	if (is_slow(user) && choice < 6)
		write_by_address(actor, user);
	else if (choice < 1)
		write_by_mapping(actor, user);
	else if (is_slow(user) || choice < 8)
		unmap(actor, user);

	if (choice % 4 == 0)
		user_detach(user);
	if (choice % 8 == 0)
		user_drop(user);
}

void do_map(struct crew *crew, void *context)
{
	struct actor *actor = context;
	struct user *user = actor->user;
	int ret;

	actor->rounds++;
	if (!get_attached(actor, user)) {
		/* It may be a shell, and then it stays one. */
		user_drop(user);
		wait_a_moment(user);
		return;
	}
	ret = map(actor, user);
	if (ret && ret != -EALREADY) {
		if (load(&function_of(user)->ended) != user->ended) {
			user_detach(user);
			user_drop(user);
		}
		wait_a_moment(user);
		return;
	}
	if (!ret)
		hit(actor);
	use_mapping(actor, user);
	event_watch(actor, user);
}

static void user_open(struct user *user, int index, const char *importer)
{
	*user = (struct user) {
		.imp.fd = -1,
		.index = index,
		.roams = index > 0,
		.fd = -1,
		.fd_lock = PTHREAD_MUTEX_INITIALIZER,
		.watch_lock = PTHREAD_MUTEX_INITIALIZER,
	};
	assert_ok(importer_open(&user->imp, env_bdf_or_skip(importer)));
}

void users_open(void)
{
	assert_ok(module_ensure(MODULE_IMPORTER));
	user_open(&users[0], 0, "IMPORTER_EDU0");
	user_open(&users[1], 1, "IMPORTER_EDU1");
}

void users_close(void)
{
	struct user *user;

	for (user = users; user < users + RACE_USERS; user++) {
		importer_close(&user->imp);
		if (user->fd >= 0)
			dmabuf_close(user->fd);
		user->fd = -1;
	}
}
