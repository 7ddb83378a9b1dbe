// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a module fit a kernel, and does it say what it is?  Nothing is loaded.
 *
 * usage: check_module MODULE.ko KERNEL [VERSION]
 *
 * KERNEL is a directory of build/kernels: kdir, modules.  Without VERSION the
 * module need not have one.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libkmod.h>

#include "modinfo.h"
#include "symvers.h"

/* What the kernel takes for compatible with the GPL, see linux/module.h. */
static const char *const gpl_licenses[] = {
	"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL",
	"Dual MIT/GPL", "Dual MPL/GPL",
};

static const char *ko_path, *kernel_dir, *version;
static struct kmod_ctx *ctx;
static struct kmod_module *mod;
static struct kmod_list *info, *used;
static struct symvers *symvers;

static char *kernel_file(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", kernel_dir, name) < 0)
		abort();
	return path;
}

static int set_up(void **state)
{
	char *modules = kernel_file("modules");
	char *exports = kernel_file("kdir/Module.symvers");
	int ret = -1;

	(void)state;
	ctx = kmod_new(modules, NULL);
	symvers = symvers_read(exports);
	if (!symvers)
		perror(exports);
	else if (!ctx || kmod_module_new_from_path(ctx, ko_path, &mod) < 0 ||
		 kmod_module_get_info(mod, &info) < 0 ||
		 kmod_module_get_dependency_symbols(mod, &used) < 0)
		fprintf(stderr, "%s: not a module\n", ko_path);
	else
		ret = 0;
	free(exports);
	free(modules);
	return ret;
}

static int tear_down(void **state)
{
	(void)state;
	kmod_module_dependency_symbols_free_list(used);
	kmod_module_info_free_list(info);
	kmod_module_unref(mod);
	kmod_unref(ctx);
	symvers_free(symvers);
	return 0;
}

static const char *one_value(const char *key)
{
	const char *value = modinfo_value(info, key);

	if (!value)
		fail_msg("no %s, or more than one", key);
	return value;
}

/* The module of that name that belongs to the kernel; NULL if there is none. */
static struct kmod_module *kernel_module(const char *name)
{
	struct kmod_list *list = NULL;
	struct kmod_module *found = NULL;

	if (!kmod_module_new_from_lookup(ctx, name, &list) && list)
		found = kmod_module_get_module(list);
	kmod_module_unref_list(list);
	return found;
}

/* The kernel's own modules have the string that it compares with. */
static void test_vermagic(void **state)
{
	struct kmod_module *own = kernel_module("vfio-pci");
	struct kmod_list *own_info = NULL;
	const char *wanted;

	(void)state;
	assert_non_null(own);
	assert_true(kmod_module_get_info(own, &own_info) >= 0);
	wanted = modinfo_value(own_info, "vermagic");
	assert_non_null(wanted);
	assert_string_equal(one_value("vermagic"), wanted);
	kmod_module_info_free_list(own_info);
	kmod_module_unref(own);
}

/* Each symbol is exported, with the type that the module was built with. */
static void test_symbols(void **state)
{
	int crcs = symvers_has_crcs(symvers);
	struct kmod_list *pos;
	int wrong = 0, nr = 0;

	(void)state;
	kmod_list_foreach(pos, used) {
		const char *name = kmod_module_dependency_symbol_get_symbol(pos);
		uint64_t crc = kmod_module_dependency_symbol_get_crc(pos);
		const struct symvers_entry *entry = symvers_find(symvers, name);

		nr++;
		if (!entry) {
			print_message("# %s: not exported\n", name);
			wrong++;
		} else if (crcs && entry->crc != crc) {
			print_message("# %s: CRC %#llx, the kernel has %#llx\n",
				      name, (unsigned long long)crc,
				      (unsigned long long)entry->crc);
			wrong++;
		}
	}
	assert_true(nr > 0);
	assert_int_equal(wrong, 0);
}

/* Is NAME in a list with commas, "-" and "_" being the same? */
static int in_list(const char *list, const char *name)
{
	size_t length = strlen(name), i;

	for (; *list; list += strcspn(list, ","), list += *list == ',') {
		for (i = 0; i < length; i++)
			if ((list[i] == '-' ? '_' : list[i]) != name[i])
				break;
		if (i == length && (!list[i] || list[i] == ','))
			return 1;
	}
	return 0;
}

static int provides(const char *module)
{
	struct kmod_list *pos;

	kmod_list_foreach(pos, used) {
		const struct symvers_entry *entry =
			symvers_find(symvers,
				     kmod_module_dependency_symbol_get_symbol(pos));

		if (entry && !strcmp(entry->module, module))
			return 1;
	}
	return 0;
}

/* Every module that provides a symbol is named, */
static void test_depends(void **state)
{
	const char *depends = one_value("depends");
	struct kmod_list *pos;

	(void)state;
	kmod_list_foreach(pos, used) {
		const char *name = kmod_module_dependency_symbol_get_symbol(pos);
		const struct symvers_entry *entry = symvers_find(symvers, name);

		if (entry && strcmp(entry->module, "vmlinux") &&
		    !in_list(depends, entry->module))
			fail_msg("%s comes from %s; depends: %s", name,
				 entry->module, depends);
	}
}

