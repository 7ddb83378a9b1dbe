// SPDX-License-Identifier: GPL-2.0-only
/* Memory that may be taken away at any moment. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

#include "touch.h"

/* Where a touch goes on if it raises SIGBUS */
struct way_out {
	sigjmp_buf place;
};

/* Of this thread, while it touches */
static __thread struct way_out *way_out;

static void caught(int number)
{
	if (!way_out)
		abort();
	siglongjmp(way_out->place, 1);
}

/* cmocka takes the signal before each test. */
static void catch_signal(void)
{
	struct sigaction action = { .sa_handler = caught };

	sigaction(SIGBUS, &action, NULL);
}

/* READ into it, or write from it, whichever is not NULL */
static int touch(volatile __u32 *addr, __u32 *read, const __u32 *write)
{
	struct way_out here;
	int ret = 0;

	catch_signal();
	way_out = &here;
	if (sigsetjmp(here.place, 1))
		ret = -EFAULT;
	else if (read)
		*read = *addr;
	else
		*addr = *write;
	way_out = NULL;
	return ret;
}

int touch_read(const volatile void *addr, __u32 *value)
{
	return touch((volatile __u32 *)addr, value, NULL);
}

int touch_write(volatile void *addr, __u32 value)
{
	return touch(addr, NULL, &value);
}
