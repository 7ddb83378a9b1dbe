// SPDX-License-Identifier: GPL-2.0-only
/*
 * All events at once on a slot of two functions, against two importers; and a
 * model of what must hold, whatever the order.
 *
 * While the threads run: no mapping is made while memory decode is off, and what
 * an importer writes by a mapping of one generation never arrives in the next.
 * A generation ends when the config write that turns memory decode off has
 * returned: then no mapping is left, and none is made before decode is on again.
 * An importer notes the generation after it has mapped, so that whatever it
 * writes with that number goes through a mapping that is at least as old.
 *
 * When they are parked: access is possible exactly if the device decodes memory;
 * bytes arrive where they belong, and nowhere else; an address from before a
 * revoke leads nowhere.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crew.h"
#include "env.h"
#include "kmod.h"
#include "scene.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

#define EXPORTER	"SLOT_NVME"
#define SIBLING		"SLOT_IVSHMEM"

/* How long, unless the kernel argument rig.race_seconds= says otherwise */
#define DEFAULT_SECONDS	"15"

/* Between two looks at the model */
#define ROUND_MS	3000

#define SLICE		4096
#define IMPORTERS	2

/* Each importer's slice, with one that belongs to nobody around each */
#define SLICE_OF(i)	((2ul * (i) + 1) * SLICE)
#define WATCHED		((2ul * IMPORTERS + 1) * SLICE)

/* One DMA: all words are the same, and say who wrote them and when. */
#define WORDS		16
#define OWNER		0x80000000u
#define GUARD		0x60a4d000u
#define POISON		0x00dead00u

/**
 * struct user - an importer and its dma-buf
 * @imp: the importer
 * @index: of its slice
 * @fd: the dma-buf, or -1
 * @handle: its attachment, or -1
 * @rounds: to vary what it does
 */
struct user {
	struct importer imp;
	int index;
	int fd;
	int handle;
	unsigned int rounds;
};

static struct crew crew = CREW_INIT;
static struct scene scene = {
	.dev.fd = -1,
	.imp.fd = -1,
	.control = -1,
};

static struct user users[IMPORTERS];

/* Counted by the owner; odd phases are those without memory decode. */
static unsigned int generation = 1;
static unsigned int phase;

/* Maps that succeeded */
static unsigned int maps;

static unsigned int load(const unsigned int *value)
{
	return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

static void advance(unsigned int *value)
{
	__atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

static volatile __u32 *word_at(size_t offset)
{
	return (volatile __u32 *)(scene.bar + offset);
}

static void tell(struct crew *crew, int ret, const char *what)
{
	if (ret)
		crew_fail(crew, "%s: %s", what, strerror(-ret));
}

/* Written by an importer in a generation that is over? */
static bool is_stale(__u32 value, unsigned int now)
{
	/* Device memory that is being reset reads as one of these. */
	if (value == 0 || value == ~0u)
		return false;

	return !(value & OWNER) && value < now;
}

/* Until it stays: a reset may swallow a write. */
static bool mark(volatile __u32 *word, unsigned int now)
{
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		__u32 value;

		*word = OWNER | now;
		value = *word;
		if (value == (OWNER | now))
			return true;
		sched_yield();
	}

	return false;
}

static void watch_slice(struct crew *crew, int index, unsigned int now)
{
	volatile __u32 *word = word_at(SLICE_OF(index));
	const long long end = crew_clock() + 30;
	__u32 value;

	if (!mark(word, now))
		return;

	while (crew_clock() < end) {
		value = *word;
		if (is_stale(value, now))
			crew_fail(crew, "importer %d wrote %u in generation %u",
				  index, value, now);
	}
}

/* The only one that turns memory decode off, and knows when it is. */
static void do_owner(struct crew *crew, void *context)
{
	int i;

	tell(crew, vfio_config_set_memory(&scene.dev, false), "decode off");
	advance(&phase);
	advance(&generation);
	sched_yield();
	advance(&phase);
	tell(crew, vfio_config_set_memory(&scene.dev, true), "decode on");
	for (i = 0; i < IMPORTERS; i++)
		watch_slice(crew, i, load(&generation));

	if (load(&generation) % 4)
		return;
	tell(crew, vfio_config_set_power(&scene.dev, 3), "D3hot");
	sched_yield();
	tell(crew, vfio_config_set_power(&scene.dev, 0), "D0");
}

/* Let the importers get through between two resets, or wait no longer. */
static void wait_for_maps(void)
{
	const unsigned int enough = load(&maps) + 20;
	const long long end = crew_clock() + 300;

	while (load(&maps) < enough && crew_clock() < end)
		sched_yield();
}

static bool reset_may_fail(int ret)
{
	/* Another reset is under way, or a file of the slot is being closed. */
	return ret == -EAGAIN || ret == -EBUSY;
}

static void do_function_reset(struct crew *crew, void *context)
{
	static unsigned int rounds;
	int ret;

	wait_for_maps();
	ret = rounds++ % 2 ? vfio_dev_reset(&scene.dev) :
			     vfio_config_pcie_flr(&scene.dev);
	if (!reset_may_fail(ret))
		tell(crew, ret, "function reset");
}

static void do_slot_reset(struct crew *crew, void *context)
{
	static unsigned int rounds;
	int ret;

	wait_for_maps();
	if (rounds++ % 2) {
		ret = pci_reset(scene.dev.bdf);
		tell(crew, ret, "sysfs reset");
		return;
	}
	ret = vfio_dev_hot_reset(&scene.dev, &scene.dev.group->fd, 1);
	/* ENOTTY: the port found its link down; QEMU's does now and then. */
	if (!reset_may_fail(ret) && ret != -ENOTTY)
		tell(crew, ret, "hot reset");
}

/* Attach anew, to a new dma-buf, if there is none. */
static bool user_attach(struct crew *crew, struct user *user)
{
	if (user->handle >= 0)
		return true;

	if (user->fd < 0)
		user->fd = vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR,
						      SLICE_OF(user->index),
						      SLICE);
	if (user->fd < 0) {
		tell(crew, user->fd, "export");
		return false;
	}

	user->handle = importer_attach(&user->imp, user->fd, P2P_TEST_DYNAMIC);
	if (user->handle < 0 && user->handle != -ENODEV)
		tell(crew, user->handle, "attach");

	return user->handle >= 0;
}

