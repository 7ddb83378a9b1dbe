// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "hand_over.h"
#include "output.h"
#include "sysfs.h"

/* As env(1) and the shell have it */
#define STATUS_NOT_EXECUTABLE	126
#define STATUS_NOT_FOUND	127
#define STATUS_SIGNAL		128

static sigset_t signals;

/* Whoever started us may not want to be ended by it, as nohup(1). */
static void add_unless_ignored(int number)
{
	struct sigaction action;

	sigaction(number, NULL, &action);
	if (action.sa_handler != SIG_IGN)
		sigaddset(&signals, number);
}

void hand_over_begin(void)
{
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	add_unless_ignored(SIGINT);
	add_unless_ignored(SIGTERM);
	add_unless_ignored(SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* A client that goes away early, or a closed standard output */
	signal(SIGPIPE, SIG_IGN);
}

/* A stop (Ctrl-Z, the freezer, a debugger) interrupts the wait, and ends nothing. */
static void hold(void)
{
	int number;

	do {
		number = sigwaitinfo(&signals, NULL);
	} while (number < 0 || number == SIGCHLD);
}

static void set_variable(const char *name, unsigned long long value)
{
	char number[24];

	snprintf(number, sizeof(number), "%llu", value);
	setenv(name, number, 1);
}

static void __attribute__((noreturn))
become(const struct handed_over *what, int as_fd, char **command)
{
	int fd = as_fd;

	/* dup2() to the same number would leave it to be closed. */
	if (fd < 0)
		fd = dup(what->fd);
	else if (fd == what->fd)
		fcntl(fd, F_SETFD, 0);
	else
		fd = dup2(what->fd, fd);
	if (fd < 0)
		err(CLI_TROUBLE, "fd for the command");

	set_variable(what->variable, fd);
	if (what->size_variable)
		set_variable(what->size_variable, what->size);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	execvp(command[0], command);
	err(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE, "%s",
	    command[0]);
}

/* What the terminal sends, it has sent to the child as well. */
static void pass_on(pid_t child, const siginfo_t *info)
{
	if (info->si_code != SI_KERNEL)
		kill(child, info->si_signo);
}

static int wait_for(pid_t child)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (sigwaitinfo(&signals, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD)
			pass_on(child, &info);
		else if (waitpid(child, &status, WNOHANG) == child)
			break;
	}
	if (WIFSIGNALED(status))
		return STATUS_SIGNAL + WTERMSIG(status);
	return WEXITSTATUS(status);
}

static int to_command(const struct handed_over *what, int as_fd, char **command)
{
	pid_t child = fork();

	if (child < 0)
		err(CLI_TROUBLE, "fork");
	if (!child)
		become(what, as_fd, command);
	return wait_for(child);
}

/* For its owner only: who has the fd can write to the device. */
static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int ret;

	if (fd < 0)
		err(CLI_TROUBLE, "socket");
	if (strlen(path) >= sizeof(address.sun_path))
		errx(CLI_TROUBLE,
		     "%s: longer than the %zu bytes that its name may have",
		     path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);

	mask = umask(0177);
	ret = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (ret && errno == EADDRINUSE)
		errx(CLI_TROUBLE, "%s exists; if no other export uses it, remove it",
		     path);
	if (ret || listen(fd, 16))
		err(CLI_TROUBLE, "%s", path);
	return fd;
}

/* One message: the text with the fd */
static void serve(int client, int fd, const char *text)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec data = {
		.iov_base = (char *)text,
		.iov_len = strlen(text),
	};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	if (sendmsg(client, &message, MSG_NOSIGNAL) < 0)
		warn("a client");
}

static void accept_client(int listener, int fd, const char *text)
{
	int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (client < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED)
			err(CLI_TROUBLE, "accept");
		return;
	}
	serve(client, fd, text);
	close(client);
}

/* Becomes readable when it is to end; children that end are somebody else's. */
static int end_fd(void)
{
	sigset_t ends = signals;
	int fd;

	sigdelset(&ends, SIGCHLD);
	fd = signalfd(-1, &ends, SFD_CLOEXEC);
	if (fd < 0)
		err(CLI_TROUBLE, "signalfd");
	return fd;
}

static void serve_all(int listener, int fd, const char *text)
{
	struct pollfd fds[] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = end_fd(), .events = POLLIN },
	};

	while (!fds[1].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			err(CLI_TROUBLE, "poll");
		if (fds[0].revents)
			accept_client(listener, fd, text);
	}
	close(fds[1].fd);
}

static void announce(const struct hand_over_args *args,
		     const struct handed_over *what)
{
	if (args->json) {
		json_end(json_object_get(what->json));
	} else {
		puts(what->text);
		if (args->socket)
			printf("serving it at %s until interrupted\n",
			       args->socket);
		else
			printf("holding it as fd %d of process %d until interrupted\n",
			       what->fd, getpid());
	}
	fflush(stdout);
}

static void by_socket(const struct hand_over_args *args,
		      const struct handed_over *what)
{
	int listener = listen_at(args->socket);
	char *line;

	line = text_of("%s\n",
		       json_object_to_json_string_ext(what->json,
						      JSON_C_TO_STRING_PLAIN));
	announce(args, what);
	serve_all(listener, what->fd, line);
	unlink(args->socket);
	free(line);
	close(listener);
}

int hand_over(const struct hand_over_args *args, const struct handed_over *what)
{
	/* The output is the command's. */
	if (args->command)
		return to_command(what, args->fd, args->command);

	if (args->socket) {
		by_socket(args, what);
	} else {
		announce(args, what);
		hold();
	}
	return CLI_OK;
}

void handed_over_free(struct handed_over *what)
{
	free(what->text);
	json_object_put(what->json);
}
