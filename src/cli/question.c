// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <string.h>

#include "question.h"

static const struct argp_option options[] = {
	{ "host-bridges", 'H', "VENDOR:DEVICE,...", 0,
	  "Suppose that the module was loaded with this host_bridges=", 0 },
	{ "module", 'm', NULL, 0,
	  "Ask the module; it opens the exporters that are bound to vfio-pci, which resets them",
	  0 },
	{}
};

static const struct argp_child children[] = { { .argp = &common_argp }, {} };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct route_options *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->common;
		return 0;
	case 'H':
		args->host_bridges = arg;
		return 0;
	case 'm':
		args->module = true;
		return 0;
	case ARGP_KEY_END:
		if (args->module && (args->host_bridges || *args->common.root))
			argp_error(state,
				   "--module asks this machine as it is");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp route_argp = {
	.options = options,
	.parser = parse,
	.children = children,
};

void question_open(struct question *question,
		   const struct route_options *route_options)
{
	*question = (struct question) {
		.options = route_options,
		.machine = machine_read(route_options->common.root),
	};
	platform_read(&question->platform, route_options->common.root,
		      route_options->host_bridges);
	if (route_options->module && !question->platform.module_loaded)
		warnx("the module " MODULE_NAME " is not loaded, so sysfs has to do");
}

void question_close(struct question *question)
{
	module_answers_free(&question->from_module);
	machine_free(question->machine);
}

static bool can_be_asked(const struct question *question,
			 const struct function *exporter)
{
	return question->options->module && question->platform.module_loaded &&
	       exporter->driver && !strcmp(exporter->driver, "vfio-pci");
}

/* NULL if the module can't be asked */
static const struct answer *ask_module(struct question *question,
				       const struct function *exporter,
				       const struct function *importer)
{
	struct module_answers *from_module = &question->from_module;
	size_t i = 0;

	if (!can_be_asked(question, exporter))
		return NULL;
	if (from_module->exporter != exporter)
		module_ask(from_module, question->machine, exporter);
	if (!from_module->valid)
		return NULL;
	while (question->machine->functions[i] != importer)
		i++;
	return &from_module->answers[i];
}

void question_answer(struct question *question, const struct function *exporter,
		     const struct function *importer, struct answer *answer)
{
	const struct answer *module = ask_module(question, exporter, importer);

	if (module)
		*answer = *module;
	else
		decide(question->machine, &question->platform, exporter,
		       importer, answer);
}
