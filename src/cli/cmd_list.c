// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p list: the devices and their BARs.
 */
#include <stdio.h>

#include "bar.h"
#include "cli.h"
#include "output.h"
#include "platform.h"

struct arguments {
	struct common common;
	bool all;
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

static struct json_object *json_bar(const struct machine *machine,
				    const struct function *function, int index)
{
	enum bar_verdict verdict = bar_judge(machine, function, index);
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
	return object;
}

static struct json_object *json_device(const struct machine *machine,
				       const struct function *function)
{
	struct json_object *object = json_function(function);
	struct json_object *bars = json_object_new_array();
	int i;

	for (i = 0; i < NR_BARS; i++) {
		if (function->bars[i].size)
			json_object_array_add(bars,
					      json_bar(machine, function, i));
	}
	json_object_object_add(object, "bars", bars);
	return object;
}

static void print_json(const struct arguments *args,
		       const struct machine *machine, bool module_loaded)
{
	struct json_object *devices = json_object_new_array();
	struct json_object *top = json_object_new_object();
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		const struct function *function = machine->functions[i];

		if (is_wanted(args, function))
			json_object_array_add(devices,
					      json_device(machine, function));
	}
	json_add_bool(top, "module_loaded", module_loaded);
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

static void set_bar(struct libscols_line *line, const struct machine *machine,
		    const struct function *function, int index)
{
	enum bar_verdict verdict = bar_judge(machine, function, index);
	const struct bar *bar = &function->bars[index];
	char size[16];

	bar_size_text(bar->size, size, sizeof(size));
	table_set(line, BAR, "%d", index);
	table_set(line, SIZE, "%s", size);
	table_set(line, KIND, "%s", bar_kind_text(bar));
	table_set(line, EXPORT, "%s", bar_verdict_text(verdict));
	if (verdict == BAR_EXPORTABLE)
		table_color(line, EXPORT, "green");
}

/* A line a BAR; the first one also tells of the device. */
static void add_device(struct libscols_table *table,
		       const struct machine *machine,
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
		set_bar(line, machine, function, i);
		first = false;
	}
}

static void print_table(const struct arguments *args,
			const struct machine *machine, bool module_loaded)
{
	static const char *const names[] = {
		"DEVICE", "DRIVER", "GROUP", "IOMMU", "BAR", "SIZE", "KIND",
		"EXPORT", "NAME", NULL
	};
	struct libscols_table *table = table_new(names);
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		if (is_wanted(args, machine->functions[i]))
			add_device(table, machine, machine->functions[i]);
	}
	table_end(table);
	if (!module_loaded)
		puts("\nThe module " MODULE_NAME " is not loaded; without it, only Linux 6.19 and later\n"
		     "export BARs.");
}

static int run(int argc, char **argv)
{
	struct arguments args = {};
	struct platform platform;
	struct machine *machine;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	machine = machine_read(args.common.root);
	platform_read(&platform, args.common.root, NULL);
	if (args.common.json)
		print_json(&args, machine, platform.module_loaded);
	else
		print_table(&args, machine, platform.module_loaded);
	machine_free(machine);
	return CLI_OK;
}

const struct command list_command = {
	.name = "list",
	.summary = "PCI devices and which of their BARs can be exported",
	.run = run,
};
