/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tool vfio-p2p, as a user starts it; the kernel argument rig.tool= names
 * another build of it.
 */
#ifndef TEST_TOOL_H
#define TEST_TOOL_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define TOOL_PATH	"/bin/vfio-p2p"

/**
 * struct tool - the tool while it runs
 * @pid: its process
 * @out: what it prints, standard error as well
 */
struct tool {
	pid_t pid;
	FILE *out;
};

/* ARGS is what follows "vfio-p2p", NULL at its end. */
void tool_start(struct tool *tool, const char *const args[]);

/* The next line has those words, or the test fails; it goes to LINE. */
void tool_expect(struct tool *tool, const char *words, char *line, size_t size);

/* The exit status, -1 after a signal; what it has printed is printed. */
int tool_end(struct tool *tool);

/* The same in one call */
int tool_run(const char *const args[]);

/* The same, but all it prints is in TEXT, to be freed. */
int tool_capture(const char *const args[], char **text);

/* Lines of text as what the tool printed */
void tool_show(const char *text);

#define TOOL_ARGS(...)	((const char *const[]){ __VA_ARGS__, NULL })

#endif /* TEST_TOOL_H */