/* and no other one. */
static void test_depends_no_more(void **state)
{
	char *names = strdup(one_value("depends")), *rest = names, *name, *pos;

	(void)state;
	while ((name = strsep(&rest, ",")) && *name) {
		for (pos = name; *pos; pos++)
			if (*pos == '-')
				*pos = '_';
		if (!provides(name))
			fail_msg("nothing comes from %s", name);
	}
	free(names);
}

static int exports(struct kmod_module *module, const char *symbol)
{
	struct kmod_list *list = NULL, *pos;
	int found = 0;

	assert_true(kmod_module_get_symbols(module, &list) >= 0);
	kmod_list_foreach(pos, list)
		if (!strcmp(kmod_module_symbol_get_symbol(pos), symbol))
			found = 1;
	kmod_module_symbols_free_list(list);
	return found;
}

/* Module.symvers says who provides a symbol; does that module's file have it? */
static void test_providers(void **state)
{
	struct kmod_list *pos;

	(void)state;
	kmod_list_foreach(pos, used) {
		const char *name = kmod_module_dependency_symbol_get_symbol(pos);
		const struct symvers_entry *entry = symvers_find(symvers, name);
		struct kmod_module *module;

		if (!entry || !strcmp(entry->module, "vmlinux"))
			continue;
		module = kernel_module(entry->module);
		if (!module)
			fail_msg("the kernel has no module %s", entry->module);
		if (!exports(module, name))
			fail_msg("%s does not export %s",
				 kmod_module_get_path(module), name);
		kmod_module_unref(module);
	}
}

/* The namespaces of the symbols are imported, */
static void test_namespaces(void **state)
{
	struct kmod_list *pos;

	(void)state;
	kmod_list_foreach(pos, used) {
		const char *name = kmod_module_dependency_symbol_get_symbol(pos);
		const struct symvers_entry *entry = symvers_find(symvers, name);

		if (entry && *entry->namespace &&
		    !modinfo_has(info, "import_ns", entry->namespace))
			fail_msg("%s is in the namespace %s", name,
				 entry->namespace);
	}
}

static void expect_used(const char *namespace, void *context)
{
	struct kmod_list *pos;

	(void)context;
	kmod_list_foreach(pos, used) {
		const struct symvers_entry *entry =
			symvers_find(symvers,
				     kmod_module_dependency_symbol_get_symbol(pos));

		if (entry && !strcmp(entry->namespace, namespace))
			return;
	}
	fail_msg("nothing is used of the namespace %s", namespace);
}

/* and no others: such an import would be a leftover, or misspelt. */
static void test_namespaces_no_more(void **state)
{
	(void)state;
	modinfo_each(info, "import_ns", expect_used, NULL);
}

static void test_license(void **state)
{
	const char *license = one_value("license");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(gpl_licenses) / sizeof(*gpl_licenses); i++)
		if (!strcmp(license, gpl_licenses[i]))
			return;
	fail_msg("license: %s", license);
}

static void test_version(void **state)
{
	(void)state;
	if (!version)
		skip();
	assert_string_equal(one_value("version"), version);
}

static void test_description(void **state)
{
	(void)state;
	assert_non_null(strchr(one_value("description"), ' '));
	assert_true(*one_value("author"));
}

/* More than a word or two, with a capital, and then the type in brackets. */
static int is_sentence(const char *text)
{
	int blanks = 0;

	if (!isupper((unsigned char)*text))
		return 0;
	for (; *text; text++)
		blanks += *text == ' ';
	return blanks >= 4;
}

static void expect_sentence(const char *parmtype, void *context)
{
	char *name = strndup(parmtype, strcspn(parmtype, ":"));
	const char *sentence = modinfo_named(info, "parm", name);

	(void)context;
	if (!sentence)
		fail_msg("parameter %s has no text", name);
	if (!is_sentence(sentence))
		fail_msg("parameter %s: \"%s\" is no sentence", name, sentence);
	free(name);
}

static void expect_parameter(const char *parm, void *context)
{
	char *name = strndup(parm, strcspn(parm, ":"));

	(void)context;
	if (!modinfo_named(info, "parmtype", name))
		fail_msg("there is no parameter %s", name);
	free(name);
}

static void test_parameters(void **state)
{
	(void)state;
	modinfo_each(info, "parmtype", expect_sentence, NULL);
	modinfo_each(info, "parm", expect_parameter, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vermagic),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_depends),
		cmocka_unit_test(test_depends_no_more),
		cmocka_unit_test(test_providers),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_namespaces_no_more),
		cmocka_unit_test(test_license),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_description),
		cmocka_unit_test(test_parameters),
	};

	if (argc < 3 || argc > 4) {
		fprintf(stderr,
			"usage: check_module MODULE.ko KERNEL [VERSION]\n");
		return 2;
	}
	ko_path = argv[1];
	kernel_dir = argv[2];
	version = argv[3];
	setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 1);
	return cmocka_run_group_tests(tests, set_up, tear_down) ? 1 : 0;
}
