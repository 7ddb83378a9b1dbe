/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program: a few operations in a row, made from a seed.
 *
 * Its name says how to make it again: the seed it was generated from, then those
 * of the mutations, as "17.240.3".
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define PROGRAM_OPS	16
#define PROGRAM_SEEDS	12
#define PROGRAM_NAME	(PROGRAM_SEEDS * 21)

#define OP_FIELDS	8

/**
 * struct op - one operation
 * @kind: index of op_kinds[]
 * @field: what the kind makes of it is its own business; any value is good
 */
struct op {
	__u32 kind;
	__u32 field[OP_FIELDS];
};

/**
 * struct program - operations, and how they came about
 * @nr: of @ops
 * @ops: in the order they run
 * @nr_seeds: of @seeds
 * @seeds: of the generation, and of each mutation
 */
struct program {
	unsigned int nr;
	struct op ops[PROGRAM_OPS];
	unsigned int nr_seeds;
	__u64 seeds[PROGRAM_SEEDS];
};

void program_generate(struct program *program, __u64 seed);

/* Change it a little; false if its name would become too long. */
bool program_mutate(struct program *program, __u64 seed);

/* NAME has room for PROGRAM_NAME bytes. */
const char *program_name(const struct program *program, char *name);

/* Make the program of a name; false if it is none. */
bool program_parse(struct program *program, const char *name);

#endif /* FUZZ_PROGRAM_H */
