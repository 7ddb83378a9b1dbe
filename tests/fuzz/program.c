// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"
#include "program.h"
#include "rng.h"

/* One program in so many may do what takes 100 ms and more: DMA, resets. */
#define SLOW_ONE_IN	14

static __u32 choose_kind(struct rng *rng, bool slow)
{
	__u32 total = 0, kind, pick;

	for (kind = 0; kind < nr_op_kinds; kind++)
		total += slow ? op_kinds[kind].slow_weight :
				op_kinds[kind].weight;
	pick = rng_below(rng, total);
	for (kind = 0; kind < nr_op_kinds; kind++) {
		__u32 weight = slow ? op_kinds[kind].slow_weight :
				      op_kinds[kind].weight;

		if (pick < weight)
			break;
		pick -= weight;
	}
	return kind;
}

static void generate_op(struct op *op, struct rng *rng, bool slow)
{
	int i;

	op->kind = choose_kind(rng, slow);
	for (i = 0; i < OP_FIELDS; i++)
		op->field[i] = rng_next(rng);
}

static struct rng rng_of(__u64 seed)
{
	struct rng rng = { .state = seed };

	/* Neighbours are the usual seeds. */
	rng_next(&rng);
	rng.state ^= rng_next(&rng) << 1;
	return rng;
}

void program_generate(struct program *program, __u64 seed)
{
	struct rng rng = rng_of(seed);
	bool slow = !rng_below(&rng, SLOW_ONE_IN);
	unsigned int i;

	memset(program, 0, sizeof(*program));
	program->nr_seeds = 1;
	program->seeds[0] = seed;
	program->nr = 3 + rng_below(&rng, PROGRAM_OPS - 3);
	for (i = 0; i < program->nr; i++)
		generate_op(&program->ops[i], &rng, slow);
}

static void insert_op(struct program *program, unsigned int at,
		      struct rng *rng)
{
	if (program->nr == PROGRAM_OPS)
		program->nr--;
	memmove(&program->ops[at + 1], &program->ops[at],
		(program->nr - at) * sizeof(program->ops[0]));
	program->nr++;
	generate_op(&program->ops[at], rng, false);
}

static void remove_op(struct program *program, unsigned int at)
{
	if (program->nr == 1)
		return;
	program->nr--;
	memmove(&program->ops[at], &program->ops[at + 1],
		(program->nr - at) * sizeof(program->ops[0]));
}

static void mutate_once(struct program *program, struct rng *rng)
{
	unsigned int at = rng_below(rng, program->nr);
	struct op *op = &program->ops[at];
	__u32 *field = &op->field[rng_below(rng, OP_FIELDS)];

	switch (rng_below(rng, 8)) {
	case 0:
		insert_op(program, at < PROGRAM_OPS - 1 ? at : 0, rng);
		break;
	case 1:
		remove_op(program, at);
		break;
	case 2:
		*op = program->ops[rng_below(rng, program->nr)];
		break;
	case 3:
		generate_op(op, rng, false);
		break;
	case 4:
		*field += 1 + rng_below(rng, 4);
		break;
	default:
		*field = rng_next(rng);
	}
}

bool program_mutate(struct program *program, __u64 seed)
{
	struct rng rng = rng_of(seed);
	int i;

	if (program->nr_seeds == PROGRAM_SEEDS)
		return false;
	program->seeds[program->nr_seeds++] = seed;
	for (i = 1 + rng_below(&rng, 3); i; i--)
		mutate_once(program, &rng);
	return true;
}

const char *program_name(const struct program *program, char *name)
{
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < program->nr_seeds; i++)
		used += snprintf(name + used, PROGRAM_NAME - used, "%s%llu",
				 i ? "." : "",
				 (unsigned long long)program->seeds[i]);
	return name;
}

bool program_parse(struct program *program, const char *name)
{
	char *end;

	program_generate(program, strtoull(name, &end, 0));
	if (end == name)
		return false;
	while (*end == '.') {
		name = end + 1;
		if (!program_mutate(program, strtoull(name, &end, 0)) ||
		    end == name)
			return false;
	}
	return !*end;
}
