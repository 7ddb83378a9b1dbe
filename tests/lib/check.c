// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

void expect_error(int ret, const struct vfio_p2p_error *error, int errnum,
		  enum vfio_p2p_cause cause, const char *words)
{
	size_t length = strnlen(error->text, sizeof(error->text));

	if (!strstr(error->text, words))
		fail_msg("\"%s\" has no \"%s\"", error->text, words);
	if (ret != -errnum || error->errnum != errnum)
		fail_msg("%d, errno %d and not %d: %s", ret, error->errnum,
			 errnum, error->text);
	if (error->cause != cause)
		fail_msg("cause %s and not %s: %s",
			 vfio_p2p_cause_name(error->cause),
			 vfio_p2p_cause_name(cause), error->text);
	assert_in_range(length, 10, sizeof(error->text) - 2);
	assert_false(strchr(".\n", error->text[length - 1]));
	assert_int_equal(fake.opened, 0);
}
