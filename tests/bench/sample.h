/* SPDX-License-Identifier: GPL-2.0-only */
/* What a thing costs, several times over, and a line that says it. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#define SAMPLE_MAX	32

typedef unsigned long long u64;

/**
 * struct sample - what one thing cost
 * @nr: how often it was done
 * @cost: the first @nr are used
 */
struct sample {
	unsigned int nr;
	u64 cost[SAMPLE_MAX];
};

/*
 * The clock.  With QEMU's -icount the time stamp counter is the number of
 * instructions that the CPU has run, and goes on while it is idle.
 */
static inline u64 sample_clock(void)
{
	unsigned int low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");

	return (u64)high << 32 | low;
}

/* Only while this thread runs, in ns: the same unit with -icount */
u64 sample_thread_clock(void);

static inline void sample_add(struct sample *sample, u64 cost)
{
	if (sample->nr < SAMPLE_MAX)
		sample->cost[sample->nr++] = cost;
}

/*
 * Have nobody run but who has to, until the program ends: what others do would be
 * counted.
 */
void sample_begin(void);

/* Let others end what they have left to do.  Where only instructions count, no
 * time goes by.
 */
void sample_settle(void);

/*
 * "bench WHO ROW COUNT MEDIAN MIN MAX SAMPLES".  WHO made the dma-bufs, or is
 * there, COUNT is how many of what the row is about.
 */
void sample_print(const struct sample *sample, const char *who,
		  const char *row, u64 count);

/* The same for what was counted, once */
void sample_print_value(u64 value, const char *who, const char *row,
			u64 count);

#endif /* BENCH_SAMPLE_H */
