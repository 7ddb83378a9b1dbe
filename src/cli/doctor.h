/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio-p2p doctor: a table of checks, each a function that looks at one thing.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdio.h>
#include <libkmod.h>

#include "machine.h"
#include "platform.h"

/**
 * enum health - what a check found
 * @HEALTH_OK: as it should be
 * @HEALTH_WARNING: it works, but not for everybody or everything
 * @HEALTH_PROBLEM: it can't work
 * @HEALTH_UNKNOWN: it can't be seen on this machine
 * @HEALTH_HIDDEN: it can't be seen without privileges
 */
enum health {
	HEALTH_OK,
	HEALTH_WARNING,
	HEALTH_PROBLEM,
	HEALTH_UNKNOWN,
	HEALTH_HIDDEN,
};

/**
 * struct patient - what checks look at
 * @root: directory below which its files are, "" for this machine
 * @release: of its kernel
 * @config: configuration of the kernel, lines of text; NULL if not found
 * @native: the kernel exports BARs itself, as far as can be seen
 * @machine: its PCI devices
 * @kmod: for questions about its modules
 * @module: ours as installed, NULL if it is not
 * @info: modinfo of @module
 * @loaded: our module is loaded
 */
struct patient {
	const char *root;
	char *release;
	char *config;
	bool native;
	struct machine *machine;
	struct kmod_ctx *kmod;
	struct kmod_module *module;
	struct kmod_list *info;
	bool loaded;
};

/**
 * struct finding - what a check has to say
 * @health: how it is
 * @text: in a sentence; NULL if there was nothing to look at
 * @remedy: what to do; NULL if there is nothing to do
 */
struct finding {
	enum health health;
	char *text;
	char *remedy;
};

/**
 * struct check - one check
 * @name: for programs
 * @look: says one thing at most, by found() and, if there is something to do,
 *	remedy()
 */
struct check {
	const char *name;
	void (*look)(const struct patient *patient, struct finding *finding);
};

/* In the order in which they should be heeded; NULL is the last name. */
extern const struct check checks[];

/* What a check says; the last word counts. */
void found(struct finding *finding, enum health health, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void remedy(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

const char *health_name(enum health health);

/* ROOT as for machine_read() */
struct patient *patient_admit(const char *root);
void patient_discharge(struct patient *patient);

/* A value of @info by its key, NULL if there is none */
const char *patient_modinfo(const struct patient *patient, const char *key);

/* Is CONFIG_NAME set to y or m?  FACT_UNKNOWN without a configuration. */
enum fact patient_config(const struct patient *patient, const char *name);

/* Is there a module of that name, or is it built in? */
bool patient_has_module(const struct patient *patient, const char *name);

/* The checks, by the file they are in */
void look_kernel(const struct patient *patient, struct finding *finding);

void look_installed(const struct patient *patient, struct finding *finding);
void look_vermagic(const struct patient *patient, struct finding *finding);
void look_symbols(const struct patient *patient, struct finding *finding);
void look_signature(const struct patient *patient, struct finding *finding);
void look_loaded(const struct patient *patient, struct finding *finding);
void look_parameters(const struct patient *patient, struct finding *finding);

void look_node(const struct patient *patient, struct finding *finding);
void look_vfio(const struct patient *patient, struct finding *finding);
void look_devices(const struct patient *patient, struct finding *finding);
void look_groups(const struct patient *patient, struct finding *finding);

void look_iommu(const struct patient *patient, struct finding *finding);

/*
 * All that somebody far away needs to know, for reading; FINDINGS has an entry a
 * check.  No serial numbers, no names of hosts and users, no addresses of memory
 * or of the network.
 */
void report_write(FILE *out, const struct patient *patient,
		  const struct finding *findings);

#endif /* CLI_DOCTOR_H */
