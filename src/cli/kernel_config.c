// SPDX-License-Identifier: GPL-2.0-only
/* The configuration of the kernel, from where it or its distribution put it */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#include "cli.h"
#include "kernel_config.h"
#include "sysfs.h"

/* Those of distributions have 300 KiB; what is larger is something else. */
#define MAX_SIZE (1 << 20)

/* zlib takes what is not compressed as it is. */
static char *read_text(const char *path)
{
	gzFile file = gzopen(path, "re");
	bool all;
	char *text;
	int size;

	if (!file)
		return NULL;
	text = calloc(1, MAX_SIZE + 1);
	if (!text)
		errx(CLI_TROUBLE, "no memory");
	size = gzread(file, text, MAX_SIZE);
	/* Half a configuration would say of the other half that it is off. */
	all = size > 0 && gzeof(file);
	if (gzclose_r(file) == Z_OK && all)
		return text;
	free(text);
	return NULL;
}

char *kernel_config_read(const char *root, const char *release)
{
	char *const paths[] = {
		text_of("%s/proc/config.gz", root),
		text_of("%s/boot/config-%s", root, release),
		text_of("%s/lib/modules/%s/config", root, release),
		text_of("%s/lib/modules/%s/build/.config", root, release),
	};
	char *text = NULL;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!text)
			text = read_text(paths[i]);
		free(paths[i]);
	}
	return text;
}
