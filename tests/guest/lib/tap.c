// SPDX-License-Identifier: GPL-2.0-only
/* cmocka with the headers it wants, and what main() does in all test programs. */
#include <stdio.h>
#include <string.h>

#include "tap.h"

void tap_begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
}

long _assert_ok(long value, const char *what, const char *file, int line)
{
	if (value < 0) {
		print_error("%s: %s (%ld)\n", what, strerror((int)-value),
			    value);
		_fail(file, line);
	}

	return value;
}

void _assert_errno(long value, int err, const char *what, const char *name,
		   const char *file, int line)
{
	if (value == -err)
		return;

	if (value < 0)
		print_error("%s: %s (%ld), not %s\n", what,
			    strerror((int)-value), value, name);
	else
		print_error("%s: success (%ld), not %s\n", what, value, name);
	_fail(file, line);
}
