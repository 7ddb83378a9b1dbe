// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p stat: who exports what, and who uses it; what of BARs has pages.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bar.h"
#include "cli.h"
#include "exports.h"
#include "output.h"
#include "sysfs.h"

#define NS_PER_S	1000000000

struct arguments {
	struct common common;
	bool watch;
	double seconds;
};

static const struct argp_option options[] = {
	{ "watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL,
	  "Again every second, or as many seconds as it says, until interrupted",
	  0 },
	{}
};

static double parse_seconds(const char *text, struct argp_state *state)
{
	double seconds;
	char *end;

	seconds = strtod(text, &end);
	if (*end || end == text || !(seconds >= 0.1 && seconds <= 86400))
		argp_error(state, "--watch=%s: expected 0.1 to 86400 seconds",
			   text);
	return seconds;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->common;
		return 0;
	case 'w':
		args->watch = true;
		args->seconds = arg ? parse_seconds(arg, state) : 1;
		return 0;
	case ARGP_KEY_ARG:
		/* As "--watch 5" has it */
		argp_error(state, "\"%s\" is no option; seconds follow as in --watch=5 or -w5",
			   arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { .argp = &common_argp }, {} };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Print the dma-bufs that the module has exported, their owners and their\n"
	       "importers, and what of BARs is registered.  Root only.\n"
	       "\vSTATE is live, revoked (taken back for now, by the event named) or shell\n"
	       "(the device was closed, or the dma-buf taken back: it never works again), of\n"
	       "an importer its route.\n"
	       "REVOKES counts how often access was taken back, MAPS the mappings there\n"
	       "are.  Of what is registered (vfio-p2p register), FREE is no part of a slice,\n"
	       "LONGEST the longest slice that could be had; what is parked is still pinned\n"
	       "although its device was closed.\n"
	       "\n"
	       "The exit status is 0; 2 if the module is not loaded, 3 without privileges.",
	.children = children,
};

static void age_text(int64_t ns, char *text, size_t length)
{
	int64_t s = ns / NS_PER_S;

	if (s < 100)
		snprintf(text, length, "%lld.%lld s", (long long)s,
			 (long long)(ns % NS_PER_S / (NS_PER_S / 10)));
	else if (s < 100 * 60)
		snprintf(text, length, "%lld min", (long long)s / 60);
	else if (s < 100 * 3600)
		snprintf(text, length, "%lld h", (long long)s / 3600);
	else
		snprintf(text, length, "%lld days", (long long)s / 86400);
}

enum { ID, DEVICE, BAR, SIZE, STATE, EVENT, SINCE, REVOKES, MAPS, WHO };

static void add_importer(struct libscols_table *table,
			 struct json_object *importer)
{
	struct libscols_line *line = table_line(table, NULL);

	table_set(line, DEVICE, " < %s", record_text(importer, "device"));
	table_set(line, STATE, "%s", record_text(importer, "route"));
	table_set(line, MAPS, "%s", record_text(importer, "mappings"));
	table_set(line, WHO, "%s", record_text(importer, "driver"));
}

static void add_export(struct libscols_table *table, struct json_object *export,
		       int64_t now)
{
	struct json_object *importers = json_object_object_get(export,
							       "importers");
	struct libscols_line *line = table_line(table, NULL);
	char size[16], age[32];
	size_t i;

	bar_size_text(record_number(export, "size"), size, sizeof(size));
	age_text(now - record_number(export, "since"), age, sizeof(age));
	table_set(line, ID, "%s", record_text(export, "id"));
	table_set(line, DEVICE, "%s", record_text(export, "device"));
	table_set(line, BAR, "%s", record_text(export, "region"));
	table_set(line, SIZE, "%s", size);
	table_set(line, STATE, "%s", record_text(export, "state"));
	if (!strcmp(record_text(export, "state"), "revoked"))
		table_color(line, STATE, "yellow");
	table_set(line, EVENT, "%s", record_text(export, "event"));
	table_set(line, SINCE, "%s", age);
	table_set(line, REVOKES, "%s", record_text(export, "revokes"));
	table_set(line, MAPS, "%s", record_text(export, "mappings"));
	table_set(line, WHO, "%s (%s)", record_text(export, "comm"),
		  record_text(export, "pid"));
	for (i = 0; i < json_object_array_length(importers); i++)
		add_importer(table, json_object_array_get_idx(importers, i));
}

