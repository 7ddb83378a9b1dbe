/* SPDX-License-Identifier: GPL-2.0-only */
/* Options and arguments of commands that open a device and hand an fd of it over. */
#ifndef CLI_HAND_OVER_ARGS_H
#define CLI_HAND_OVER_ARGS_H

#include <argp.h>
#include <stdbool.h>

#include <vfio-p2p.h>

#include "vfio_open.h"

/**
 * struct hand_over_args - what the command line says
 * @bdf: the device
 * @bar: number of the BAR
 * @has_bar: it was given
 * @open_flags: O_RDWR or O_RDONLY
 * @way: how to open the device
 * @socket: path of the socket to serve, or NULL
 * @fd: number of the fd in the command, -1 for any
 * @json: print JSON
 * @command: the command with its arguments, or NULL
 */
struct hand_over_args {
	const char *bdf;
	unsigned int bar;
	bool has_bar;
	int open_flags;
	enum vfio_way way;
	const char *socket;
	int fd;
	bool json;
	char **command;
};

/*
 * An argp child; its input is a struct hand_over_args.  The parser is to run with
 * ARGP_IN_ORDER, for the command has options of its own.
 */
extern const struct argp hand_over_argp;

#define HAND_OVER_ARGS_DOC	"DEVICE BAR [COMMAND [ARGUMENT...]]"

/* "64K:1M"; of what is none the program ends with a sentence, as argp_error(). */
void parse_range(const char *text, struct vfio_p2p_range *range,
		 struct argp_state *state);

/* "1M", likewise */
__u64 parse_length(const char *text, struct argp_state *state);

#endif /* CLI_HAND_OVER_ARGS_H */
