// SPDX-License-Identifier: GPL-2.0-only
/* The kernel: could it work here at all? */
#include "doctor.h"

void look_kernel(const struct patient *patient, struct finding *finding)
{
	bool core = patient_has_module(patient, "vfio_pci_core") ||
		    patient_config(patient, "VFIO_PCI_CORE") == FACT_YES;

	if (patient_config(patient, "DMA_SHARED_BUFFER") == FACT_NO) {
		found(finding, HEALTH_PROBLEM,
		      "%s was built without dma-buf (CONFIG_DMA_SHARED_BUFFER)",
		      patient->release);
		remedy(finding, "boot a kernel that has it, as those of distributions");
	} else if (core) {
		found(finding, HEALTH_OK, "%s has vfio-pci-core%s",
		      patient->release,
		      patient->native ? ", and exports BARs itself" : "");
	} else if (patient->config) {
		found(finding, HEALTH_PROBLEM,
		      "%s has no vfio-pci-core (CONFIG_VFIO_PCI_CORE)",
		      patient->release);
		remedy(finding, "boot a kernel of version 6.1 or later that has it, as those of distributions");
	} else {
		found(finding, HEALTH_UNKNOWN,
		      "neither a module vfio_pci_core nor the configuration of %s is there to be looked at",
		      patient->release);
	}
}