static void print_exports(struct json_object *all)
{
	static const char *const names[] = {
		"ID", "DEVICE", "BAR", "SIZE", "STATE", "EVENT", "SINCE",
		"REVOKES", "MAPS", "WHO", NULL
	};
	struct json_object *exports = json_object_object_get(all, "exports");
	size_t i, nr = json_object_array_length(exports);
	struct libscols_table *table;

	if (!strcmp(record_text(all, "exporter"), "native"))
		puts("The kernel makes the dma-bufs here, the module has none; see\n"
		     "/sys/kernel/debug/dma_buf/bufinfo");
	else if (!nr)
		puts("Nothing is exported.");
	if (!nr)
		return;

	table = table_new(names);
	for (i = 0; i < nr; i++)
		add_export(table, json_object_array_get_idx(exports, i),
			   record_number(all, "now"));
	table_end(table);
}

enum { POOL_DEVICE, POOL_BAR, OFFSET, POOL_SIZE, FREE, LONGEST, SLICES, STATUS };

static void set_size(struct libscols_line *line, int column,
		     struct json_object *pool, const char *key)
{
	char size[16];

	bar_size_text(record_number(pool, key), size, sizeof(size));
	table_set(line, column, "%s", size);
}

static void add_pool(struct libscols_table *table, struct json_object *pool)
{
	struct libscols_line *line = table_line(table, NULL);

	table_set(line, POOL_DEVICE, "%s", record_text(pool, "device"));
	table_set(line, POOL_BAR, "%s", record_text(pool, "region"));
	table_set(line, OFFSET, "%#llx",
		  (unsigned long long)record_number(pool, "offset"));
	set_size(line, POOL_SIZE, pool, "length");
	set_size(line, FREE, pool, "free");
	set_size(line, LONGEST, pool, "longest");
	table_set(line, SLICES, "%s", record_text(pool, "slices"));
	table_set(line, STATUS, "%s", record_text(pool, "state"));
	if (!strcmp(record_text(pool, "state"), "parked"))
		table_color(line, STATUS, "yellow");
}

static void print_pools(struct json_object *all)
{
	static const char *const names[] = {
		"DEVICE", "BAR", "OFFSET", "REGISTERED", "FREE", "LONGEST",
		"SLICES", "STATE", NULL
	};
	struct json_object *pools = json_object_object_get(all, "pools");
	size_t i, nr = json_object_array_length(pools);
	struct libscols_table *table;

	if (!nr)
		return;
	putchar('\n');
	table = table_new(names);
	for (i = 0; i < nr; i++)
		add_pool(table, json_object_array_get_idx(pools, i));
	table_end(table);
}

/* What is watched is a line each time. */
static void print_json(struct json_object *all, bool watch)
{
	int flags = watch ? JSON_C_TO_STRING_PLAIN : JSON_C_TO_STRING_PRETTY;

	puts(json_object_to_json_string_ext(all, flags |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
}

static int print_once(const struct arguments *args)
{
	struct json_object *all;
	FILE *file;
	char *why;

	file = exports_open(args->common.root, &why);
	if (!file)
		errx(errno == EACCES || errno == EPERM ? CLI_UNKNOWN :
							 CLI_TROUBLE,
		     "%s", why);
	all = exports_read(file);
	fclose(file);
	if (!all)
		errx(CLI_TROUBLE,
		     "the module's list of exports is not one of version %d; this tool is older or newer than the module",
		     EXPORTS_VERSION);
	if (args->common.json) {
		print_json(all, args->watch);
	} else {
		print_exports(all);
		print_pools(all);
	}
	json_object_put(all);
	return CLI_OK;
}

/* Home and clear on a terminal, else an empty line in between */
static void begin_again(const struct arguments *args, bool first)
{
	if (args->common.json)
		return;
	if (output_is_terminal())
		fputs("\033[H\033[2J", stdout);
	else if (!first)
		putchar('\n');
}

static void watch(const struct arguments *args)
{
	const struct timespec pause = {
		.tv_sec = (time_t)args->seconds,
		.tv_nsec = (long)((args->seconds - (time_t)args->seconds) *
				  NS_PER_S),
	};
	bool first = true;

	for (;;) {
		begin_again(args, first);
		print_once(args);
		/* Whoever ends the program says why. */
		if (fflush(stdout))
			exit(CLI_TROUBLE);
		first = false;
		nanosleep(&pause, NULL);
	}
}

static int run(int argc, char **argv)
{
	struct arguments args = {};

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (args.watch)
		watch(&args);
	return print_once(&args);
}

const struct command stat_command = {
	.name = "stat",
	.summary = "live exports, their importers, and what is registered",
	.run = run,
};
