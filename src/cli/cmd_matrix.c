// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p matrix: who can reach whom.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_route.h"
#include "output.h"
#include "question.h"
#include "words.h"

/* Base classes of devices that are part of the machine: bridges, interrupt and
 * DMA controllers, timers.
 */
#define BASE_CLASS(class)	((class) >> 8)
#define CLASS_BRIDGE		0x06
#define CLASS_SYSTEM		0x08

struct arguments {
	struct route_options options;
	bool all;
	char **names;
	size_t nr_names;
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Also bridges, and devices without a memory BAR",
	  0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->options;
		return 0;
	case 'a':
		args->all = true;
		return 0;
	case ARGP_KEY_ARGS:
		args->names = state->argv + state->next;
		args->nr_names = state->argc - state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { .argp = &route_argp }, {} };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[DEVICE...]",
	.doc = "Print for each two devices how the DMA of one (a column) reaches a BAR of\n"
	       "the other (a row).  Without DEVICE, all that are no bridge and have a\n"
	       "memory BAR.",
	.children = children,
};

/**
 * struct matrix - the devices in question
 * @question: where the answers come from
 * @devices: the devices
 * @nr: how many
 * @unknown: what some answers depend on
 * @asked: some are the module's
 */
struct matrix {
	struct question question;
	const struct function **devices;
	size_t nr;
	unsigned int unknown;
	bool asked;
};

static bool has_memory_bar(const struct function *function)
{
	int i;

	for (i = 0; i < NR_BARS; i++) {
		if (function->bars[i].size && function->bars[i].memory)
			return true;
	}
	return false;
}

static bool is_wanted(const struct arguments *args,
		      const struct function *function)
{
	unsigned int base = BASE_CLASS(function->class);

	return args->all ||
	       (!function_is_bridge(function) && base != CLASS_BRIDGE &&
		base != CLASS_SYSTEM && has_memory_bar(function));
}

/* Each device once, also if it is named twice */
static void choose(struct matrix *matrix, const struct function *function)
{
	size_t i;

	for (i = 0; i < matrix->nr; i++) {
		if (matrix->devices[i] == function)
			return;
	}
	matrix->devices[matrix->nr++] = function;
}

static void choose_devices(const struct arguments *args, struct matrix *matrix)
{
	const struct machine *machine = matrix->question.machine;
	size_t i, max = args->nr_names;

	if (!args->nr_names)
		max = machine->nr_functions;
	matrix->devices = calloc(max + 1, sizeof(*matrix->devices));
	if (!matrix->devices)
		errx(CLI_TROUBLE, "no memory");
	for (i = 0; i < max; i++) {
		if (args->nr_names)
			choose(matrix, machine_named(machine, args->names[i]));
		else if (is_wanted(args, machine->functions[i]))
			choose(matrix, machine->functions[i]);
	}
}

static void find_answer(struct matrix *matrix, size_t exporter, size_t importer,
			struct answer *answer)
{
	question_answer(&matrix->question, matrix->devices[exporter],
			matrix->devices[importer], answer);
	matrix->unknown |= answer->unknown;
}

static struct json_object *json_cell(struct matrix *matrix, size_t i, size_t j)
{
	struct answer answer;

	find_answer(matrix, i, j, &answer);
	return json_answer(matrix->devices[i], matrix->devices[j], &answer);
}

static void print_json(struct matrix *matrix)
{
	struct json_object *top = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	struct json_object *routes = json_object_new_array();
	size_t i, j;

	json_add_platform(top, &matrix->question.platform);
	for (i = 0; i < matrix->nr; i++) {
		json_object_array_add(devices,
				      json_function(matrix->devices[i]));
		for (j = 0; j < matrix->nr; j++) {
			if (i != j)
				json_object_array_add(routes,
						      json_cell(matrix, i, j));
		}
	}
	json_object_object_add(top, "devices", devices);
	json_object_object_add(top, "routes", routes);
	json_end(top);
}

static void set_cell(struct libscols_line *line, int column,
		     const struct answer *answer)
{
	const struct p2p_decision *decision = &answer->decisions[0];

	if (answer->nr > 1) {
		table_set(line, column, "?");
		table_color(line, column, "brown");
		return;
	}
	switch (decision->route) {
	case VFIO_P2P_ROUTE_BUS_ADDR:
		table_set(line, column, "bus %d", decision->distance);
		table_color(line, column, "green");
		break;
	case VFIO_P2P_ROUTE_HOST_BRIDGE:
		table_set(line, column, "host %d", decision->distance);
		table_color(line, column, "cyan");
		break;
	case VFIO_P2P_ROUTE_IMPOSSIBLE:
		table_set(line, column, "no");
		table_color(line, column, "red");
		break;
	}
}

/* Columns: number and address of the exporter, a column an importer, its name */
static struct libscols_table *new_table(const struct matrix *matrix)
{
	const char **names = calloc(matrix->nr + 4, sizeof(*names));
	char (*numbers)[24] = calloc(matrix->nr + 1, sizeof(*numbers));
	struct libscols_table *table;
	size_t i;

	if (!names || !numbers)
		errx(CLI_TROUBLE, "no memory");
	names[0] = "#";
	names[1] = "EXPORTER";
	for (i = 0; i < matrix->nr; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%zu", i);
		names[i + 2] = numbers[i];
	}
	names[i + 2] = "NAME";
	table = table_new(names);
	free(names);
	free(numbers);
	return table;
}

static void add_row(struct matrix *matrix, struct libscols_table *table,
		    size_t i)
{
	struct libscols_line *line = table_line(table, NULL);
	struct answer answer = {};
	size_t j;

	table_set(line, 0, "%zu", i);
	for (j = 0; j < matrix->nr; j++) {
		if (i == j) {
			table_set(line, j + 2, "-");
			continue;
		}
		find_answer(matrix, i, j, &answer);
		set_cell(line, j + 2, &answer);
	}
	matrix->asked |= answer.module;
	table_set(line, 1, "%s%s", matrix->devices[i]->text,
		  answer.module ? " *" : "");
	table_set(line, matrix->nr + 2, "%s", matrix->devices[i]->name);
}

static void print_table(struct matrix *matrix)
{
	struct libscols_table *table = new_table(matrix);
	size_t i;

	for (i = 0; i < matrix->nr; i++)
		add_row(matrix, table, i);
	table_end(table);
	puts("\nRow: whose BAR it is.  Column: who does the DMA.\n"
	     "bus N   by bus address, below a common bridge, N hops\n"
	     "host N  through the host bridge, N hops\n"
	     "no      not possible; vfio-p2p explain says why");
	if (matrix->asked)
		puts("*       the module was asked; else its rules applied to what sysfs shows");
	if (matrix->unknown)
		printf("?       not known: %s\n",
		       unknown_text(matrix->unknown));
}

static int run(int argc, char **argv)
{
	struct arguments args = {};
	struct matrix matrix = {};

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	question_open(&matrix.question, &args.options);
	choose_devices(&args, &matrix);
	if (args.options.common.json)
		print_json(&matrix);
	else
		print_table(&matrix);
	free(matrix.devices);
	question_close(&matrix.question);
	return CLI_OK;
}

const struct command matrix_command = {
	.name = "matrix",
	.summary = "who can reach whom: route and distance",
	.run = run,
};
