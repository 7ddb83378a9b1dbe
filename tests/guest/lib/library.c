// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "library.h"
#include "tap.h"

struct vfio_p2p_error said;

int assert_done(int ret)
{
	if (ret < 0)
		fail_msg("%s (%d)", said.text, ret);
	return ret;
}

void expect_error(int ret, int errnum, enum vfio_p2p_cause cause,
		  const char *words)
{
	if (ret >= 0)
		fail_msg("%d is no failure", ret);
	print_message("%s\n", said.text);
	if (ret != -errnum || said.errnum != errnum || said.cause != cause ||
	    !strstr(said.text, words))
		fail_msg("%d, %s: %s", ret, vfio_p2p_cause_name(said.cause),
			 said.text);
}

void expect_cause(int ret, int errnum, enum vfio_p2p_cause cause)
{
	expect_error(ret, errnum, cause, "");
}
