// SPDX-License-Identifier: GPL-2.0-only
/* Module.symvers: CRC, symbol, module, kind of export and namespace, by tabs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symvers.h"

struct symvers {
	struct symvers_entry *entries;
	size_t nr;
	size_t room;
};

/* drivers/vfio/pci/vfio-pci-core is the module vfio_pci_core. */
static char *module_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	char *pos;

	for (pos = name; pos && *pos; pos++)
		if (*pos == '-')
			*pos = '_';
	return name;
}

static int add_line(struct symvers *symvers, char *line)
{
	char *crc = strsep(&line, "\t");
	char *symbol = strsep(&line, "\t");
	char *module = strsep(&line, "\t");
	char *namespace, *end;
	struct symvers_entry *entry;

	if (!strsep(&line, "\t"))
		return -1;
	namespace = strsep(&line, "\t");

	if (symvers->nr == symvers->room) {
		symvers->room = symvers->room ? 2 * symvers->room : 1024;
		symvers->entries = reallocarray(symvers->entries, symvers->room,
						sizeof(*entry));
		if (!symvers->entries)
			abort();
	}
	entry = &symvers->entries[symvers->nr++];
	entry->symbol = strdup(symbol);
	entry->module = module_name(module);
	entry->namespace = strdup(namespace ? namespace : "");
	entry->crc = strtoull(crc, &end, 16);
	return *end ? -1 : 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct symvers_entry *)a)->symbol,
		      ((const struct symvers_entry *)b)->symbol);
}

struct symvers *symvers_read(const char *path)
{
	struct symvers *symvers = calloc(1, sizeof(*symvers));
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (!file || !symvers)
		goto err;
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (add_line(symvers, line)) {
			errno = EINVAL;
			goto err;
		}
	}
	free(line);
	fclose(file);
	qsort(symvers->entries, symvers->nr, sizeof(*symvers->entries),
	      compare);
	return symvers;

err:
	free(line);
	if (file)
		fclose(file);
	symvers_free(symvers);
	return NULL;
}

void symvers_free(struct symvers *symvers)
{
	size_t i;

	if (!symvers)
		return;
	for (i = 0; i < symvers->nr; i++) {
		free(symvers->entries[i].symbol);
		free(symvers->entries[i].module);
		free(symvers->entries[i].namespace);
	}
	free(symvers->entries);
	free(symvers);
}

const struct symvers_entry *symvers_find(const struct symvers *symvers,
					 const char *symbol)
{
	struct symvers_entry key = { .symbol = (char *)symbol };

	return bsearch(&key, symvers->entries, symvers->nr,
		       sizeof(*symvers->entries), compare);
}

int symvers_has_crcs(const struct symvers *symvers)
{
	size_t i;

	for (i = 0; i < symvers->nr; i++)
		if (symvers->entries[i].crc)
			return 1;
	return 0;
}
