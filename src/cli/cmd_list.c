// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p list: the devices and their BARs.
 */
#include <stdio.h>

#include "bar.h"
#include "cli.h"
#include "exports.h"
#include "output.h"
#include "platform.h"

struct arguments {
	struct common common;
	bool all;
};

/**
 * struct listed - what the list is made of
 * @machine: its devices
 * @module_loaded: the module is
 * @exports: what the module says, or NULL; see exports_read()
 */
struct listed {
	struct machine *machine;
	bool module_loaded;
	struct json_object *exports;
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Also bridges, and devices without a BAR", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->common;
		return 0;
	case 'a':
		args->all = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { .argp = &common_argp }, {} };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "List PCI devices with driver, IOMMU group and BARs: which of them\n"
	       "can be exported as dma-bufs, or why not.",
	.children = children,
};

static bool has_bar(const struct function *function)
{
	int i;

	for (i = 0; i < NR_BARS; i++) {
		if (function->bars[i].size)
			return true;
	}
	return false;
}

static bool is_wanted(const struct arguments *args,
		      const struct function *function)
{
	return args->all ||
	       (!function_is_bridge(function) && has_bar(function));
}

/* What has pages can't be exported, whatever else is true of it. */
static enum bar_verdict judge(const struct listed *listed,
			      const struct function *function, int index,
			      struct bar_pool *pool)
{
	*pool = exports_pool_of(listed->exports, function->text, index);
	if (pool->size)
		return BAR_REGISTERED;
	return bar_judge(listed->machine, function, index);
}

static struct json_object *json_pool(const struct bar_pool *pool)
{
	struct json_object *object;

	if (!pool->size)
		return NULL;
	object = json_object_new_object();
	json_add_int(object, "size", pool->size);
	json_add_int(object, "free", pool->free);
	json_add_int(object, "longest", pool->longest);
	json_add_int(object, "slices", pool->slices);
	return object;
}

static struct json_object *json_bar(const struct listed *listed,
				    const struct function *function, int index)
{
	struct bar_pool pool;
	enum bar_verdict verdict = judge(listed, function, index, &pool);
	const struct bar *bar = &function->bars[index];
	struct json_object *object = json_object_new_object();

	json_add_int(object, "index", index);
	json_add_int(object, "size", bar->size);
	json_add_bool(object, "memory", bar->memory);
	json_add_bool(object, "is_64bit", bar->wide);
	json_add_bool(object, "prefetchable", bar->prefetchable);
	json_add_bool(object, "exportable", verdict == BAR_EXPORTABLE);
	json_add_text(object, "verdict", bar_verdict_name(verdict));
	json_add_text(object, "why", bar_verdict_text(verdict));
	json_object_object_add(object, "pool", json_pool(&pool));
	return object;
}

static struct json_object *json_device(const struct listed *listed,
				       const struct function *function)
{
	struct json_object *object = json_function(function);
	struct json_object *bars = json_object_new_array();
	int i;

	for (i = 0; i < NR_BARS; i++) {
		if (function->bars[i].size)
			json_object_array_add(bars,
					      json_bar(listed, function, i));
	}
	json_object_object_add(object, "bars", bars);
	return object;
}

static void print_json(const struct arguments *args,
		       const struct listed *listed)
{
	const struct machine *machine = listed->machine;
	struct json_object *devices = json_object_new_array();
	struct json_object *top = json_object_new_object();
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		const struct function *function = machine->functions[i];

		if (is_wanted(args, function))
			json_object_array_add(devices,
					      json_device(listed, function));
	}
	json_add_bool(top, "module_loaded", listed->module_loaded);
	json_object_object_add(top, "devices", devices);
	json_end(top);
}

enum { DEVICE, DRIVER, GROUP, IOMMU, BAR, SIZE, KIND, EXPORT, NAME };

static void set_device(struct libscols_line *line,
		       const struct function *function)
{
	table_set(line, DEVICE, "%s", function->text);
	table_set(line, DRIVER, "%s", function->driver ?: "-");
	if (function->group >= 0)
		table_set(line, GROUP, "%d", function->group);
	else
		table_set(line, GROUP, "-");
	table_set(line, IOMMU, "%s", function->group_type ?: "-");
	table_set(line, NAME, "%s", function->name);
}

static void set_export(struct libscols_line *line, const struct listed *listed,
		       const struct function *function, int index)
{
	struct bar_pool pool;
	enum bar_verdict verdict = judge(listed, function, index, &pool);
	char size[16], free[16];

	if (verdict == BAR_REGISTERED) {
		bar_size_text(pool.size, size, sizeof(size));
		bar_size_text(pool.free, free, sizeof(free));
		table_set(line, EXPORT, "%s, %s of %s free",
			  bar_verdict_text(verdict), free, size);
		return;
	}
	table_set(line, EXPORT, "%s", bar_verdict_text(verdict));
	if (verdict == BAR_EXPORTABLE)
		table_color(line, EXPORT, "green");
}

static void set_bar(struct libscols_line *line, const struct listed *listed,
		    const struct function *function, int index)
{
	const struct bar *bar = &function->bars[index];
	char size[16];

	bar_size_text(bar->size, size, sizeof(size));
	table_set(line, BAR, "%d", index);
	table_set(line, SIZE, "%s", size);
	table_set(line, KIND, "%s", bar_kind_text(bar));
	set_export(line, listed, function, index);
}

/* A line a BAR; the first one also tells of the device. */
static void add_device(struct libscols_table *table,
		       const struct listed *listed,
		       const struct function *function)
{
	struct libscols_line *line = table_line(table, NULL);
	bool first = true;
	int i;

	set_device(line, function);
	for (i = 0; i < NR_BARS; i++) {
		if (!function->bars[i].size)
			continue;
		if (!first)
			line = table_line(table, NULL);
		set_bar(line, listed, function, i);
		first = false;
	}
}

static void print_table(const struct arguments *args,
			const struct listed *listed)
{
	static const char *const names[] = {
		"DEVICE", "DRIVER", "GROUP", "IOMMU", "BAR", "SIZE", "KIND",
		"EXPORT", "NAME", NULL
	};
	const struct machine *machine = listed->machine;
	struct libscols_table *table = table_new(names);
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		if (is_wanted(args, machine->functions[i]))
			add_device(table, listed, machine->functions[i]);
	}
	table_end(table);
	if (!listed->module_loaded)
		puts("\nThe module " MODULE_NAME " is not loaded; without it, only Linux 6.19 and later\n"
		     "export BARs.");
}

static int run(int argc, char **argv)
{
	struct arguments args = {};
	struct listed listed = {};
	struct platform platform;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	listed.machine = machine_read(args.common.root);
	platform_read(&platform, args.common.root, NULL);
	listed.module_loaded = platform.module_loaded;
	listed.exports = exports_quietly(args.common.root);
	if (args.common.json)
		print_json(&args, &listed);
	else
		print_table(&args, &listed);
	json_object_put(listed.exports);
	machine_free(listed.machine);
	return CLI_OK;
}

const struct command list_command = {
	.name = "list",
	.summary = "PCI devices and which of their BARs can be exported",
	.run = run,
};
