// SPDX-License-Identifier: GPL-2.0-only
#include "cli.h"

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ "root", 'R', "DIR", 0,
	  "Look at the sys and proc of another machine, saved below DIR", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct common *common = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		common->root = "";
		return 0;
	case 'j':
		common->json = true;
		return 0;
	case 'R':
		/* An empty variable of a script; it is not meant to be here. */
		if (!*arg)
			argp_error(state, "--root: which directory?");
		common->root = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp common_argp = { .options = options, .parser = parse };
