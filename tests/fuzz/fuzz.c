// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile callers: programs of random calls to the misc device, feature 11 and
 * what acts on dma-bufs, each with an answer that a model of its own predicts.
 *
 * usage: fuzz [--seed NAME] [--count N | --seconds S] [--renew N] [--verbose]
 *
 *   --seed NAME	the first program: a number, or what a failed run said
 *   --count N		how many programs: 1 if NAME is of several numbers
 *   --seconds S	how long (60)
 *   --renew N		unload and load the modules after so many programs
 *   --verbose		print each step
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "crew.h"
#include "kcov.h"
#include "ops.h"
#include "report.h"
#include "world.h"

/* Of so many programs one is new, where there is a corpus to be changed. */
#define NEW_ONE_IN	3

static const char *seed = "1";
static unsigned long count, renew = 500;
static long long seconds = 60;

static void usage(const char *name)
{
	fprintf(stderr,
		"%s [--seed NAME] [--count N | --seconds S] [--renew N] [--verbose]\n",
		name);
	exit(2);
}

static void parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 't' },
		{ "renew", required_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			seed = optarg;
			break;
		case 'c':
			count = strtoul(optarg, NULL, 0);
			break;
		case 't':
			seconds = atoll(optarg);
			break;
		case 'r':
			renew = strtoul(optarg, NULL, 0);
			break;
		case 'v':
			report_all = true;
			break;
		default:
			usage(argv[0]);
		}
	}
	if (optind != argc)
		usage(argv[0]);
	if (strchr(seed, '.') && !count)
		count = 1;
}

static void run_op(const struct op *op)
{
	op_kinds[op->kind].run(op->field);
}

static void run(const struct program *program)
{
	unsigned int i;

	report_begin(program);
	kcov_begin();
	for (i = 0; i < program->nr; i++)
		run_op(&program->ops[i]);
	op_check(NULL);
	world_reset();
	if (kcov_end())
		corpus_add(program);
	report_check_kernel();
}

static void next_program(struct program *program, unsigned long done)
{
	struct rng rng = { .state = done };

	if (!done) {
		if (!program_parse(program, seed)) {
			fprintf(stderr, "%s is no name of a program\n", seed);
			exit(2);
		}
		return;
	}
	if (rng_below(&rng, NEW_ONE_IN) &&
	    corpus_next(program, &rng, strtoull(seed, NULL, 0) + done))
		return;
	program_generate(program, strtoull(seed, NULL, 0) + done);
}

static bool finished(unsigned long done, long long end)
{
	return count ? done >= count : crew_clock() >= end;
}

int main(int argc, char **argv)
{
	struct program program;
	unsigned long done;
	long long end;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse_options(argc, argv);
	report_open();
	op_export_open();
	printf("# coverage: %s\n", kcov_open() ? "yes" : "not of this kernel");
	world_open();
	end = crew_clock() + seconds * 1000;
	for (done = 0; !finished(done, end); done++) {
		next_program(&program, done);
		run(&program);
		if (renew && done % renew == renew - 1)
			world_renew();
	}
	world_renew();
	world_close();
	printf("# %lu programs from seed %s, corpus %u, %u edges\n", done,
	       seed, corpus_size(), kcov_edges());
	return 0;
}
