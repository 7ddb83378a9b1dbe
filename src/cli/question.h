/* SPDX-License-Identifier: GPL-2.0-only */
/* Options and answers that matrix and explain have in common. */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include "cli.h"
#include "decide.h"
#include "module.h"

/**
 * struct route_options - the options
 * @common: those of all commands
 * @host_bridges: take these for declared, or NULL
 * @module: ask the module
 */
struct route_options {
	struct common common;
	const char *host_bridges;
	bool module;
};

/* An argp child; its input is a struct route_options. */
extern const struct argp route_argp;

/**
 * struct question - all that answers come from
 * @options: the user's
 * @machine: its devices
 * @platform: what else is known of it
 * @from_module: what the module said of the exporter that was last asked about
 */
struct question {
	const struct route_options *options;
	struct machine *machine;
	struct platform platform;
	struct module_answers from_module;
};

void question_open(struct question *question,
		   const struct route_options *options);
void question_close(struct question *question);

/*
 * The module's answer if that was wanted and can be had, else the rules applied to
 * what sysfs shows.
 */
void question_answer(struct question *question, const struct function *exporter,
		     const struct function *importer, struct answer *answer);

#endif /* CLI_QUESTION_H */
