// SPDX-License-Identifier: GPL-2.0-only
/* What races with the importers. */
#include <errno.h>
#include <sched.h>

#include "actors.h"
#include "env.h"
#include "event.h"
#include "kmod.h"
#include "pending.h"
#include "sysfs.h"
#include "user.h"
#include "vfio_config.h"
#include "vfio_reset.h"

/* Between two events the others are to get on by so much. */
#define SOME_HITS	6

/* Once in so many rounds an actor leaves the device as it has made it. */
#define LEAVE_ONE_IN	4

/* Tries to unload the module, between two times that it waits for the others */
#define UNLOAD_TRIES	20

static struct function *some_function(struct actor *actor)
{
	/* More often the first, which one importer always uses */
	return &race.functions[rng_below(&actor->rng, 4) == 0];
}

/* The device, or the module, is on its way out or gone. */
static bool export_may_fail(int ret)
{
	return (ret == -ENODEV && (race.unbinds || race.unloads)) ||
	       (ret == -ENOTTY && race.unloads);
}

/* An export that nobody else knows; it may be a shell soon. */
static int export_some(struct actor *actor, struct function *function)
{
	int fd;

	if (!function_enter(function))
		return -ENODEV;
	fd = function_export(function, RACE_SPARE, &actor->rng);
	function_leave(function);
	if (fd < 0 && !export_may_fail(fd))
		tell(actor, fd, "export");
	return fd;
}

static void ask_route(struct actor *actor, struct function *function)
{
	int ret;

	if (!function_enter(function))
		return;
	ret = function_route(function, env_bdf("IMPORTER_EDU0"));
	function_leave(function);
	if (ret && !export_may_fail(ret))
		tell(actor, ret, "route");
}

/* -ENODEV at any step: access was taken away. */
static int attach_and_map(struct actor *actor, int fd,
			  enum p2p_test_flavour flavour)
{
	int handle, ret;

	handle = importer_attach(&actor->imp, fd, flavour);
	if (handle < 0) {
		if (handle != -ENODEV)
			tell(actor, handle, "attach");
		return handle;
	}
	ret = importer_map(&actor->imp, handle, P2P_TEST_BIDIRECTIONAL);
	if (ret && ret != -ENODEV)
		tell(actor, ret, "map");
	return handle;
}

void do_export(struct crew *crew, void *context)
{
	struct actor *actor = context;
	const unsigned int choice = rng_below(&actor->rng, 4);
	int fd, handle = -1;

	actor->rounds++;
	if (choice == 1)
		ask_route(actor, some_function(actor));
	fd = export_some(actor, some_function(actor));
	if (fd < 0) {
		wait_for_hits(1);
		return;
	}
	if (choice)
		handle = attach_and_map(actor, fd, P2P_TEST_DYNAMIC);
	/* The last reference goes with the fd, or with the attachment. */
	if (choice % 2)
		dmabuf_close(fd);
	if (handle >= 0)
		tell(actor, importer_detach(&actor->imp, handle), "detach");
	if (!(choice % 2))
		dmabuf_close(fd);
	hit(actor);
}

/* EAGAIN: another reset is under way; EBUSY: somebody closes the device. */
static bool reset_may_fail(int ret)
{
	return ret == -EAGAIN || ret == -EBUSY;
}

static void end_reset(struct actor *actor, const struct event *event, int ret,
		      const char *what)
{
	if (!ret) {
		event_end(actor, event);
		hit(actor);
	} else if (!reset_may_fail(ret)) {
		tell(actor, ret, what);
	}
}

static void reset_by_sysfs(struct actor *actor, struct function *function)
{
	struct event event;
	int ret;

	pthread_mutex_lock(&race.saved_lock);
	/* It would wait for a close, which waits for this. */
	if (!function->leaving) {
		event_begin(&event, EVENT_OF(function));
		ret = pci_reset(function->bdf);
		end_reset(actor, &event, ret, "reset by sysfs");
	}
	pthread_mutex_unlock(&race.saved_lock);
}

static void reset_by_ioctl(struct actor *actor, struct function *function)
{
	struct event event;

	if (!function_enter(function))
		return;
	event_begin(&event, EVENT_OF(function));
	end_reset(actor, &event, vfio_dev_reset(&function->dev), "reset");
	function_leave(function);
}

/* If another reset is under way then this is none, and does not say so. */
static void reset_by_flr(struct actor *actor, struct function *function)
{
	if (!function_enter(function))
		return;
	tell(actor, vfio_config_pcie_flr(&function->dev), "FLR");
	function_leave(function);
	hit(actor);
}

