// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bar.h"
#include "sysfs.h"

/* The module of such a driver holds vfio_pci_core. */
static bool is_variant(const struct machine *machine, const char *driver)
{
	char *module = sysfs_link("%s/sys/bus/pci/drivers/%s/module",
				  machine->root, driver);
	long holds = -1;

	if (module)
		holds = sysfs_size("%s/sys/module/vfio_pci_core/holders/%s",
				   machine->root, module);
	free(module);
	return holds >= 0;
}

static enum bar_verdict judge_driver(const struct machine *machine,
				     const char *driver)
{
	if (!driver)
		return BAR_NO_DRIVER;
	if (!strcmp(driver, "vfio-pci"))
		return BAR_EXPORTABLE;
	return is_variant(machine, driver) ? BAR_VARIANT : BAR_OTHER_DRIVER;
}

static bool is_small(const struct bar *bar)
{
	return bar->size < (uint64_t)sysconf(_SC_PAGESIZE);
}

bool bar_any(const struct function *function)
{
	const struct bar *bar = function->bars;
	int i;

	for (i = 0; i < NR_BARS; i++, bar++) {
		if (bar->memory && bar->address && !is_small(bar))
			return !function_is_bridge(function);
	}
	return false;
}

enum bar_verdict bar_judge(const struct machine *machine,
			   const struct function *function, unsigned int index)
{
	const struct bar *bar = &function->bars[index];

	if (!bar->memory)
		return BAR_IO;
	if (is_small(bar))
		return BAR_SMALL;
	if (!bar->address)
		return BAR_UNASSIGNED;
	return judge_driver(machine, function->driver);
}

const char *bar_verdict_name(enum bar_verdict verdict)
{
	switch (verdict) {
	case BAR_EXPORTABLE:
		return "exportable";
	case BAR_VARIANT:
		return "variant-driver";
	case BAR_IO:
		return "io-ports";
	case BAR_SMALL:
		return "too-small";
	case BAR_UNASSIGNED:
		return "no-address";
	case BAR_NO_DRIVER:
		return "no-driver";
	case BAR_OTHER_DRIVER:
		return "other-driver";
	case BAR_REGISTERED:
		return "registered";
	}
	return "unknown";
}

const char *bar_verdict_text(enum bar_verdict verdict)
{
	switch (verdict) {
	case BAR_EXPORTABLE:
		return "yes";
	case BAR_VARIANT:
		return "if its driver leaves vfio-pci's calls as they are";
	case BAR_IO:
		return "no: I/O ports";
	case BAR_SMALL:
		return "no: smaller than a page";
	case BAR_UNASSIGNED:
		return "no: has no address";
	case BAR_NO_DRIVER:
		return "after binding to vfio-pci";
	case BAR_OTHER_DRIVER:
		return "after binding to vfio-pci instead";
	case BAR_REGISTERED:
		return "no: registered, for O_DIRECT";
	}
	return "?";
}

void bar_size_text(uint64_t size, char *text, size_t length)
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = 0;

	while (size >= 1024 && !(size % 1024)) {
		size /= 1024;
		unit++;
	}
	snprintf(text, length, "%llu%c", (unsigned long long)size, units[unit]);
}

const char *bar_kind_text(const struct bar *bar)
{
	if (!bar->memory)
		return "I/O";
	if (bar->prefetchable)
		return bar->wide ? "64-bit pref" : "32-bit pref";
	return bar->wide ? "64-bit" : "32-bit";
}
