/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio-p2p: one source file a command, named in the table of main.c.
 */
#ifndef CLI_H
#define CLI_H

#include <argp.h>
#include <stdbool.h>

/**
 * enum cli_status - exit status of the program
 * @CLI_OK: done; of a question: yes
 * @CLI_NO: the question was understood, the answer is no
 * @CLI_TROUBLE: wrong usage, or something could not be read
 * @CLI_UNKNOWN: the answer can't be known, for want of privileges
 */
enum cli_status {
	CLI_OK = 0,
	CLI_NO = 1,
	CLI_TROUBLE = 2,
	CLI_UNKNOWN = 3,
};

/**
 * struct command - what follows "vfio-p2p" on the command line
 * @name: its name
 * @summary: one line for --help
 * @run: does it; argv[0] is the name for messages, "vfio-p2p NAME".  Returns an
 *	exit status
 */
struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

extern const struct command doctor_command;
extern const struct command explain_command;
extern const struct command export_command;
extern const struct command list_command;
extern const struct command matrix_command;
extern const struct command register_command;
extern const struct command stat_command;

/**
 * struct common - options that all commands have
 * @json: print JSON
 * @root: directory with the sys and proc of the machine to look at, "" for this
 *	machine
 */
struct common {
	bool json;
	const char *root;
};

/*
 * An argp child for the options above; its input, which a parser sets as
 * child_inputs[] at ARGP_KEY_INIT, is a struct common.
 */
extern const struct argp common_argp;

#endif /* CLI_H */
