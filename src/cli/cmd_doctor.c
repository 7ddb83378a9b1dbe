// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p doctor: is this machine fit to export BARs, and if not, what to do?
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "doctor.h"
#include "output.h"
#include "paragraph.h"

const struct check checks[] = {
	{ "kernel", look_kernel },
	{ "iommu", look_iommu },
	{ "installed", look_installed },
	{ "vermagic", look_vermagic },
	{ "symbols", look_symbols },
	{ "signature", look_signature },
	{ "loaded", look_loaded },
	{ "parameters", look_parameters },
	{ "node", look_node },
	{ "vfio", look_vfio },
	{ "devices", look_devices },
	{ "groups", look_groups },
	{}
};

#define NR_CHECKS	(sizeof(checks) / sizeof(checks[0]) - 1)

struct arguments {
	struct common common;
	const char *report;
};

static const struct argp_option options[] = {
	{ "report", 'r', "FILE", 0,
	  "Write all that somebody far away needs to know to a new file", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->common;
		return 0;
	case 'r':
		args->report = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { .argp = &common_argp }, {} };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Look at kernel, module, device nodes, devices and IOMMU, and say what is\n"
	       "wrong and what to do about it.\n"
	       "\vThe report has neither serial numbers nor names of hosts and users, nor\n"
	       "addresses of memory or of the network.  Read it before you send it.\n"
	       "\n"
	       "The exit status is 0 if there is no problem (there may be warnings), 1 if\n"
	       "there is one, 2 for trouble, 3 if there is none to be seen but some things\n"
	       "are for root's eyes only.",
	.children = children,
};

static void vsay(char **text, const char *format, va_list args)
{
	free(*text);
	if (vasprintf(text, format, args) < 0)
		errx(CLI_TROUBLE, "no memory");
}

void found(struct finding *finding, enum health health, const char *format, ...)
{
	va_list args;

	finding->health = health;
	va_start(args, format);
	vsay(&finding->text, format, args);
	va_end(args);
}

void remedy(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(&finding->remedy, format, args);
	va_end(args);
}

const char *health_name(enum health health)
{
	static const char *const names[] = {
		[HEALTH_OK] = "ok",
		[HEALTH_WARNING] = "warning",
		[HEALTH_PROBLEM] = "problem",
		[HEALTH_UNKNOWN] = "unknown",
		[HEALTH_HIDDEN] = "hidden",
	};

	return names[health];
}

static void begin_color(enum health health)
{
	if (health == HEALTH_PROBLEM)
		fputs("\033[31m", stdout);
	else if (health == HEALTH_WARNING)
		fputs("\033[33m", stdout);
}

static void print_finding(const struct check *check,
			  const struct finding *finding)
{
	bool colors = output_has_colors() && finding->health != HEALTH_OK;
	char head[64];

	snprintf(head, sizeof(head), "%-8s %-11s", health_name(finding->health),
		 check->name);
	if (colors)
		begin_color(finding->health);
	paragraph(head, finding->text);
	if (colors)
		fputs("\033[0m", stdout);
	if (finding->remedy) {
		snprintf(head, sizeof(head), "%*s-> ", 20, "");
		paragraph(head, finding->remedy);
	}
}

static struct json_object *json_finding(const struct check *check,
					const struct finding *finding)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "check", check->name);
	json_add_text(object, "health", health_name(finding->health));
	json_add_text(object, "finding", finding->text);
	json_add_text(object, "remedy", finding->remedy);
	return object;
}

static void print_json(const struct patient *patient,
		       const struct finding *findings)
{
	struct json_object *array = json_object_new_array();
	struct json_object *top = json_object_new_object();
	size_t i;

	for (i = 0; i < NR_CHECKS; i++) {
		if (!findings[i].text)
			continue;
		json_object_array_add(array,
				      json_finding(&checks[i], &findings[i]));
	}
	json_add_text(top, "kernel", patient->release);
	json_object_object_add(top, "findings", array);
	json_end(top);
}

/* A new file: root may be told to write it where others can make links. */
static void write_report(const char *path, const struct patient *patient,
			 const struct finding *findings)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	FILE *file;

	if (fd < 0)
		err(CLI_TROUBLE, "%s", path);
	file = fdopen(fd, "w");
	if (!file)
		err(CLI_TROUBLE, "%s", path);
	report_write(file, patient, findings);
	if (ferror(file) || fclose(file))
		err(CLI_TROUBLE, "%s", path);
}

static int status_of(const struct finding *findings)
{
	int status = CLI_OK;
	size_t i;

	for (i = 0; i < NR_CHECKS; i++) {
		if (findings[i].health == HEALTH_PROBLEM)
			return CLI_NO;
		if (findings[i].health == HEALTH_HIDDEN)
			status = CLI_UNKNOWN;
	}
	return status;
}

static void print_all(const struct arguments *args,
		      const struct patient *patient,
		      const struct finding *findings)
{
	size_t i;

	if (args->common.json) {
		print_json(patient, findings);
	} else {
		for (i = 0; i < NR_CHECKS; i++) {
			if (findings[i].text)
				print_finding(&checks[i], &findings[i]);
		}
	}
}

static int run(int argc, char **argv)
{
	struct finding findings[NR_CHECKS] = {};
	struct arguments args = {};
	struct patient *patient;
	int status;
	size_t i;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	patient = patient_admit(args.common.root);
	for (i = 0; i < NR_CHECKS; i++)
		checks[i].look(patient, &findings[i]);
	print_all(&args, patient, findings);
	if (args.report)
		write_report(args.report, patient, findings);
	status = status_of(findings);
	for (i = 0; i < NR_CHECKS; i++) {
		free(findings[i].text);
		free(findings[i].remedy);
	}
	patient_discharge(patient);
	return status;
}

const struct command doctor_command = {
	.name = "doctor",
	.summary = "is this machine fit for it, and if not, what to do",
	.run = run,
};
