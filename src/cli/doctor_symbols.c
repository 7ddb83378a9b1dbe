// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do the modules that ours would be loaded with have the symbols that it was built
 * against?  Another stack's packages may have replaced them.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

/**
 * struct comparison - what came of comparing versions of symbols
 * @compared: those that a module has which ours depends on
 * @elsewhere: those that none of them has; they are the kernel's own
 * @versions: symbols have versions on this kernel
 * @culprit: name of a module with another version of one, NULL if there is none
 * @symbol: that symbol
 */
struct comparison {
	unsigned int compared;
	unsigned int elsewhere;
	bool versions;
	char *culprit;
	char *symbol;
};

/* Does a module export a symbol, and in which version? */
static bool has_symbol(struct kmod_module *module, const char *name,
		       uint64_t *crc)
{
	struct kmod_list *symbols = NULL, *pos;
	bool ret = false;

	if (kmod_module_get_symbols(module, &symbols) < 0)
		return false;
	kmod_list_foreach(pos, symbols) {
		if (strcmp(kmod_module_symbol_get_symbol(pos), name))
			continue;
		*crc = kmod_module_symbol_get_crc(pos);
		ret = true;
		break;
	}
	kmod_module_symbols_free_list(symbols);
	return ret;
}

static void compare(struct comparison *comparison,
		    const struct kmod_list *modules, const char *name,
		    uint64_t crc)
{
	const struct kmod_list *pos;
	struct kmod_module *module;
	uint64_t theirs = 0;
	bool has;

	comparison->versions |= crc;
	kmod_list_foreach(pos, modules) {
		module = kmod_module_get_module(pos);
		has = has_symbol(module, name, &theirs);
		if (has && theirs != crc && !comparison->culprit) {
			comparison->culprit =
				strdup(kmod_module_get_name(module));
			comparison->symbol = strdup(name);
		}
		kmod_module_unref(module);
		if (has) {
			comparison->compared++;
			return;
		}
	}
	comparison->elsewhere++;
}

static void compare_all(const struct patient *patient,
			struct comparison *comparison)
{
	struct kmod_list *modules, *symbols = NULL, *pos;

	modules = kmod_module_get_dependencies(patient->module);
	kmod_module_get_dependency_symbols(patient->module, &symbols);
	kmod_list_foreach(pos, symbols)
		compare(comparison, modules,
			kmod_module_dependency_symbol_get_symbol(pos),
			kmod_module_dependency_symbol_get_crc(pos));
	kmod_module_dependency_symbols_free_list(symbols);
	kmod_module_unref_list(modules);
}

void look_symbols(const struct patient *patient, struct finding *finding)
{
	struct comparison comparison = {};

	if (!patient->module)
		return;

	compare_all(patient, &comparison);
	if (comparison.culprit) {
		found(finding, HEALTH_PROBLEM,
		      "built against another %s than the one installed: %s is of another version",
		      comparison.culprit, comparison.symbol);
		remedy(finding, "build it anew, against the kernel that is installed now: dkms build --force, dkms install --force; if another package has brought its own %s, use its headers (Module.symvers)",
		       comparison.culprit);
	} else if (!comparison.compared) {
		found(finding, HEALTH_UNKNOWN,
		      "none of the %u symbols could be compared",
		      comparison.elsewhere);
	} else {
		found(finding, HEALTH_OK,
		      "%s: those of other modules, %u; the kernel's own, %u, were not looked at",
		      comparison.versions ? "fit" : "there, without versions",
		      comparison.compared, comparison.elsewhere);
	}
	free(comparison.culprit);
	free(comparison.symbol);
}
