// SPDX-License-Identifier: GPL-2.0-only
/*
 * libpci finds the functions; what it has no word for comes from sysfs.
 */
#include <err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pci/pci.h>

#include "cli.h"
#include "machine.h"
#include "sysfs.h"

#define DEVICES	"/sys/bus/pci/devices"

#define FILL	(PCI_FILL_IDENT | PCI_FILL_CLASS | PCI_FILL_BASES | \
		 PCI_FILL_SIZES | PCI_FILL_IO_FLAGS | PCI_FILL_DRIVER)

/* Of include/linux/ioport.h of the kernel: no address was assigned */
#define RESOURCE_UNSET		0x20000000

/*
 * libpci wants its error handler not to return.  What it can't read, in functions
 * that are prepared for that, has gone away, which is no reason to end.
 */
static jmp_buf gone;
static bool prepared;

static void __attribute__((noreturn)) on_error(char *format, ...)
{
	va_list args;

	if (prepared) {
		prepared = false;
		longjmp(gone, 1);
	}
	va_start(args, format);
	verrx(CLI_TROUBLE, format, args);
}

static void on_warning(char *format, ...)
{
	(void)format;
}

/* The other machine's list of names; without it ours will do. */
static void use_names_of(struct pci_access *access, const char *root)
{
	char *ids = text_of("%s/usr/share/misc/pci.ids", root);

	if (sysfs_size("%s", ids) < 0) {
		free(ids);
		return;
	}
	pci_set_name_list_path(access, ids, 1);
}

/* A list with a line that makes no sense is not used at all. */
static void load_names(struct pci_access *access)
{
	if (setjmp(gone)) {
		warnx("the list of names, pci.ids, is spoilt: there are only numbers");
		return;
	}
	prepared = true;
	pci_load_name_list(access);
	prepared = false;
}

static struct pci_access *open_libpci(const char *root)
{
	struct pci_access *access = pci_alloc();
	char *path = text_of("%s/sys/bus/pci", root);

	access->error = on_error;
	access->warning = on_warning;
	access->method = PCI_ACCESS_SYS_BUS_PCI;
	pci_set_param(access, "sysfs.path", path);
	/*
	 * Names are those of pci.ids, which comes with libpci.  Looking for them
	 * in udev's database leaks memory for each where that is missing.
	 */
	access->id_lookup_mode = PCI_LOOKUP_NO_HWDB;
	if (*root)
		use_names_of(access, root);
	if (setjmp(gone))
		errx(CLI_TROUBLE, "there is no PCI bus below %s", path);
	prepared = true;
	pci_init(access);
	pci_scan_bus(access);
	prepared = false;
	load_names(access);
	free(path);
	return access;
}

static void free_function(struct function *function)
{
	free(function->name);
	free(function->driver);
	free(function->group_type);
	free(function);
}

static void warn_gone(const struct p2p_bdf *bdf)
{
	char text[BDF_TEXT_SIZE];

	bdf_format(bdf, text);
	warnx("%s has gone away, it is left out", text);
}

/* False if the function has gone away. */
static bool fill(struct pci_dev *dev)
{
	int filled;

	if (setjmp(gone))
		return false;
	prepared = true;
	filled = pci_fill_info(dev, FILL);
	prepared = false;
	return (filled & PCI_FILL_IDENT) && dev->vendor_id;
}

static void read_bars(struct pci_dev *dev, struct function *function)
{
	int i;

	for (i = 0; i < NR_BARS; i++) {
		struct bar *bar = &function->bars[i];
		pciaddr_t flags = dev->flags[i];

		bar->size = dev->size[i];
		bar->memory = flags & PCI_IORESOURCE_MEM;
		bar->wide = flags & PCI_IORESOURCE_MEM_64;
		bar->prefetchable = flags & PCI_IORESOURCE_PREFETCH;
		if (!(flags & RESOURCE_UNSET))
			bar->address = dev->base_addr[i] & PCI_ADDR_MEM_MASK;
	}
}

/* dev->access is libpci's own, and not at the same place in each version. */
static char *name_of(struct pci_access *access, const struct pci_dev *dev)
{
	char name[256];

	return text_of("%s", pci_lookup_name(access, name, sizeof(name),
			PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE,
			dev->vendor_id, dev->device_id));
}

static void read_iommu(const struct machine *machine, struct function *function)
{
	char *group = sysfs_link("%s" DEVICES "/%s/iommu_group", machine->root,
				 function->text);

	function->group = group ? atoi(group) : -1;
	if (group)
		function->group_type =
			sysfs_read("%s" DEVICES "/%s/iommu_group/type",
				   machine->root, function->text);
	free(group);
}

static void read_dma_mask(const struct machine *machine,
			  struct function *function)
{
	char *bits = sysfs_read("%s" DEVICES "/%s/dma_mask_bits", machine->root,
				function->text);

	function->dma_mask_bits = bits ? atoi(bits) : 0;
	free(bits);
}

/*
 * The directory of a function is in that of the bridge above it, or in that of
 * its root bus, "pci0000:00".  A virtual function's way up is its physical one's.
 */
static bool read_place(const struct machine *machine, struct function *function)
{
	char *path = sysfs_real("%s" DEVICES "/%s/physfn", machine->root,
				function->text);
	unsigned int domain, bus;
	char *parent;
	bool found;

	function->virtual = path;
	if (!path)
		path = sysfs_real("%s" DEVICES "/%s", machine->root,
				  function->text);
	if (!path)
		return false;

	*strrchr(path, '/') = '\0';
	parent = basename(path);
	function->on_root = sscanf(parent, "pci%x:%x", &domain, &bus) == 2;
	if (function->on_root) {
		function->above.domain = domain;
		function->above.bus = bus;
	}
	found = function->on_root || bdf_parse(parent, &function->above);
	free(path);
	return found;
}

