// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "meminfo.h"
#include "slab.h"
#include "sysfs.h"
#include "tap.h"

/* Some are freed by RCU, and what they free, too. */
#define GRACE_PERIODS	4

/* Returns when a grace period of RCU is over. */
static void wait_for_rcu(void)
{
	assert_int_equal(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0),
			 0);
}

static void let_it_free(void)
{
	int i;

	for (i = 0; i < GRACE_PERIODS; i++)
		wait_for_rcu();
	assert_ok(sysfs_write("/proc/sys/vm/drop_caches", "3"));
	wait_for_rcu();
}

static void read_slabinfo(struct slab_usage *usage)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	struct slab_cache *cache = usage->caches;
	char line[512];

	assert_non_null(file);
	usage->nr = 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld %*d %ld", cache->name,
			   &cache->objects, &cache->size) != 3)
			continue;
		assert_true(++usage->nr < SLAB_MAX_CACHES);
		cache++;
	}
	fclose(file);
	assert_true(usage->nr);
}

void slab_measure(struct slab_usage *usage)
{
	let_it_free();
	read_slabinfo(usage);
	usage->slab_kb = meminfo_kb("Slab");
	usage->unreclaimable_kb = meminfo_kb("SUnreclaim");
	usage->vmalloc_kb = meminfo_kb("VmallocUsed");
	usage->percpu_kb = meminfo_kb("Percpu");
}

void slab_shrink(const char *name)
{
	char path[128];

	let_it_free();
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", name);
	assert_ok(sysfs_write(path, "1"));
}

long slab_growth(const struct slab_usage *before,
		 const struct slab_cache *after)
{
	unsigned int i;

	for (i = 0; i < before->nr; i++)
		if (!strcmp(before->caches[i].name, after->name))
			return after->objects - before->caches[i].objects;

	return 0;
}
