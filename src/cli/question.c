// SPDX-License-Identifier: GPL-2.0-only
#include "question.h"

static const struct argp_option options[] = {
	{ "host-bridges", 'H', "VENDOR:DEVICE,...", 0,
	  "Suppose that the module was loaded with this host_bridges=", 0 },
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
	question->options = route_options;
	question->machine = machine_read(route_options->common.root);
	platform_read(&question->platform, route_options->common.root,
		      route_options->host_bridges);
}

void question_close(struct question *question)
{
	machine_free(question->machine);
}

void question_answer(struct question *question, const struct function *exporter,
		     const struct function *importer, struct answer *answer)
{
	decide(question->machine, &question->platform, exporter, importer,
	       answer);
}
