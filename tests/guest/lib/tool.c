// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "tap.h"
#include "tool.h"

#define MAX_ARGS	16

void tool_start(struct tool *tool, const char *const args[])
{
	char *argv[MAX_ARGS] = { "vfio-p2p" };
	const char *path = env_rig("tool");
	int fds[2], i;

	for (i = 0; args[i]; i++) {
		assert_in_range(i, 0, MAX_ARGS - 3);
		argv[i + 1] = (char *)args[i];
	}
	assert_ok(pipe2(fds, O_CLOEXEC));
	tool->pid = assert_ok(fork());
	if (!tool->pid) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		/* Ignored in what a script starts, and the tool heeds that. */
		signal(SIGINT, SIG_DFL);
		execv(path ? path : TOOL_PATH, argv);
		_exit(99);
	}
	close(fds[1]);
	tool->out = fdopen(fds[0], "r");
	assert_non_null(tool->out);
}

/* What begins with "ok" would pass for a result of the test's own. */
static void show(const char *line)
{
	print_message("| %.*s\n", (int)strcspn(line, "\n"), line);
}

void tool_expect(struct tool *tool, const char *words, char *line, size_t size)
{
	if (!fgets(line, size, tool->out))
		fail_msg("no line with \"%s\"", words);
	show(line);
	if (!strstr(line, words))
		fail_msg("no \"%s\"", words);
}

static int end(struct tool *tool)
{
	int status;

	fclose(tool->out);
	assert_int_equal(waitpid(tool->pid, &status, 0), tool->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int tool_end(struct tool *tool)
{
	char line[512];

	while (fgets(line, sizeof(line), tool->out))
		show(line);
	return end(tool);
}

int tool_run(const char *const args[])
{
	struct tool tool;

	tool_start(&tool, args);
	return tool_end(&tool);
}

void tool_show(const char *text)
{
	while (*text) {
		show(text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

int tool_capture(const char *const args[], char **text)
{
	struct tool tool;
	size_t size = 0;

	*text = NULL;
	tool_start(&tool, args);
	/* There is no NUL in it. */
	if (getdelim(text, &size, '\0', tool.out) < 0) {
		free(*text);
		*text = strdup("");
		assert_non_null(*text);
	}
	return end(&tool);
}
