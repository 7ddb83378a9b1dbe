// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p: what peer-to-peer DMA between PCI devices can and cannot do here.
 */
#include <err.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const struct command *const commands[] = {
	&list_command,
	&matrix_command,
	&explain_command,
	&export_command,
	&register_command,
	&stat_command,
	&doctor_command,
	NULL
};

const char *argp_program_version = "vfio-p2p " CLI_VERSION;

struct arguments {
	const struct command *command;
	int argc;
	char **argv;
};

static const struct command *find_command(const char *name)
{
	const struct command *const *pos;

	for (pos = commands; *pos; pos++) {
		if (!strcmp((*pos)->name, name))
			return *pos;
	}
	return NULL;
}

/* Whatever follows the command's name is for the command. */
static void take_command(struct arguments *args, const char *name,
			 struct argp_state *state)
{
	args->command = find_command(name);
	if (!args->command)
		argp_error(state, "there is no command \"%s\"", name);
	args->argc = state->argc - state->next + 1;
	args->argv = state->argv + state->next - 1;
	state->next = state->argc;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		take_command(args, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void print_commands(FILE *out)
{
	const struct command *const *pos;

	fputs("Commands:\n", out);
	for (pos = commands; *pos; pos++)
		fprintf(out, "  %-10s %s\n", (*pos)->name, (*pos)->summary);
	fputs("\nEach has its own --help; vfio-p2p(8) has it all.", out);
}

/* The table of commands is in the help, after the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *commands_text = NULL;
	size_t size;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	out = open_memstream(&commands_text, &size);
	if (!out)
		return NULL;
	print_commands(out);
	fclose(out);
	return commands_text;
}

/* Messages of a command begin with "vfio-p2p NAME". */
static int run(const struct arguments *args)
{
	static char name[64];

	snprintf(name, sizeof(name), "vfio-p2p %s", args->command->name);
	args->argv[0] = name;
	return args->command->run(args->argc, args->argv);
}

/* Of a closed standard output the number would go to a device that is opened. */
static void fill_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

/* A full disk is only seen when the last of the output is written. */
static void end_output(void)
{
	bool failed = ferror(stdout);

	if (fclose(stdout))
		warn("standard output");
	else if (failed)
		warnx("standard output: not all could be written");
	else
		return;
	_exit(CLI_TROUBLE);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = "Can these two PCI devices talk to each other, and if not, why?\v",
		.help_filter = help_filter,
	};
	struct arguments args = {};

	fill_standard_fds();
	atexit(end_output);
	setlocale(LC_CTYPE, "");
	/* Otherwise argp ends each help with a paragraph about itself. */
	setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
	argp_err_exit_status = CLI_TROUBLE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	return run(&args);
}
