// SPDX-License-Identifier: GPL-2.0-only
/* Will the kernel take the module, with Secure Boot or otherwise strict? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "sysfs.h"

#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* Four bytes of attributes, then the value */
static bool secure_boot(const struct patient *patient)
{
	char *path = text_of("%s" SECURE_BOOT, patient->root);
	unsigned char value[5] = {};
	FILE *file = fopen(path, "re");

	free(path);
	if (!file)
		return false;
	if (fread(value, 1, sizeof(value), file) != sizeof(value))
		value[4] = 0;
	fclose(file);
	return value[4] == 1;
}

/* "[none] integrity confidentiality": what is in brackets counts. */
static bool locked_down(const struct patient *patient)
{
	char *text = sysfs_read("%s/sys/kernel/security/lockdown",
				patient->root);
	bool ret = text && strchr(text, '[') && !strstr(text, "[none]");

	free(text);
	return ret;
}

static bool enforced(const struct patient *patient)
{
	char *text = sysfs_read("%s/sys/module/module/parameters/sig_enforce",
				patient->root);
	bool ret = text && *text == 'Y';

	free(text);
	return ret || locked_down(patient);
}

/* Whether a key of that name is among those that the kernel may trust */
static enum fact knows_key(const struct patient *patient, const char *signer)
{
	char *path = text_of("%s/proc/keys", patient->root), *line = NULL;
	FILE *file = fopen(path, "re");
	enum fact ret = FACT_NO;
	size_t size = 0;

	free(path);
	if (!file)
		return FACT_UNKNOWN;
	while (ret == FACT_NO && getline(&line, &size, file) > 0) {
		if (strstr(line, "asymmetri") && strstr(line, signer))
			ret = FACT_YES;
	}
	free(line);
	fclose(file);
	/* Others are not shown the kernel's keys. */
	if (ret == FACT_NO && geteuid())
		ret = FACT_UNKNOWN;
	return ret;
}

/* How to have the kernel know the key that dkms signs with */
#define ENROL \
	"mokutil --import /var/lib/dkms/mok.pub (Ubuntu: /var/lib/shim-signed/mok/MOK.der), then reboot and confirm it"

static void look_unsigned(struct finding *finding)
{
	found(finding, HEALTH_PROBLEM,
	      "the module is not signed, and this kernel takes signed ones only (Secure Boot, lockdown)");
	remedy(finding,
	       "have dkms sign it, which needs openssl or sign-file, then enrol its key: %s",
	       ENROL);
}

static void look_signer(const struct patient *patient, const char *signer,
			struct finding *finding)
{
	switch (knows_key(patient, signer)) {
	case FACT_YES:
		found(finding, HEALTH_OK,
		      "signed by \"%s\", whose key the kernel knows", signer);
		return;
	case FACT_NO:
		found(finding, HEALTH_PROBLEM,
		      "signed by \"%s\", whose key this kernel does not know; it takes no others (\"Key was rejected by service\")",
		      signer);
		remedy(finding, "enrol the key: %s", ENROL);
		return;
	case FACT_UNKNOWN:
		found(finding, HEALTH_HIDDEN,
		      "signed by \"%s\"; only root can see whether the kernel knows that key",
		      signer);
		return;
	}
}

void look_signature(const struct patient *patient, struct finding *finding)
{
	const char *signer = patient_modinfo(patient, "signer");

	if (!patient->module)
		return;
	if (!enforced(patient))
		found(finding, HEALTH_OK, "%s; this kernel takes any%s",
		      signer ? "signed" : "not signed",
		      secure_boot(patient) ? ", although Secure Boot is on" :
					     "");
	else if (patient->loaded)
		found(finding, HEALTH_OK, "the kernel has taken it");
	else if (!signer)
		look_unsigned(finding);
	else
		look_signer(patient, signer, finding);
}
