// SPDX-License-Identifier: GPL-2.0-only
/* The model: what must hold while all actors are parked. */
#include <errno.h>
#include <unistd.h>

#include "array.h"
#include "kmod.h"
#include "memory.h"
#include "quiet.h"
#include "sysfs.h"
#include "user.h"
#include "vfio_config.h"
#include "vfio_reset.h"

/* Like a mark, so that nobody takes it for the number of a mapping */
#define POISON		0xa4000000u

/*
 * The module looks again at devices whose lock was held when it was loaded: they
 * are served after that, and exporters have access after that.
 */
#define SERVED_MS	30000
#define SERVED_POLL_US	20000

static struct function *function_of(const struct user *user)
{
	return &race.functions[user->function];
}

/* What the actors did last says whether the user's dma-buf can be mapped. */
static bool should_have_access(const struct user *user)
{
	const struct function *function = function_of(user);

	return function->dev.fd >= 0 && function->memory &&
	       function->ended == user->ended;
}

static bool is_mapped(struct user *user)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&user->imp, user->handle, &stat));
	return stat.flags & P2P_TEST_STAT_MAPPED;
}

static int map(struct user *user)
{
	int ret = importer_map(&user->imp, user->handle,
			       P2P_TEST_BIDIRECTIONAL);

	return ret == -EALREADY ? 0 : ret;
}

/* Again for as long as no event says that the module has come round to it */
static int until_served(int (*fn)(struct user *user), struct user *user)
{
	const long long end = crew_clock() + SERVED_MS;
	int ret;

	do {
		ret = fn(user);
		if (!race.unloads || (ret != -ENODEV && ret != -ENOTTY))
			break;
		usleep(SERVED_POLL_US);
	} while (crew_clock() < end);
	return ret;
}

static void expect_access(struct user *user)
{
	assert_ok(until_served(map, user));
	assert_true(is_mapped(user));
}

static void expect_no_access(struct user *user)
{
	assert_false(is_mapped(user));
	assert_errno(map(user), ENODEV);
}

/* As an importer that unmaps at once, so that nothing has to wait for it */
static int attach(struct user *user)
{
	return user_attach(user, P2P_TEST_DYNAMIC);
}

static void expect_as_modelled(struct user *user)
{
	const bool access = should_have_access(user);

	if (user_is_attached(user->attached)) {
		if (access)
			expect_access(user);
		else
			expect_no_access(user);
	}
	if (user->fd < 0)
		return;

	if (access) {
		user_detach(user);
		assert_ok(until_served(attach, user));
		expect_access(user);
	} else {
		assert_errno(importer_attach(&user->imp, user->fd,
					     P2P_TEST_DYNAMIC), ENODEV);
	}
}

static void open_all(void)
{
	struct function *function;

	if (race.unloads && !module_loaded(MODULE_UNDER_TEST))
		assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	for (function = race.functions;
	     function < race.functions + RACE_FUNCTIONS; function++) {
		if (!function->bound)
			assert_ok(pci_bind(function->bdf, "vfio-pci"));
		function->bound = true;
		if (function->dev.fd < 0)
			assert_ok(function_open(function));
		/* Also if a reset has put back what was written before */
		assert_ok(function_set_memory(function, true));
	}
	assert_ok(vfio_config_set_power(&race.functions[0].dev, 0));
}

static int export(struct user *user)
{
	static struct rng rng = { 1 };

	return user_export(user, &rng);
}

/* The same dma-buf as before, if there is one that is no shell */
static void renew(struct user *user)
{
	user_detach(user);
	if (function_of(user)->ended != user->ended)
		user_drop(user);
	assert_ok(until_served(export, user));
	assert_ok(until_served(attach, user));
}

/* Where the mappings are */
static void save_addresses(__u64 *addresses)
{
	struct p2p_test_sg_entry entry;
	struct user *user;

	for (user = users; user < users + RACE_USERS; user++) {
		assert_int_equal(importer_sg(&user->imp, user->handle, &entry,
					     1), 1);
		addresses[user->index] = entry.dma_address;
	}
}

static bool is_concerned(const struct user *user, unsigned int functions)
{
	return functions & EVENT_OF(function_of(user));
}

/* DMA to where the mappings were, while the device would take it */
static void expect_dead(const __u64 *addresses, unsigned int functions)
{
	__u32 data[RACE_WORDS];
	struct user *user;
	int i;

	for (i = 0; i < RACE_WORDS; i++)
		data[i] = POISON;
	for (user = users; user < users + RACE_USERS; user++) {
		assert_int_equal(is_mapped(user),
				 !is_concerned(user, functions));
		if (is_concerned(user, functions))
			assert_ok(importer_raw_write(&user->imp,
						     addresses[user->index],
						     data, sizeof(data)));
	}
	memory_check();
}

static bool decode_off_and_on(void)
{
	struct function *function;
	struct user *user;

	for (function = race.functions;
	     function < race.functions + RACE_FUNCTIONS; function++)
		assert_ok(function_set_memory(function, false));
	for (user = users; user < users + RACE_USERS; user++)
		expect_no_access(user);
	for (function = race.functions;
	     function < race.functions + RACE_FUNCTIONS; function++)
		assert_ok(function_set_memory(function, true));
	return true;
}

static bool reset(void)
{
	assert_ok(vfio_dev_reset(&race.functions[0].dev));
	return true;
}

/* QEMU's port does not always let it happen. */
static bool hot_reset(void)
{
	struct vfio_dev *dev = &race.functions[1].dev;
	int ret = vfio_dev_hot_reset(dev, &dev->group->fd, 1);

	if (ret != -ENOTTY)
		assert_ok(ret);
	return !ret;
}

static bool close_and_open(void)
{
	function_close(&race.functions[0]);
	assert_ok(function_open(&race.functions[0]));
	return true;
}

static bool unbind_and_bind(void)
{
	struct function *function = &race.functions[0];

	function_close(function);
	assert_ok(pci_unbind(function->bdf));
	assert_ok(pci_bind(function->bdf, "vfio-pci"));
	assert_ok(function_open(function));
	return true;
}

static const struct {
	/* Returns whether it happened. */
	bool (*event)(void);
	unsigned int functions;
} events[] = {
	{ decode_off_and_on, EVENT_OF_ALL },
	{ reset, 1 },
	{ hot_reset, EVENT_OF_ALL },
	{ close_and_open, 1 },
	{ unbind_and_bind, 1 },
};

static void map_again(void)
{
	struct user *user;

	for (user = users; user < users + RACE_USERS; user++) {
		if (function_of(user)->ended != user->ended)
			renew(user);
		expect_access(user);
	}
}

/* Each kind takes what concerns it, and no address of before leads anywhere. */
static void check_events(void)
{
	__u64 addresses[RACE_USERS];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		save_addresses(addresses);
		if (events[i].event())
			expect_dead(addresses, events[i].functions);
		map_again();
		memory_renew();
	}
}

/* Mappings that were made here end unseen by the race. */
static void forget_mappings(void)
{
	struct user *user;

	for (user = users; user < users + RACE_USERS; user++) {
		user_detach(user);
		/* Not every race has an actor for every user. */
		user_drop(user);
	}
}

void quiet_check(void)
{
	struct user *user;

	for (user = users; user < users + RACE_USERS; user++)
		expect_as_modelled(user);
	open_all();
	for (user = users; user < users + RACE_USERS; user++) {
		renew(user);
		expect_access(user);
	}
	memory_check_left();
	memory_renew();
	check_events();
	forget_mappings();
}
