// SPDX-License-Identifier: GPL-2.0-only
/*
 * A minute of the fuzzer; see tests/fuzz/fuzz.c.  Kernel arguments change what
 * it does: rig.fuzz_seed=, rig.fuzz_count=, rig.fuzz_seconds=, rig.fuzz_renew=,
 * rig.fuzz_verbose=.
 */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "tap.h"

/* "--NAME VALUE" if the rig has the argument, or VALUE a default */
static int add_option(char **argv, const char *name, char *value, char *option)
{
	static char values[8][256];
	static int used;
	char rig[64];
	const char *wanted;

	snprintf(rig, sizeof(rig), "fuzz_%s", name);
	wanted = env_rig(rig) ?: value;
	if (!wanted)
		return 0;
	snprintf(values[used], sizeof(values[0]), "%s", wanted);
	argv[0] = option;
	argv[1] = values[used++];
	return 2;
}

static void run_fuzz(void)
{
	char *argv[16] = { "fuzz" };
	char path[PATH_MAX + 8] = "";
	int argc = 1;

	argc += add_option(argv + argc, "seed", NULL, "--seed");
	argc += add_option(argv + argc, "count", NULL, "--count");
	argc += add_option(argv + argc, "seconds", NULL, "--seconds");
	argc += add_option(argv + argc, "renew", NULL, "--renew");
	if (env_rig("fuzz_verbose"))
		argv[argc++] = "--verbose";

	if (readlink("/proc/self/exe", path, PATH_MAX) < 0)
		_exit(3);
	strcat(dirname(path), "/fuzz");
	execv(path, argv);
	_exit(3);
}

static void test_fuzz(void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		run_fuzz();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fuzz),
	};

	return tap_run(tests, NULL, NULL);
}
