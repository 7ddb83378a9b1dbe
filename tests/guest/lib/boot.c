// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "boot.h"
#include "tap.h"

bool boot_clears_memory(void)
{
	FILE *log = fopen("/tmp/boot-messages", "r");
	bool found = false, clears = false;
	char line[1024];

	assert_non_null(log);
	while (!found && fgets(line, sizeof(line), log)) {
		found = strstr(line, "mem auto-init: stack");
		clears = strstr(line, "heap alloc:on") ||
			 strstr(line, "heap free:on");
	}
	fclose(log);
	assert_true(found);
	return clears;
}
