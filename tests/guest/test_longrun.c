// SPDX-License-Identifier: GPL-2.0-only
/*
 * Export, attach, map, unmap, detach and close, over and over: the kernel's
 * memory does not grow.  The argument rig.cycles= says how often.
 *
 * What is lost in each cycle, be it a byte, shows in a cache that has grown by as
 * many objects as there were cycles.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "scene.h"
#include "slab.h"
#include "stock.h"
#include "tap.h"
#include "vfio_feature.h"

#define EXPORTER	"EXPORTER_NVME"
#define IMPORTER	"IMPORTER_EDU0"

#define PAGE		4096
#define DEFAULT_CYCLES	"100000"

/* Before the first measurement: what is allocated once, or kept for next time */
#define WARM_UP		500

/*
 * The rest of the system goes on meanwhile, and slabs that a CPU works with count
 * as full: so many objects mean nothing, nor do so many KiB.
 */
#define NOISE_OBJECTS	1000
#define NOISE_KB	1024

/* Caches that changed by as many are worth a line. */
#define SHOWN_OBJECTS	100

static struct scene scene = {
	.dev.fd = -1,
	.imp.fd = -1,
	.control = -1,
};

static struct slab_usage before, after;

static long number(const char *name, const char *otherwise)
{
	const char *text = env_rig(name);

	return atol(text ?: otherwise);
}

/*
 * KASAN keeps what is freed for a while.  kmemleak comes with it, and judges after
 * the test; it needs no such numbers.
 */
static bool memory_tells_nothing(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

static long wanted_cycles(void)
{
	long cycles = number("cycles", DEFAULT_CYCLES) / number("factor", "1");

	return memory_tells_nothing() ? cycles / 10 : cycles;
}

static const struct vfio_p2p_range ranges[] = {
	{ 0, PAGE }, { 4 * PAGE, 2 * PAGE }, { 8 * PAGE, PAGE },
};

/* By both ABIs in turn */
static int export(long nr)
{
	if (nr % 2)
		return p2p_export(scene.control, scene.dev.fd, SCENE_BAR, 0,
				  ranges, ARRAY_SIZE(ranges));
	return vfio_feature_dma_buf_range(scene.dev.fd, SCENE_BAR, 0, PAGE);
}

static void cycle(long nr)
{
	int fd = assert_ok(export(nr));
	int handle = assert_ok(importer_attach(&scene.imp, fd,
					       P2P_TEST_DYNAMIC));

	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	/* Some importers leave it to the detach, some to the close. */
	if (nr % 4)
		assert_ok(importer_unmap(&scene.imp, handle));
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
}

static void run(long cycles)
{
	long i;

	for (i = 0; i < cycles; i++)
		cycle(i);
}

static void show_usage(const char *when, const struct slab_usage *usage)
{
	print_message("# %s: KiB of slab %ld, unreclaimable %ld, vmalloc %ld, per-CPU %ld\n",
		      when, usage->slab_kb, usage->unreclaimable_kb,
		      usage->vmalloc_kb, usage->percpu_kb);
}

/* Returns how much the cache grew most that did. */
static long show_growth(void)
{
	long growth, most = 0;
	unsigned int i;

	for (i = 0; i < after.nr; i++) {
		growth = slab_growth(&before, &after.caches[i]);
		if (labs(growth) >= SHOWN_OBJECTS)
			print_message("# cache %s: %+ld objects of %ld bytes\n",
				      after.caches[i].name, growth,
				      after.caches[i].size);
		if (growth > most)
			most = growth;
	}
	print_message("# most in one cache: %+ld objects\n", most);

	return most;
}

static void test_memory(void **state)
{
	const long cycles = wanted_cycles();
	struct stock stock;
	time_t begin;
	long most;

	run(WARM_UP);
	stock_take(&stock);
	slab_measure(&before);
	begin = time(NULL);
	run(cycles);
	print_message("# %ld cycles in %ld s\n", cycles,
		      (long)(time(NULL) - begin));
	slab_measure(&after);
	stock_check(&stock, "the cycles");

	show_usage("before", &before);
	show_usage("after", &after);
	if (memory_tells_nothing())
		return;

	most = show_growth();
	assert_true(cycles >= 5 * NOISE_OBJECTS);
	assert_true(most < NOISE_OBJECTS);
	assert_true(after.unreclaimable_kb - before.unreclaimable_kb <
		    NOISE_KB);
	assert_true(after.vmalloc_kb - before.vmalloc_kb < NOISE_KB);
	assert_true(after.percpu_kb - before.percpu_kb < NOISE_KB);
}

static int setup(void **state)
{
	scene_open(&scene, EXPORTER, IMPORTER);
	return 0;
}

static int teardown(void **state)
{
	scene_close(&scene);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
	};

	return tap_run(tests, setup, teardown);
}
