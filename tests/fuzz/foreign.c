// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "array.h"
#include "foreign.h"
#include "foreign_fd.h"
#include "tap.h"
#include "world.h"

/* Those of the world, and numbers of no file */
#define MORE_KINDS	8

static int *fds;

void foreign_open(void)
{
	unsigned int i;

	if (fds)
		return;
	fds = calloc(nr_foreign_fds, sizeof(*fds));
	assert_non_null(fds);
	for (i = 0; i < nr_foreign_fds; i++)
		fds[i] = foreign_fds[i].make();
}

int foreign_fd_pick(__u32 choice, int *answer)
{
	static const int none[] = { -1, -2, 999, 0x7fffffff, -2147483647 };
	__u32 kind = choice % (nr_foreign_fds + MORE_KINDS);
	struct buffer *buf = buffer_pick(choice);

	*answer = -EINVAL;
	if (kind < nr_foreign_fds && fds[kind] >= 0)
		return fds[kind];
	if (kind == nr_foreign_fds)
		return world.control;
	if (kind == nr_foreign_fds + 1)
		return world.importers[0].fd;
	if (kind <= nr_foreign_fds + 3 && buf)
		return buf->fd;
	*answer = -EBADF;
	return none[choice % ARRAY_SIZE(none)];
}
