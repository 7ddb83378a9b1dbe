// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "hand_over_args.h"

/* The most that the kernel lets a process have, by default (nr_open) */
#define MAX_FD		((1 << 20) - 1)

static const struct argp_option options[] = {
	{ "read-only", 'o', NULL, 0, "An fd that can't be mapped for writing",
	  0 },
	{ "socket", 's', "PATH", 0,
	  "Send the fd to each client of this unix socket, which is made", 0 },
	{ "fd", 'f', "NUMBER", 0, "Number of the fd in the command", 0 },
	{ "open", 'O', "WAY", 0,
	  "Open the device by its own \"node\" or by its \"group\"; the default is what is there",
	  0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{}
};

/* A number with a suffix that TERMINATOR follows */
static bool parse_size(const char **text, char terminator, __u64 *value)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	unsigned int shift;
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*value = strtoull(*text, &end, 0);
	if (errno)
		return false;
	suffix = *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
		if (*value << shift >> shift != *value)
			return false;
		*value <<= shift;
		end++;
	}
	if (*end != terminator)
		return false;
	*text = end + 1;
	return true;
}

void parse_range(const char *text, struct vfio_p2p_range *range,
		 struct argp_state *state)
{
	const char *pos = text;

	if (!parse_size(&pos, ':', &range->offset) ||
	    !parse_size(&pos, '\0', &range->length))
		argp_error(state, "\"%s\" is no range; expected one as 64K:1M",
			   text);
}

__u64 parse_length(const char *text, struct argp_state *state)
{
	const char *pos = text;
	__u64 length = 0;

	if (!parse_size(&pos, '\0', &length) || !length)
		argp_error(state, "\"%s\" is no length; expected one as 1M",
			   text);
	return length;
}

static unsigned int parse_number(const char *what, unsigned int max,
				 const char *text, struct argp_state *state)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value > max)
		argp_error(state, "\"%s\" is no number of %s; expected 0 to %u",
			   text, what, max);
	return value;
}

static void parse_way(struct hand_over_args *args, const char *text,
		      struct argp_state *state)
{
	if (!strcmp(text, "node"))
		args->way = VFIO_WAY_NODE;
	else if (!strcmp(text, "group"))
		args->way = VFIO_WAY_GROUP;
	else
		argp_error(state, "--open=%s: expected node or group", text);
}

/* Device and BAR; what follows is the command, with its own options. */
static void take_argument(struct hand_over_args *args, char *arg,
			  struct argp_state *state)
{
	if (!args->bdf) {
		args->bdf = arg;
	} else if (!args->has_bar) {
		args->bar = parse_number("a BAR", NR_BARS - 1, arg, state);
		args->has_bar = true;
	} else {
		args->command = state->argv + state->next - 1;
		state->next = state->argc;
	}
}

static void check_arguments(const struct hand_over_args *args,
			    struct argp_state *state)
{
	if (!args->has_bar)
		argp_error(state, "expected a device and the number of a BAR");
	if (args->socket && args->command)
		argp_error(state, "either a command or --socket");
	if (args->fd >= 0 && !args->command)
		argp_error(state, "--fd is for a command");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct hand_over_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		args->open_flags = O_RDWR;
		args->fd = -1;
		return 0;
	case 'o':
		args->open_flags = O_RDONLY;
		return 0;
	case 's':
		/* It would be a socket without a file, open to everybody. */
		if (!*arg)
			argp_error(state, "--socket: expected a path");
		args->socket = arg;
		return 0;
	case 'f':
		args->fd = (int)parse_number("an fd", MAX_FD, arg, state);
		return 0;
	case 'O':
		parse_way(args, arg, state);
		return 0;
	case 'j':
		args->json = true;
		return 0;
	case ARGP_KEY_ARG:
		take_argument(args, arg, state);
		return 0;
	case ARGP_KEY_END:
		check_arguments(args, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp hand_over_argp = { .options = options, .parser = parse };
