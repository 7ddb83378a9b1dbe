// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "fault.h"
#include "stock.h"
#include "sysfs.h"
#include "tap.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"

/* More than any call has; a walk that does not end is a mistake in here. */
#define MAX_ALLOCATIONS	100000

/*
 * A slab that is full adds an allocation to a call, which moves the others: what
 * one pass has missed for that the next one hardly does.
 */
#define PASSES	2

/**
 * struct tally - what became of the calls of a walk
 * @failed: of them failed
 * @survived: did without the allocation
 * @errnos: how often each
 */
struct tally {
	unsigned int failed;
	unsigned int survived;
	unsigned int errnos[FAULT_ERRNOS];
};

static int fail_nth = -1;

/* Which allocations count.  The kernel says where they were with 2. */
static void set_attributes(void)
{
	static const char * const attributes[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/cache-filter", "N" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
	};
	const char *verbose = env_rig("fault_verbose") ?: "0";
	char path[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attributes); i++) {
		snprintf(path, sizeof(path), DEBUGFS "%s", attributes[i][0]);
		assert_ok(sysfs_write(path, attributes[i][1]));
	}
	assert_ok(sysfs_write(DEBUGFS "failslab/verbose", verbose));
	assert_ok(sysfs_write(DEBUGFS "fail_page_alloc/verbose", verbose));
}

void fault_begin_or_skip(void)
{
	if (fail_nth >= 0)
		return;

	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0) {
		print_message("# no fault injection in this kernel\n");
		skip();
	}
	set_attributes();
}

void fault_end(void)
{
	if (fail_nth >= 0)
		close(fail_nth);
	fail_nth = -1;
}

static void arm(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	assert_int_equal(pwrite(fail_nth, text, n, 0), n);
}

/* How many allocations are left until one fails; none does from now on. */
static unsigned int disarm(void)
{
	char text[16] = "";

	assert_true(pread(fail_nth, text, sizeof(text) - 1, 0) > 0);
	arm(0);

	return atoi(text);
}

static void undo(const struct fault_walk *walk, int ret, bool hit)
{
	if (walk->undo)
		walk->undo(walk->context, ret, hit);
}

static void expect_success(const struct fault_walk *walk)
{
	int ret = walk->call(walk->context);

	if (ret < 0)
		print_error("%s: without a fault\n", walk->what);
	undo(walk, assert_ok(ret), false);
}

static void note_failure(const struct fault_walk *walk, struct tally *tally,
			 unsigned int nth, int ret)
{
	int i;

	tally->failed++;
	for (i = 0; i < FAULT_ERRNOS && walk->errnos[i]; i++) {
		if (ret == -walk->errnos[i]) {
			tally->errnos[i]++;
			return;
		}
	}
	print_error("%s: allocation %u failed: %s\n", walk->what, nth,
		    strerror(-ret));
	fail();
}

/* Returns whether there was such an allocation. */
static bool try_one(const struct fault_walk *walk, struct tally *tally,
		    unsigned int nth)
{
	struct stock before;
	char what[128];
	bool hit;
	int ret;

	if (walk->prepare)
		walk->prepare(walk->context);
	stock_take(&before);
	arm(nth);
	ret = walk->call(walk->context);
	hit = !disarm();

	snprintf(what, sizeof(what), "%s, allocation %u, result %d", walk->what,
		 nth, ret);
	if (ret < 0) {
		if (!hit)
			print_error("%s: without a fault\n", what);
		assert_true(hit);
		note_failure(walk, tally, nth, ret);
	} else {
		tally->survived += hit;
		undo(walk, ret, hit);
	}
	stock_check(&before, what);

	if (ret < 0) {
		expect_success(walk);
		stock_check(&before, what);
	}

	return hit;
}

static void report(const struct fault_walk *walk, const struct tally *tally,
		   unsigned int first, unsigned int nr)
{
	int i;

	print_message("# %s: of %u allocations %u failed from number %u on, %u made it fail",
		      walk->what, nr, tally->failed + tally->survived, first,
		      tally->failed);
	for (i = 0; i < FAULT_ERRNOS && walk->errnos[i]; i++)
		if (tally->errnos[i])
			print_message(", %u %s", tally->errnos[i],
				      strerrorname_np(walk->errnos[i]));
	print_message("\n");
}

/* One that has all the memory it wants; returns how many allocations it made. */
static unsigned int count(const struct fault_walk *walk)
{
	unsigned int left;
	int ret;

	if (walk->prepare)
		walk->prepare(walk->context);
	arm(MAX_ALLOCATIONS);
	ret = walk->call(walk->context);
	left = disarm();
	undo(walk, assert_ok(ret), false);

	return MAX_ALLOCATIONS - left;
}

static unsigned int pass(const struct fault_walk *walk, unsigned int first,
			 struct tally *tally)
{
	unsigned int nth;

	for (nth = first; try_one(walk, tally, nth); nth++) {
		assert_true(nth < MAX_ALLOCATIONS);
		if (nth == walk->first)
			return nth;
	}

	return nth - 1;
}

unsigned int fault_walk(const struct fault_walk *walk)
{
	unsigned int nr = 0, first = 1;
	struct tally tally = { 0 };
	int i, passes;

	/* A first call may allocate what stays. */
	count(walk);
	if (walk->last) {
		nr = count(walk);
		if (walk->last < nr)
			first = nr - walk->last + 1;
	}
	passes = walk->last ? 1 : PASSES;
	for (i = 0; i < passes; i++)
		nr = pass(walk, first, &tally);

	report(walk, &tally, first, nr);
	assert_true(tally.failed >= walk->at_least);

	return nr;
}
