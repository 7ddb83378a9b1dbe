// SPDX-License-Identifier: GPL-2.0-only
/*
 * fio that writes to a drive, reads it again, and verifies what it reads, with its
 * buffers in slices of a BAR.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "fio.h"
#include "tap.h"
#include "tool.h"

#define PRELOAD		"/tests/fio_slice.so"

/* Of a line of the format terse, one for each job */
#define JOB_BEGIN	"3;fio-"

/* With fio's option to go on after EFAULT it would verify nothing any more. */
static const char *const options[] = {
	"--time_based", "--direct=1", "--rw=randwrite", "--randrepeat=0",
	"--verify=crc32c", "--verify_backlog=32", "--verify_fatal=1",
	"--verify_state_save=0", "--thread", "--disk_util=0",
	"--output-format=terse",
};

static void add_options(FILE *file, const struct fio *fio)
{
	unsigned int i;

	fprintf(file, "exec fio --filename=%s --runtime=%u --size=%uM",
		fio->drive, FIO_ROUND_SECONDS, FIO_PART_SIZE);
	for (i = 0; i < ARRAY_SIZE(options); i++)
		fprintf(file, " %s", options[i]);
}

static void add_round(FILE *file, const struct fio *fio)
{
	const struct fio_part *part;
	unsigned int i;

	for (i = 0; i < FIO_PARTS; i++) {
		part = &fio->parts[i];
		fprintf(file, " --name=%u --ioengine=%s --bs=%u --iodepth=%u",
			i, part->engine, part->block, part->depth);
		/* As an option of all fio would heed it in the first job only. */
		fprintf(file, " --offset=%uM --iomem=mmapshared:/slice/%d",
			i * FIO_PART_SIZE, part->slice);
		/* It waits for those before. */
		if (!i)
			fputs(" --stonewall", file);
	}
}

/* To be freed */
static char *make_command(const struct fio *fio, unsigned int rounds)
{
	size_t size;
	char *text;
	FILE *file;

	file = open_memstream(&text, &size);
	assert_non_null(file);
	add_options(file, fio);
	while (rounds--)
		add_round(file, fio);
	fclose(file);
	return text;
}

/* In the child */
static void run(const struct fio *fio, const char *command)
{
	unsigned int i;

	dup2(fio->output, STDOUT_FILENO);
	dup2(fio->output, STDERR_FILENO);
	for (i = 0; i < FIO_PARTS; i++)
		fcntl(fio->parts[i].slice, F_SETFD, 0);
	setenv("LD_PRELOAD", PRELOAD, 1);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(99);
}

void fio_start(struct fio *fio, unsigned int rounds)
{
	char *command = make_command(fio, rounds);

	fio->output = assert_ok(memfd_create("fio", MFD_CLOEXEC));
	fio->pid = assert_ok(fork());
	if (!fio->pid)
		run(fio, command);
	free(command);
}

bool fio_ended(const struct fio *fio)
{
	siginfo_t info = {};

	assert_ok(waitid(P_PID, (id_t)fio->pid, &info,
			 WEXITED | WNOHANG | WNOWAIT));
	return info.si_pid;
}

/* All it has printed, to be freed */
static char *read_output(const struct fio *fio)
{
	const off_t size = assert_ok(lseek(fio->output, 0, SEEK_END));
	char *text = calloc(1, (size_t)size + 1);

	assert_non_null(text);
	assert_int_equal(pread(fio->output, text, (size_t)size, 0), size);
	return text;
}

/* What it reads it verifies.  Returns whether it ended as it may. */
static bool judge_job(struct fio *fio, const char *line)
{
	unsigned int number;
	unsigned long read;
	int error;

	if (sscanf(line, JOB_BEGIN "%*[^;];%u;%*d;%d;%lu", &number, &error,
		   &read) != 3 || number >= FIO_PARTS)
		return false;

	fio->parts[number].verified += read;
	fio->parts[number].efault += error == EFAULT;
	fio->parts[number].damaged += error == EILSEQ;
	return !error || error == EFAULT || error == EILSEQ;
}

static bool judge(struct fio *fio, const char *text)
{
	const char *line = strstr(text, JOB_BEGIN);
	unsigned int sigbus;

	if (!line)
		return false;
	for (; line; line = strstr(line + 1, JOB_BEGIN))
		if (!judge_job(fio, line))
			return false;

	line = strstr(text, "SIGBUS ");
	if (!line || sscanf(line, "SIGBUS %u", &sigbus) != 1)
		return false;
	fio->sigbus += sigbus;
	return true;
}

void fio_stop(struct fio *fio)
{
	kill(fio->pid, SIGTERM);
	fio_end(fio);
}

void fio_end(struct fio *fio)
{
	const pid_t pid = fio->pid;
	char *text;
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	fio->pid = 0;
	text = read_output(fio);
	close(fio->output);
	if (!judge(fio, text)) {
		tool_show(text);
		fail_msg("status %#x", status);
	}
	/* What it has to say comes before the results. */
	*strstr(text, JOB_BEGIN) = '\0';
	if (strstr(text, "verify"))
		tool_show(text);
	free(text);
}

void fio_kill(struct fio *fio)
{
	if (fio->pid <= 0)
		return;
	kill(fio->pid, SIGKILL);
	waitpid(fio->pid, NULL, 0);
	fio->pid = 0;
	close(fio->output);
}
