// SPDX-License-Identifier: GPL-2.0-only
/* Is there an IOMMU, and does the kernel use it? */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "sysfs.h"

/* Number of entries of a directory */
static unsigned int entries_of(const char *root, const char *path)
{
	char *full = text_of("%s%s", root, path);
	DIR *dir = opendir(full);
	struct dirent *entry;
	unsigned int nr = 0;

	free(full);
	while (dir && (entry = readdir(dir)))
		nr += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return nr;
}

static bool has_table(const struct patient *patient, const char *name)
{
	return sysfs_size("%s/sys/firmware/acpi/tables/%s", patient->root,
			  name) >= 0;
}

static void look_unused(const struct patient *patient, struct finding *finding)
{
	char *unsafe = sysfs_read("%s/sys/module/vfio/parameters/enable_unsafe_noiommu_mode",
				  patient->root);

	if (unsafe && *unsafe == 'Y')
		found(finding, HEALTH_WARNING,
		      "no IOMMU is in use; vfio was told to do without (enable_unsafe_noiommu_mode), so that its devices reach all memory");
	else
		found(finding, HEALTH_PROBLEM,
		      "no IOMMU is in use, without which vfio opens no device");
	free(unsafe);

	if (has_table(patient, "DMAR"))
		remedy(finding, "the firmware offers one: boot with intel_iommu=on");
	else if (has_table(patient, "IVRS"))
		remedy(finding, "the firmware offers one: boot without amd_iommu=off and iommu=off");
	else
		remedy(finding, "switch it on in the firmware's setup: VT-d or AMD-Vi, \"IOMMU\"; in a virtual machine, give it one");
}

static unsigned int functions_of_type(const struct patient *patient,
				      const char *type)
{
	const struct machine *machine = patient->machine;
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		const struct function *function = machine->functions[i];

		nr += function->group_type &&
		      !strncmp(function->group_type, type, strlen(type));
	}
	return nr;
}

void look_iommu(const struct patient *patient, struct finding *finding)
{
	unsigned int iommus = entries_of(patient->root, "/sys/class/iommu");
	unsigned int groups = entries_of(patient->root,
					 "/sys/kernel/iommu_groups");

	if (!iommus || !groups) {
		look_unused(patient, finding);
		return;
	}
	found(finding, HEALTH_OK,
	      "%u in use, %u groups; the DMA of %u functions is translated, that of %u passed through",
	      iommus, groups, functions_of_type(patient, "DMA"),
	      functions_of_type(patient, "identity"));
}
