// SPDX-License-Identifier: GPL-2.0-only
/* How much memory there is, of all kinds. */
#include <stdio.h>
#include <string.h>

#include "meminfo.h"
#include "tap.h"

/* A line such as "Slab:   1234 kB" of /proc/meminfo */
long meminfo_kb(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[256], found[64];
	long kb, ret = -1;

	assert_non_null(file);
	while (ret < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63[^:]: %ld", found, &kb) == 2 &&
		    !strcmp(found, name))
			ret = kb;
	fclose(file);
	assert_true(ret >= 0);

	return ret;
}