void do_reset(struct crew *crew, void *context)
{
	struct actor *actor = context;
	struct function *function = &race.functions[0];

	actor->rounds++;
	wait_for_hits(SOME_HITS);
	switch (rng_below(&actor->rng, 4)) {
	case 0:
		reset_by_sysfs(actor, function);
		break;
	case 1:
		reset_by_flr(actor, function);
		break;
	default:
		reset_by_ioctl(actor, function);
	}
}

static bool hot_reset_may_fail(int ret)
{
	/* QEMU's port finds its link down now and then. */
	if (ret == -ENOTTY)
		return true;

	/* The other function is in no driver's hands. */
	return reset_may_fail(ret) || (race.unbinds && ret == -EINVAL);
}

void do_hot_reset(struct crew *crew, void *context)
{
	struct actor *actor = context;
	struct function *function = some_function(actor);
	struct event event;
	int ret;

	actor->rounds++;
	wait_for_hits(SOME_HITS);
	if (!function_enter(function))
		return;
	event_begin(&event, EVENT_OF_ALL);
	ret = vfio_dev_hot_reset(&function->dev, &function->dev.group->fd, 1);
	if (!hot_reset_may_fail(ret))
		end_reset(actor, &event, ret, "hot reset");
	function_leave(function);
}

/* Decode is off: what is exported now can't even be attached. */
static void try_while_off(struct actor *actor, struct function *function)
{
	int fd = function_export(function, RACE_SPARE, &actor->rng);
	int ret;

	if (fd < 0) {
		if (!export_may_fail(fd))
			tell(actor, fd, "export");
		return;
	}
	ret = importer_attach(&actor->imp, fd, P2P_TEST_DYNAMIC);
	if (ret != -ENODEV)
		crew_fail(&race.crew, "attached without memory decode: %d",
			  ret);
	if (ret >= 0)
		importer_detach(&actor->imp, ret);
	dmabuf_close(fd);
}

static void memory_off_and_on(struct actor *actor, struct function *function)
{
	struct event event;

	if (function->memory) {
		event_begin(&event, EVENT_OF(function));
		tell(actor, function_set_memory(function, false), "decode off");
		event_end(actor, &event);
		try_while_off(actor, function);
		hit(actor);
		if (!rng_below(&actor->rng, LEAVE_ONE_IN))
			return;
	}
	tell(actor, function_set_memory(function, true), "decode on");
	event_watch_all(actor);
}

/* A reset may wake it up at any time. */
static void sleep_and_wake(struct actor *actor, struct function *function)
{
	struct event event;

	pthread_mutex_lock(&race.saved_lock);
	event_begin(&event, EVENT_OF(function));
	tell(actor, vfio_config_set_power(&function->dev, 3), "D3hot");
	event_end(actor, &event);
	sched_yield();
	tell(actor, vfio_config_set_power(&function->dev, 0), "D0");
	pthread_mutex_unlock(&race.saved_lock);
	event_watch_all(actor);
	hit(actor);
}

void do_command(struct crew *crew, void *context)
{
	struct actor *actor = context;
	struct function *function = some_function(actor);

	actor->rounds++;
	wait_for_hits(SOME_HITS / 2);
	if (!function_enter(function))
		return;
	pthread_mutex_lock(&race.command_lock);
	/* Only the first has power states. */
	if (function == race.functions && !rng_below(&actor->rng, 5))
		sleep_and_wake(actor, function);
	else
		memory_off_and_on(actor, function);
	pthread_mutex_unlock(&race.command_lock);
	function_leave(function);
}

/* A dma-buf of a device that is closed now, and perhaps a mapping of it */
static void expect_shell(struct actor *actor, int fd, int handle)
{
	struct p2p_test_stat stat;

	if (importer_attach(&actor->imp, fd, P2P_TEST_DYNAMIC) != -ENODEV)
		crew_fail(&race.crew, "%s: attached a shell", actor->name);
	if (handle < 0)
		return;
	tell(actor, importer_stat(&actor->imp, handle, &stat), "stat");
	if (stat.flags & P2P_TEST_STAT_MAPPED)
		crew_fail(&race.crew, "%s: a close left a mapping",
			  actor->name);
	if (importer_map(&actor->imp, handle, P2P_TEST_BIDIRECTIONAL) !=
	    -ENODEV)
		crew_fail(&race.crew, "%s: mapped a shell", actor->name);
}

/* With the lock held for writing; the function is open. */
static void close_and_check(struct actor *actor, struct function *function)
{
	struct event event;

	event_begin(&event, EVENT_OF(function));
	function_close(function);
	event_end(actor, &event);
}

/* Another actor unbinds it; it has begun before an open that meets it. */
static bool is_leaving(struct function *function)
{
	bool leaving;

	pthread_mutex_lock(&race.saved_lock);
	leaving = function->leaving;
	pthread_mutex_unlock(&race.saved_lock);
	return leaving;
}

