// SPDX-License-Identifier: GPL-2.0-only
/* Our module: installed, for this kernel, loaded? */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "sysfs.h"

void look_installed(const struct patient *patient, struct finding *finding)
{
	const char *version = patient_modinfo(patient, "version");
	char *headers;

	if (patient->module) {
		found(finding, HEALTH_OK, "version %s is installed for %s",
		      version ?: "(none)", patient->release);
		return;
	}

	found(finding,
	      patient->native || patient->loaded ? HEALTH_WARNING :
						   HEALTH_PROBLEM,
	      "not installed for %s", patient->release);
	headers = sysfs_real("%s/lib/modules/%s/build", patient->root,
			     patient->release);
	if (headers)
		remedy(finding, "dkms autoinstall; if dkms does not know it, install the package vfio-p2p-dmabuf-dkms, or in its sources: make dkms-install");
	else
		remedy(finding, "install the headers of this kernel (on Debian linux-headers-%s), then: dkms autoinstall",
		       patient->release);
	free(headers);
}

void look_vermagic(const struct patient *patient, struct finding *finding)
{
	const char *vermagic = patient_modinfo(patient, "vermagic");
	size_t length = strlen(patient->release);

	if (!patient->module)
		return;
	if (vermagic && !strncmp(vermagic, patient->release, length) &&
	    (vermagic[length] == ' ' || !vermagic[length])) {
		found(finding, HEALTH_OK, "built for this kernel");
		return;
	}
	found(finding, HEALTH_PROBLEM,
	      "built for another kernel: %.*s, and not %s",
	      vermagic ? (int)strcspn(vermagic, " ") : 0, vermagic ?: "",
	      patient->release);
	remedy(finding, "build it anew: dkms build --force, dkms install --force");
}

/* The identity of the build; NULL if the kernel does not say it */
static char *loaded_srcversion(const struct patient *patient)
{
	return sysfs_read("%s/sys/module/" MODULE_NAME "/srcversion",
			  patient->root);
}

static void look_build(const struct patient *patient, struct finding *finding)
{
	const char *installed = patient_modinfo(patient, "srcversion");
	char *loaded = loaded_srcversion(patient);

	if (installed && loaded && strcmp(installed, loaded)) {
		found(finding, HEALTH_WARNING,
		      "loaded, but from another build than the one that is installed");
		remedy(finding, "modprobe -r %s && modprobe %s", MODULE_NAME,
		       MODULE_NAME);
	} else {
		found(finding, HEALTH_OK, "loaded");
	}
	free(loaded);
}

void look_loaded(const struct patient *patient, struct finding *finding)
{
	if (patient->loaded) {
		look_build(patient, finding);
		return;
	}
	if (patient->native) {
		found(finding, HEALTH_OK,
		      "not loaded, nor needed for exports; only it knows for sure who reaches whom");
		return;
	}
	found(finding, HEALTH_PROBLEM,
	      "not loaded, so that nobody exports BARs");
	remedy(finding, "modprobe %s; at each boot: echo %s > /etc/modules-load.d/%s.conf",
	       MODULE_NAME, MODULE_NAME, MODULE_NAME);
}

void look_parameters(const struct patient *patient, struct finding *finding)
{
	char *bridges = sysfs_read("%s/sys/module/" MODULE_NAME
				   "/parameters/host_bridges", patient->root);
	char *exporter = sysfs_read("%s/sys/module/" MODULE_NAME
				    "/parameters/exporter", patient->root);

	if (!patient->loaded)
		goto out;
	if (bridges && *bridges && strcmp(bridges, "(null)")) {
		found(finding, HEALTH_WARNING,
		      "host bridges %s were declared safe (host_bridges=)",
		      bridges);
		remedy(finding, "make sure that they do route between their ports; if not, devices write where they must not");
	} else {
		found(finding, HEALTH_OK, "exporter=%s", exporter ?: "auto");
	}
out:
	free(bridges);
	free(exporter);
}
