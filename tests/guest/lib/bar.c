// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "bar.h"
#include "sysfs.h"
#include "tap.h"

/* Each BAR has a line of start, end and flags. */
__u64 pci_bar_start(const char *bdf, int bar)
{
	char text[1024], *line = text;
	__u64 start;

	assert_ok(pci_attr_read(bdf, "resource", text, sizeof(text)));
	while (bar--)
		line += strcspn(line, "\n") + 1;
	start = strtoull(line, NULL, 16);
	assert_int_not_equal(start, 0);

	return start;
}
