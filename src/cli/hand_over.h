/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a dma-buf, or of a slice with pages, once it is there. */
#ifndef CLI_HAND_OVER_H
#define CLI_HAND_OVER_H

#include <json-c/json.h>

#include "hand_over_args.h"

/**
 * struct handed_over - what others get
 * @fd: the dma-buf or the slice
 * @variable: of the command's environment, in which it finds the number of the fd
 * @size_variable: likewise, for @size; NULL for none
 * @size: in bytes
 * @text: a line for people
 * @json: the same for programs, and for the clients of a socket
 */
struct handed_over {
	int fd;
	const char *variable;
	const char *size_variable;
	unsigned long long size;
	char *text;
	struct json_object *json;
};

/* Frees @text and @json. */
void handed_over_free(struct handed_over *what);

/*
 * Signals wait from here on, so that none is lost between the fd is made and
 * hand_over().
 */
void hand_over_begin(void);

/*
 * To the command, to the clients of the socket, or to nobody, for as long as the
 * command runs or until SIGINT, SIGTERM or SIGHUP.  Returns the exit status, that of
 * the command as a shell has it; ends the program with a sentence if there is
 * trouble before.
 */
int hand_over(const struct hand_over_args *args,
	      const struct handed_over *what);

#endif /* CLI_HAND_OVER_H */