static void try_open(struct actor *actor, struct function *function)
{
	int ret = function_open(function);

	if (reset_may_fail(ret) || (race.unbinds && ret == -ENODEV))
		return;
	/* With the last function of a group goes its node. */
	if (ret == -ENOENT && is_leaving(function))
		return;
	tell(actor, ret, "open");
}

static void close_open(struct actor *actor, struct function *function)
{
	int fd = function_export(function, RACE_SPARE, &actor->rng);
	int handle = -1;

	if (fd >= 0)
		handle = attach_and_map(actor, fd, P2P_TEST_LATE);
	else if (!export_may_fail(fd))
		tell(actor, fd, "export");
	close_and_check(actor, function);
	hit(actor);
	if (fd < 0)
		return;

	expect_shell(actor, fd, handle);
	if (handle >= 0)
		tell(actor, importer_detach(&actor->imp, handle), "detach");
	dmabuf_close(fd);
}

void do_close(struct crew *crew, void *context)
{
	struct actor *actor = context;
	struct function *function = some_function(actor);
	const bool leave = !rng_below(&actor->rng, LEAVE_ONE_IN);

	actor->rounds++;
	wait_for_hits(SOME_HITS);
	pthread_rwlock_wrlock(&function->lock);
	if (function->dev.fd >= 0)
		close_open(actor, function);
	if (function->bound && !leave)
		try_open(actor, function);
	pthread_rwlock_unlock(&function->lock);
	event_watch_all(actor);
}

static void bind_again(struct actor *actor, struct function *function)
{
	tell(actor, pci_bind(function->bdf, "vfio-pci"), "bind");
	function->bound = true;
	try_open(actor, function);
}

static void set_leaving(struct function *function, bool leaving)
{
	pthread_mutex_lock(&race.saved_lock);
	function->leaving = leaving;
	pthread_mutex_unlock(&race.saved_lock);
}

/* Ask for the device, as an administrator does, while its owner uses it. */
static void start_unbind(struct pending *call, struct function *function)
{
	set_leaving(function, true);
	if (!function_enter(function)) {
		pending_start(call, pci_unbind, function->bdf);
		return;
	}
	pending_start_unbind(call, pci_unbind, &function->dev);
	function_leave(function);
}

void do_unbind(struct crew *crew, void *context)
{
	struct actor *actor = context;
	struct function *function = some_function(actor);
	const bool leave = !rng_below(&actor->rng, LEAVE_ONE_IN);
	struct pending call = {};

	actor->rounds++;
	wait_for_hits(SOME_HITS);
	/* Nobody else changes it. */
	if (function->bound)
		start_unbind(&call, function);

	pthread_rwlock_wrlock(&function->lock);
	if (function->dev.fd >= 0)
		close_and_check(actor, function);
	if (function->bound) {
		pending_finish(&call);
		tell(actor, call.ret, "unbind");
		set_leaving(function, false);
		function->bound = false;
		hit(actor);
	}
	if (!leave)
		bind_again(actor, function);
	pthread_rwlock_unlock(&function->lock);
	event_watch_all(actor);
}

void do_dmabuf_close(struct crew *crew, void *context)
{
	struct actor *actor = context;
	struct user *user = &users[rng_below(&actor->rng, RACE_USERS)];

	actor->rounds++;
	wait_for_hits(1 + rng_below(&actor->rng, 3));
	if (user_drop(user))
		hit(actor);
}

static void load_again(struct actor *actor)
{
	pthread_mutex_lock(&race.command_lock);
	tell(actor, module_load(MODULE_UNDER_TEST, NULL), "load");
	pthread_mutex_unlock(&race.command_lock);
}

/* False if it was refused */
static bool try_unload(struct actor *actor)
{
	const unsigned int changes = load(&race.alive_changes);
	const bool alive = load(&race.alive);
	int ret;

	ret = module_unload(MODULE_UNDER_TEST);
	if (ret == -EWOULDBLOCK) {
		actor->refused++;
		return false;
	}
	tell(actor, ret, "unload");
	if (alive && changes == load(&race.alive_changes))
		crew_fail(&race.crew, "unloaded while there was a dma-buf");
	return true;
}

/* There are not many moments at which nobody has a dma-buf. */
void do_unload(struct crew *crew, void *context)
{
	struct actor *actor = context;
	int tries;

	actor->rounds++;
	for (tries = 0; tries < UNLOAD_TRIES; tries++) {
		if (try_unload(actor)) {
			hit(actor);
			wait_for_hits(1 + rng_below(&actor->rng, 3));
			load_again(actor);
			wait_for_hits(SOME_HITS);
			return;
		}
		sched_yield();
	}
	wait_for_hits(1);
}