static void user_detach(struct user *user)
{
	if (user->rounds % 2)
		close(user->fd);
	if (user->handle >= 0)
		importer_detach(&user->imp, user->handle);
	if (!(user->rounds % 2))
		close(user->fd);
	user->fd = -1;
	user->handle = -1;
}

static bool user_map(struct crew *crew, struct user *user)
{
	const unsigned int before = load(&phase);
	int ret = importer_map(&user->imp, user->handle,
			       P2P_TEST_BIDIRECTIONAL);

	if (!ret && before % 2 && before == load(&phase))
		crew_fail(crew, "importer %d mapped without memory decode",
			  user->index);
	if (!ret)
		advance(&maps);
	else if (ret != -ENODEV && ret != -EALREADY)
		tell(crew, ret, "map");

	return !ret || ret == -EALREADY;
}

static int user_write(struct user *user, __u32 value)
{
	__u32 data[WORDS];
	int i;

	for (i = 0; i < WORDS; i++)
		data[i] = value;

	return importer_write(&user->imp, user->handle, 0, data, sizeof(data));
}

static void do_user(struct crew *crew, void *context)
{
	struct user *user = context;
	int ret;

	user->rounds++;
	if (!user_attach(crew, user) || !user_map(crew, user))
		return;

	if (user->rounds % 3 == 0) {
		ret = user_write(user, load(&generation));
		if (ret != -ESTALE && ret != -ENXIO)
			tell(crew, ret, "DMA");
	}
	if (user->rounds % 4 == 0) {
		ret = importer_unmap(&user->imp, user->handle);
		if (ret != -ENXIO)
			tell(crew, ret, "unmap");
	}
	if (user->rounds % 7 == 0)
		user_detach(user);
}

/* The other function comes and goes, with a dma-buf of its own. */
static void do_sibling(struct crew *crew, void *context)
{
	struct vfio_dev dev;
	int fd, handle, ret;

	ret = vfio_dev_open_in(&dev, scene.dev.container, context);
	if (ret) {
		/* An open resets the function, too. */
		if (!reset_may_fail(ret))
			tell(crew, ret, "open of the sibling");
		return;
	}
	vfio_config_set_memory(&dev, true);
	fd = vfio_feature_dma_buf_range(dev.fd, SCENE_BAR, 0, SLICE);
	if (fd < 0) {
		tell(crew, fd, "export of the sibling");
		vfio_dev_close(&dev);
		return;
	}
	handle = importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC);
	if (handle >= 0)
		importer_map(&scene.imp, handle, P2P_TEST_FROM_DEVICE);
	vfio_dev_close(&dev);
	if (importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC) != -ENODEV)
		crew_fail(crew, "a closed device left more than a shell");
	if (handle >= 0)
		importer_detach(&scene.imp, handle);
	close(fd);
}

/* From here on: the model, while everybody is parked. */

static bool is_mapped(struct user *user)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&user->imp, user->handle, &stat));

	return stat.flags & P2P_TEST_STAT_MAPPED;
}

static int map_both_ways(struct user *user)
{
	return importer_map(&user->imp, user->handle, P2P_TEST_BIDIRECTIONAL);
}

static void expect_access(void)
{
	struct user *user;
	int ret;

	for (user = users; user < users + IMPORTERS; user++) {
		assert_true(user_attach(&crew, user));
		ret = map_both_ways(user);
		if (ret != -EALREADY)
			assert_ok(ret);
		assert_true(is_mapped(user));
	}
}

