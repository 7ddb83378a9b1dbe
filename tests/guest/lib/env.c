// SPDX-License-Identifier: GPL-2.0-only
/* What the guest tells a test about its devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "sysfs.h"
#include "tap.h"

const char *env_bdf(const char *name)
{
	const char *bdf = getenv(name);

	return bdf && *bdf ? bdf : NULL;
}

const char *env_bdf_or_skip(const char *name)
{
	const char *bdf = env_bdf(name);

	if (!bdf) {
		print_message("no %s in this topology\n", name);
		skip();
	}

	return bdf;
}

const char *env_rig(const char *name)
{
	static char cmdline[4096];
	char key[64];
	char *value;

	if (sysfs_read("/proc/cmdline", cmdline, sizeof(cmdline)) < 0)
		return NULL;

	snprintf(key, sizeof(key), "rig.%s=", name);
	value = strstr(cmdline, key);
	if (!value)
		return NULL;

	value += strlen(key);
	value[strcspn(value, " ")] = '\0';

	return value;
}
