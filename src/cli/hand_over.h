/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a dma-buf once it is there. */
#ifndef CLI_HAND_OVER_H
#define CLI_HAND_OVER_H

/* The child finds the number of the fd in this variable of its environment. */
#define HAND_OVER_FD	"VFIO_P2P_DMABUF_FD"

/*
 * Signals wait from here on, so that none is lost between the export and one of
 * the functions below.
 */
void hand_over_begin(void);

/* Until SIGINT, SIGTERM or SIGHUP */
void hand_over_hold(void);

/* Until the command ends; returns its exit status, as a shell would. */
int hand_over_to_command(int dmabuf, int as_fd, char **command);

/* A unix socket; ends the program with a sentence if it can't be made. */
int hand_over_listen(const char *path);

/* To each of its clients, with a TEXT, until a signal as above; removes it. */
void hand_over_by_socket(int dmabuf, int socket, const char *path,
			 const char *text);

#endif /* CLI_HAND_OVER_H */
