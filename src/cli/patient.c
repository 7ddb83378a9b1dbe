// SPDX-License-Identifier: GPL-2.0-only
/* What the doctor's checks look at, read once */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "doctor.h"
#include "kernel_config.h"
#include "sysfs.h"

enum fact patient_config(const struct patient *patient, const char *name)
{
	const char *pos = patient->config;
	size_t length = strlen(name);

	if (!pos)
		return FACT_UNKNOWN;
	while ((pos = strstr(pos, name))) {
		bool begins = pos - patient->config >= 7 &&
			      !strncmp(pos - 7, "CONFIG_", 7) &&
			      (pos - 7 == patient->config || pos[-8] == '\n');

		pos += length;
		if (begins && (!strncmp(pos, "=y\n", 3) ||
			       !strncmp(pos, "=m\n", 3)))
			return FACT_YES;
	}
	return FACT_NO;
}

static struct kmod_module *look_up(struct kmod_ctx *kmod, const char *name)
{
	struct kmod_module *module = NULL;
	struct kmod_list *list = NULL;

	if (kmod_module_new_from_lookup(kmod, name, &list) < 0 || !list)
		return NULL;
	module = kmod_module_get_module(list);
	kmod_module_unref_list(list);
	return module;
}

bool patient_has_module(const struct patient *patient, const char *name)
{
	struct kmod_module *module = look_up(patient->kmod, name);

	kmod_module_unref(module);
	return module;
}

/* Only that feature has vfio-pci-core make dma-bufs. */
static bool core_exports(const struct patient *patient)
{
	struct kmod_module *core = look_up(patient->kmod, "vfio_pci_core");
	struct kmod_list *symbols = NULL, *pos;
	bool ret = false;

	if (!core)
		return false;
	kmod_module_get_dependency_symbols(core, &symbols);
	kmod_list_foreach(pos, symbols)
		ret |= !strcmp(kmod_module_dependency_symbol_get_symbol(pos),
			       "dma_buf_export");
	kmod_module_dependency_symbols_free_list(symbols);
	kmod_module_unref(core);
	return ret;
}

/* A module that was removed may still be in the index. */
static void read_module(struct patient *patient)
{
	patient->module = look_up(patient->kmod, MODULE_NAME);
	if (!patient->module)
		return;
	if (kmod_module_get_info(patient->module, &patient->info) < 0) {
		kmod_module_unref(patient->module);
		patient->module = NULL;
	}
}

const char *patient_modinfo(const struct patient *patient, const char *key)
{
	const struct kmod_list *pos;

	kmod_list_foreach(pos, patient->info) {
		if (!strcmp(kmod_module_info_get_key(pos), key))
			return kmod_module_info_get_value(pos);
	}
	return NULL;
}

static struct kmod_ctx *open_kmod(const char *root, const char *release)
{
	char *path = text_of("%s/lib/modules/%s", root, release);
	char *etc = text_of("%s/etc/modprobe.d", root);
	const char *const configs[] = { etc, NULL };
	struct kmod_ctx *kmod = kmod_new(path, *root ? configs : NULL);

	if (!kmod)
		errx(CLI_TROUBLE, "no memory");
	/* A module that can't be read is our finding, not its message. */
	kmod_set_log_priority(kmod, 0);
	free(path);
	free(etc);
	return kmod;
}

struct patient *patient_admit(const char *root)
{
	struct patient *patient = calloc(1, sizeof(*patient));

	if (!patient)
		errx(CLI_TROUBLE, "no memory");
	patient->root = root;
	patient->release = sysfs_read("%s/proc/sys/kernel/osrelease", root);
	if (!patient->release)
		errx(CLI_TROUBLE, "%s/proc/sys/kernel/osrelease: %s", root,
		     strerror(errno));
	patient->config = kernel_config_read(root, patient->release);
	patient->machine = machine_read(root);
	patient->kmod = open_kmod(root, patient->release);
	patient->native = core_exports(patient) ||
			  patient_config(patient, "VFIO_PCI_DMABUF") ==
				  FACT_YES;
	read_module(patient);
	patient->loaded = sysfs_size("%s/sys/module/" MODULE_NAME, root) >= 0;
	return patient;
}

void patient_discharge(struct patient *patient)
{
	kmod_module_info_free_list(patient->info);
	kmod_module_unref(patient->module);
	kmod_unref(patient->kmod);
	machine_free(patient->machine);
	free(patient->config);
	free(patient->release);
	free(patient);
}