static struct p2p_bdf bdf_of(const struct pci_dev *dev)
{
	return (struct p2p_bdf) {
		.domain = dev->domain,
		.bus = dev->bus,
		.devfn = dev->dev << 3 | dev->func,
	};
}

/* NULL if it has gone away. */
static struct function *read_function(const struct machine *machine,
				      struct pci_access *access,
				      struct pci_dev *dev)
{
	struct function *function;
	char *driver;

	if (!fill(dev))
		return NULL;
	function = calloc(1, sizeof(*function));
	if (!function)
		errx(CLI_TROUBLE, "no memory");
	function->bdf = bdf_of(dev);
	bdf_format(&function->bdf, function->text);
	function->vendor = dev->vendor_id;
	function->device = dev->device_id;
	function->class = dev->device_class;
	function->name = name_of(access, dev);
	driver = pci_get_string_property(dev, PCI_FILL_DRIVER);
	function->driver = driver ? text_of("%s", driver) : NULL;
	read_bars(dev, function);
	config_read(dev, sysfs_size("%s" DEVICES "/%s/config", machine->root,
				    function->text), &function->config);
	read_iommu(machine, function);
	read_dma_mask(machine, function);
	if (!read_place(machine, function)) {
		free_function(function);
		return NULL;
	}
	return function;
}

static int compare(const void *a, const void *b)
{
	const struct function *const *first = a, *const *second = b;

	return bdf_compare(&(*first)->bdf, &(*second)->bdf);
}

static void add(struct machine *machine, struct function *function)
{
	size_t nr = machine->nr_functions + 1;
	struct function **grown = realloc(machine->functions,
					  nr * sizeof(*grown));

	if (!grown)
		errx(CLI_TROUBLE, "no memory");
	grown[nr - 1] = function;
	machine->functions = grown;
	machine->nr_functions = nr;
}

static void read_all(struct machine *machine, struct pci_access *access)
{
	struct pci_dev *dev;

	for (dev = access->devices; dev; dev = dev->next) {
		struct function *function = read_function(machine, access,
							  dev);
		struct p2p_bdf bdf = bdf_of(dev);

		if (function)
			add(machine, function);
		else
			warn_gone(&bdf);
	}
	if (machine->nr_functions)
		qsort(machine->functions, machine->nr_functions,
		      sizeof(*machine->functions), compare);
}

/* Depth of a path that makes sense; a bus has a number of 8 bits */
#define MAX_DEPTH	256

/* False if a part of the way up has gone away. */
static bool find_root(struct function *function)
{
	const struct function *pos = function;
	int depth;

	for (depth = 0; pos && depth < MAX_DEPTH; depth++) {
		if (pos->on_root) {
			function->root = pos->above;
			return true;
		}
		pos = pos->upstream;
	}
	return false;
}

/* Who is above whom, after all have been read. */
static void connect_all(struct machine *machine)
{
	size_t i, kept = 0;

	for (i = 0; i < machine->nr_functions; i++) {
		struct function *function = machine->functions[i];

		if (!function->on_root)
			function->upstream = machine_find(machine,
							  &function->above);
	}
	/* Who has lost a bridge has lost all that is below it, too. */
	for (i = 0; i < machine->nr_functions; i++)
		machine->functions[i]->lost = !find_root(machine->functions[i]);
	for (i = 0; i < machine->nr_functions; i++) {
		struct function *function = machine->functions[i];

		if (function->lost) {
			warn_gone(&function->bdf);
			free_function(function);
		} else {
			machine->functions[kept++] = function;
		}
	}
	machine->nr_functions = kept;
}

struct machine *machine_read(const char *root)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	struct pci_access *access;

	if (!machine)
		errx(CLI_TROUBLE, "no memory");
	machine->root = root;
	access = open_libpci(root);
	read_all(machine, access);
	pci_cleanup(access);
	connect_all(machine);
	return machine;
}

void machine_free(struct machine *machine)
{
	size_t i;

	for (i = 0; i < machine->nr_functions; i++)
		free_function(machine->functions[i]);
	free(machine->functions);
	free(machine);
}

struct function *machine_find(const struct machine *machine,
			      const struct p2p_bdf *bdf)
{
	struct function wanted = { .bdf = *bdf }, *key = &wanted;
	struct function **found;

	if (!machine->nr_functions)
		return NULL;
	found = bsearch(&key, machine->functions, machine->nr_functions,
			sizeof(*machine->functions), compare);
	return found ? *found : NULL;
}

struct function *machine_named(const struct machine *machine, const char *text)
{
	struct function *function;
	struct p2p_bdf bdf;

	if (!bdf_parse(text, &bdf))
		errx(CLI_TROUBLE,
		     "\"%s\" is no PCI address; expected bus:device.function as in 0000:03:00.0 or 03:00.0",
		     text);
	function = machine_find(machine, &bdf);
	if (!function)
		errx(CLI_TROUBLE, "there is no PCI device %s; lspci lists them",
		     text);
	return function;
}

struct function *machine_first_on(const struct machine *machine,
				  const struct p2p_bdf *root)
{
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		const struct p2p_bdf *bdf = &machine->functions[i]->bdf;

		if (bdf->domain == root->domain && bdf->bus == root->bus)
			return machine->functions[i];
	}
	return NULL;
}

bool function_is_bridge(const struct function *function)
{
	if (function->config.header_type >= 0)
		return function->config.header_type != PCI_HEADER_TYPE_NORMAL;
	return function->class == PCI_CLASS_BRIDGE_PCI ||
	       function->class == PCI_CLASS_BRIDGE_CARDBUS;
}
