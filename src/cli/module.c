// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "cli.h"
#include "module.h"
#include "sysfs.h"
#include "vfio_open.h"

/*
 * exporter=own and exporter=native say it; with exporter=auto it depends on the
 * kernel, which only the module knows.
 */
enum fact module_exports(const char *root)
{
	char *exporter = sysfs_read("%s/sys/module/" MODULE_NAME
				    "/parameters/exporter", root);
	enum fact ret = FACT_UNKNOWN;
	uint64_t capabilities;

	if (exporter && !strcmp(exporter, "own"))
		ret = FACT_YES;
	else if (exporter && !strcmp(exporter, "native"))
		ret = FACT_NO;
	else if (!*root && vfio_p2p_module_abi(&capabilities, NULL) > 0)
		ret = capabilities & VFIO_P2P_CAP_FEATURE ? FACT_YES : FACT_NO;
	free(exporter);
	return ret;
}

static void __attribute__((noreturn))
ask_all(const struct machine *machine, const struct function *exporter, FILE *out)
{
	int device_fd = vfio_open(exporter, VFIO_WAY_ANY);
	struct vfio_p2p_error error;
	struct vfio_p2p_path path;
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		if (vfio_p2p_find_path(device_fd, machine->functions[i]->text,
				       &path, &error))
			errx(CLI_TROUBLE, "%s", error.text);
		fwrite(&path, sizeof(path), 1, out);
	}
	exit(fclose(out) ? CLI_TROUBLE : CLI_OK);
}

/*
 * In a process of its own: with its end all is closed that belongs to the device,
 * and what can't be opened ends that process only.
 */
static pid_t start_asking(const struct machine *machine,
			  const struct function *exporter, FILE **in)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		err(CLI_TROUBLE, "pipe");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(CLI_TROUBLE, "fork");
	if (!pid) {
		close(ends[0]);
		ask_all(machine, exporter, fdopen(ends[1], "w"));
	}
	close(ends[1]);
	*in = fdopen(ends[0], "r");
	return pid;
}

static enum fact translated(const struct vfio_p2p_path *path,
			    const struct function *importer)
{
	if (path->facts & VFIO_P2P_FACT_PEER_TRANSLATED)
		return FACT_YES;
	return function_translated(importer) == FACT_NO ? FACT_NO :
							  FACT_UNKNOWN;
}

static void take_path(const struct vfio_p2p_path *path,
		      const struct function *importer, struct answer *answer)
{
	struct p2p_decision *decision = &answer->decisions[0];

	*answer = (struct answer) {
		.nr = 1,
		.module = true,
		.translated = translated(path, importer),
	};
	decision->route = path->route;
	decision->distance = path->distance;
	decision->reason = path->reason;
	decision->facts = path->facts;
	decision->has_bridge = bdf_parse(path->bridge, &decision->bridge);
	bdf_parse(path->redirect, &decision->redirect);
}

void module_ask(struct module_answers *answers, const struct machine *machine,
		const struct function *exporter)
{
	struct vfio_p2p_path path;
	int status;
	FILE *in;
	pid_t pid;
	size_t i;

	module_answers_free(answers);
	answers->exporter = exporter;
	answers->answers = calloc(machine->nr_functions,
				  sizeof(*answers->answers));
	if (!answers->answers)
		errx(CLI_TROUBLE, "no memory");
	pid = start_asking(machine, exporter, &in);
	for (i = 0; i < machine->nr_functions; i++) {
		if (fread(&path, sizeof(path), 1, in) != 1)
			break;
		take_path(&path, machine->functions[i], &answers->answers[i]);
	}
	fclose(in);
	answers->valid = waitpid(pid, &status, 0) == pid && !status &&
			 i == machine->nr_functions;
}

void module_answers_free(struct module_answers *answers)
{
	free(answers->answers);
	*answers = (struct module_answers) {};
}
