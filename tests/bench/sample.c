// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sample.h"
#include "sysfs.h"
#include "tap.h"

/* Longer than what is queued, or waits for a grace period, takes to be done */
#define SETTLE_US	100000

/* The kernel is busy with itself for some time after a boot. */
#define BOOT_S		10

void sample_begin(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	sleep(BOOT_S);
	assert_ok(sysfs_write("/proc/sys/kernel/sched_rt_runtime_us", "-1"));
	assert_int_equal(sched_setscheduler(0, SCHED_FIFO, &param), 0);
}

void sample_settle(void)
{
	usleep(SETTLE_US);
}

u64 sample_thread_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);

	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

void sample_print(const struct sample *sample, const char *who,
		  const char *row, u64 count)
{
	u64 sorted[SAMPLE_MAX];

	if (!sample->nr)
		return;

	memcpy(sorted, sample->cost, sample->nr * sizeof(sorted[0]));
	qsort(sorted, sample->nr, sizeof(sorted[0]), compare);
	printf("bench %s %s %llu %llu %llu %llu %u\n", who, row, count,
	       sorted[sample->nr / 2], sorted[0], sorted[sample->nr - 1],
	       sample->nr);
}

void sample_print_value(u64 value, const char *who, const char *row, u64 count)
{
	struct sample sample = { .nr = 1, .cost = { value } };

	sample_print(&sample, who, row, count);
}
