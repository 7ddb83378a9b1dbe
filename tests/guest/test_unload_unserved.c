// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module goes while a function is reset that it does not serve, but hears of,
 * since others of the same driver are served; and meanwhile the last of these is
 * unbound.
 */
#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "crew.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "pending.h"
#include "sysfs.h"
#include "tap.h"

#define VARIANT		"p2p-test-variant"
#define UNSERVED	"EXPORTER_NVME"
#define SERVED		"EXPORTER_IVSHMEM"

#define ROUNDS		10

/* How often the unbind has to meet an unload that waits */
#define MET_AT_LEAST	3

/* A few resets, and the unload itself */
#define UNLOAD_MS	10000

#define WAITS_IN	"p2p_reset_hooks_stop"

static struct crew crew = CREW_INIT;
static struct pending unload;

/* A reset has ended. */
static sem_t ended;

static int teardown(void **state)
{
	crew_stop(&crew);
	pending_finish(&unload);
	pci_unbind(env_bdf_or_skip(SERVED));
	pci_unbind(env_bdf_or_skip(UNSERVED));
	module_unload(MODULE_VARIANT);

	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

static void do_reset(struct crew *crew, void *context)
{
	int ret = pci_reset(context);

	if (ret)
		crew_fail(crew, "reset: %d", ret);
	sem_post(&ended);
}

/* One that has begun since, so that another is under way */
static void wait_for_resets(void)
{
	while (!sem_trywait(&ended))
		;
	sem_wait(&ended);
}

static int do_unload(const char *name)
{
	return module_unload(name);
}

static bool stack_has(const char *tid, const char *function)
{
	char path[64], stack[4096];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%.16s/stack", tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	length = fread(stack, 1, sizeof(stack) - 1, file);
	fclose(file);
	stack[length] = '\0';

	return strstr(stack, function);
}

/* Does a thread of ours wait in that function? */
static bool anyone_in(const char *function)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *entry;
	bool found = false;

	assert_non_null(dir);
	while (!found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' &&
			stack_has(entry->d_name, function);
	closedir(dir);

	return found;
}

/* Returns whether it was seen to wait before it was over. */
static bool wait_until_it_waits(void)
{
	int ret;

	while ((ret = pending_wait(&unload, 0)) == -ETIMEDOUT)
		if (anyone_in(WAITS_IN))
			return true;
	assert_ok(ret);
	return false;
}

static bool one_round(void)
{
	bool met;

	/* The module hears of all that begin later. */
	crew_park(&crew);
	assert_ok(pci_bind(env_bdf_or_skip(SERVED), VARIANT));
	assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	crew_resume(&crew);
	wait_for_resets();
	pending_start(&unload, do_unload, MODULE_UNDER_TEST);
	met = wait_until_it_waits();
	assert_ok(pci_unbind(env_bdf_or_skip(SERVED)));
	if (met)
		assert_ok(pending_wait(&unload, UNLOAD_MS));

	return met;
}

static void test_last_served_unbound(void **state)
{
	const char *unserved = env_bdf_or_skip(UNSERVED);
	unsigned int i, met = 0;
	char params[64];

	native_skip();
	assert_false(sem_init(&ended, 0, 0));
	snprintf(params, sizeof(params), "own=ioctl only=%s", unserved);
	assert_ok(module_load(MODULE_VARIANT, params));
	assert_ok(pci_bind(unserved, VARIANT));
	crew_add(&crew, "reset-a", do_reset, (void *)unserved);
	crew_add(&crew, "reset-b", do_reset, (void *)unserved);
	for (i = 0; i < ROUNDS && !crew_failed(&crew); i++)
		met += one_round();
	crew_stop(&crew);
	crew_check(&crew);
	print_message("%u of %u unloads were met while they waited\n", met,
		      ROUNDS);
	assert_true(met >= MET_AT_LEAST);
}

static int setup(void **state)
{
	/* Ask the module while nothing depends on whether it is loaded. */
	native_there();

	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_last_served_unbound, teardown),
	};

	return tap_run(tests, setup, NULL);
}