static void expect_revoked(void)
{
	struct user *user;

	for (user = users; user < users + IMPORTERS; user++)
		assert_false(is_mapped(user));
}

static void expect_no_access(void)
{
	struct user *user;

	expect_revoked();
	for (user = users; user < users + IMPORTERS; user++)
		assert_errno(map_both_ways(user), ENODEV);
}

/* What the words of the watched memory have to be */
static __u32 expected_word(size_t offset, __u32 written)
{
	int i;

	for (i = 0; i < IMPORTERS; i++) {
		if (offset >= SLICE_OF(i) &&
		    offset < SLICE_OF(i) + WORDS * sizeof(__u32))
			return written + i;
	}

	return GUARD;
}

static void fill_memory(void)
{
	size_t offset;

	for (offset = 0; offset < WATCHED; offset += sizeof(__u32))
		*word_at(offset) = GUARD;
}

static void check_memory(__u32 written)
{
	size_t offset;

	for (offset = 0; offset < WATCHED; offset += sizeof(__u32)) {
		__u32 value = *word_at(offset);

		if (value == expected_word(offset, written))
			continue;
		fail_msg("%#x at %#zx of the BAR, not %#x", value, offset,
			 expected_word(offset, written));
	}
}

static void look_up_addresses(__u64 *addresses)
{
	struct p2p_test_sg_entry entry;
	int i;

	for (i = 0; i < IMPORTERS; i++) {
		assert_int_equal(importer_sg(&users[i].imp, users[i].handle,
					     &entry, 1), 1);
		addresses[i] = entry.dma_address;
	}
}

/* DMA to where the mappings were, while the device would take it */
static void expect_dead_addresses(const __u64 *addresses, __u32 written)
{
	__u32 data[WORDS];
	int i;

	for (i = 0; i < WORDS; i++)
		data[i] = POISON;
	expect_revoked();
	for (i = 0; i < IMPORTERS; i++)
		assert_ok(importer_raw_write(&users[i].imp, addresses[i], data,
					     sizeof(data)));
	check_memory(written);
}

static void check_model(void)
{
	__u64 addresses[IMPORTERS];
	const __u32 written = OWNER | 0x1000;
	int i;

	assert_ok(vfio_config_set_power(&scene.dev, 0));
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	expect_access();

	fill_memory();
	for (i = 0; i < IMPORTERS; i++)
		assert_ok(user_write(&users[i], written + i));
	check_memory(written);
	look_up_addresses(addresses);

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	expect_no_access();
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	expect_dead_addresses(addresses, written);
	expect_access();

	assert_ok(vfio_config_set_power(&scene.dev, 3));
	expect_no_access();
	assert_ok(vfio_config_set_power(&scene.dev, 0));
	expect_revoked();
	expect_access();
	assert_ok(vfio_dev_reset(&scene.dev));
	expect_revoked();
	expect_access();
}

static int begin(void **state)
{
	int i;

	assert_ok(pci_bind(env_bdf_or_skip(SIBLING), "vfio-pci"));
	scene_open(&scene, EXPORTER, "IMPORTER_EDU0");
	for (i = 0; i < IMPORTERS; i++) {
		users[i] = (struct user) {
			.imp.fd = -1,
			.index = i,
			.fd = -1,
			.handle = -1,
		};
	}
	assert_ok(importer_open(&users[0].imp,
				env_bdf_or_skip("IMPORTER_EDU0")));
	assert_ok(importer_open(&users[1].imp,
				env_bdf_or_skip("IMPORTER_EDU1")));

	return 0;
}

static int end(void **state)
{
	int i;

	crew_stop(&crew);
	for (i = 0; i < IMPORTERS; i++) {
		importer_close(&users[i].imp);
		if (users[i].fd >= 0)
			close(users[i].fd);
	}
	scene_close(&scene);

	return module_unload(MODULE_UNDER_TEST);
}

static void test_everything(void **state)
{
	const int seconds = atoi(env_rig("race_seconds") ?: DEFAULT_SECONDS);
	const long long end = crew_clock() + seconds * 1000LL;

	check_model();
	crew_add(&crew, "owner", do_owner, NULL);
	crew_add(&crew, "function-reset", do_function_reset, NULL);
	crew_add(&crew, "slot-reset", do_slot_reset, NULL);
	crew_add(&crew, "user-0", do_user, &users[0]);
	crew_add(&crew, "user-1", do_user, &users[1]);
	crew_add(&crew, "sibling", do_sibling,
		 (void *)env_bdf_or_skip(SIBLING));

	while (crew_clock() < end) {
		crew_work(&crew, ROUND_MS);
		crew_park(&crew);
		crew_check(&crew);
		check_model();
		crew_resume(&crew);
	}
	crew_stop(&crew);
	crew_check(&crew);
	assert_true(module_refcount(MODULE_UNDER_TEST) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_everything, begin, end),
	};

	return tap_run(tests, NULL, NULL);
}
