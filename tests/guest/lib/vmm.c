// SPDX-License-Identifier: GPL-2.0-only
/* Debian's QEMU, run in the guest: what the rig has put there. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "tap.h"
#include "tool.h"
#include "vmm.h"

#define MAX_ARGS	64

static void in_root(char *path, unsigned int major, const char *name)
{
	snprintf(path, PATH_MAX, "/qemu/%u/%s", major, name);
}

void vmm_skip(unsigned int major)
{
	char path[PATH_MAX];

	in_root(path, major, "bin/qemu-system-x86_64");
	if (!access(path, X_OK))
		return;
	print_message("no QEMU %u here; tests/vm/fetch-qemu gets it\n", major);
	skip();
}

/* In the child: with a loader and libraries of its own */
static void run(unsigned int major, const char *disk,
		const char *const devices[])
{
	char loader[PATH_MAX], libraries[PATH_MAX], program[PATH_MAX];
	char firmware[PATH_MAX], drive[PATH_MAX];
	char *args[MAX_ARGS] = {
		loader, "--library-path", libraries, program, "-L", firmware,
		"-nodefaults", "-no-user-config", "-display", "none",
		"-machine", "q35", "-accel", "tcg", "-m", "32M",
		"-chardev", "stdio,id=con",
		"-device", "isa-debugcon,iobase=0x402,chardev=con",
		"-drive", drive,
	};
	unsigned int nr = 22, i;

	in_root(loader, major, "lib/ld-linux-x86-64.so.2");
	in_root(libraries, major, "lib");
	in_root(program, major, "bin/qemu-system-x86_64");
	in_root(firmware, major, "share");
	snprintf(drive, sizeof(drive), "format=raw,file=%s", disk);
	for (i = 0; devices[i] && nr < MAX_ARGS - 1; i++)
		args[nr++] = (char *)devices[i];
	args[nr] = NULL;
	execv(loader, args);
}

void vmm_start(struct vmm *vmm, unsigned int major, const char *preload,
	       const char *disk, const char *const devices[])
{
	int fds[2];

	assert_ok(pipe2(fds, O_CLOEXEC));
	vmm->pid = assert_ok(fork());
	if (!vmm->pid) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		if (preload)
			setenv("LD_PRELOAD", preload, 1);
		setenv("VFIO_P2P_IOMMUFD_LOG", "1", 1);
		run(major, disk, devices);
		_exit(99);
	}
	close(fds[1]);
	vmm->out = fdopen(fds[0], "r");
	assert_non_null(vmm->out);
	vmm->said = open_memstream(&vmm->text, &vmm->size);
	assert_non_null(vmm->said);
}

void vmm_wait(struct vmm *vmm, const char *words)
{
	char line[1024];

	while (fgets(line, sizeof(line), vmm->out)) {
		/* The firmware has much to say of its own. */
		if (strstr(line, "qemu-system") || strstr(line, words) ||
		    strstr(line, "PCI peer") || strstr(line, "libvfio"))
			tool_show(line);
		fputs(line, vmm->said);
		if (strstr(line, words))
			return;
	}
	fflush(vmm->said);
	tool_show(vmm->text);
	fail_msg("QEMU has not said \"%s\"", words);
}

unsigned int vmm_count(struct vmm *vmm, const char *words)
{
	const char *line, *next;
	unsigned int count = 0;
	const char *found;

	fflush(vmm->said);
	for (line = vmm->text; *line; line = next) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		found = strstr(line, words);
		count += found && found < next;
	}
	return count;
}

static int reap(struct vmm *vmm)
{
	int status;

	waitpid(vmm->pid, &status, 0);
	vmm->pid = 0;
	fclose(vmm->out);
	fclose(vmm->said);
	free(vmm->text);
	return status;
}

void vmm_stop(struct vmm *vmm)
{
	int status;

	kill(vmm->pid, SIGTERM);
	status = reap(vmm);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("QEMU ended with status %#x", status);
}

void vmm_kill(struct vmm *vmm)
{
	if (vmm->pid <= 0)
		return;
	kill(vmm->pid, SIGKILL);
	reap(vmm);
}
