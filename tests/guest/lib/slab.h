/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory the kernel uses for itself. */
#ifndef TEST_SLAB_H
#define TEST_SLAB_H

#define SLAB_MAX_CACHES	512

/**
 * struct slab_cache - a line of /proc/slabinfo
 * @name: of the cache
 * @objects: in use
 * @size: of each, in bytes
 */
struct slab_cache {
	char name[64];
	long objects;
	long size;
};

/**
 * struct slab_usage - at one moment
 * @slab_kb: all slabs, reclaimable or not
 * @unreclaimable_kb: slabs that are not
 * @vmalloc_kb: memory from vmalloc()
 * @percpu_kb: per-CPU memory
 * @nr: caches
 * @caches: the first @nr are used
 */
struct slab_usage {
	long slab_kb;
	long unreclaimable_kb;
	long vmalloc_kb;
	long percpu_kb;
	unsigned int nr;
	struct slab_cache caches[SLAB_MAX_CACHES];
};

/*
 * What is in use when all has been freed that was only waiting for it.  Fails the
 * test if it can't be found out.
 */
void slab_measure(struct slab_usage *usage);

/*
 * Let a cache give back what is free.  KASAN keeps objects from use for a while after they
 * were freed, and they count as used until then.
 */
void slab_shrink(const char *name);

/* By how many objects a cache has grown; 0 if it was not there before */
long slab_growth(const struct slab_usage *before,
		 const struct slab_cache *after);

#endif /* TEST_SLAB_H */
