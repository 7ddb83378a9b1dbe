// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "module.h"
#include "platform.h"
#include "sysfs.h"

/* AMD from Zen on; the kernel's rule */
#define ZEN_FAMILY	0x17

/* The value behind "KEY : " of the first processor; NULL if there is no such key */
static char *cpuinfo_value(FILE *cpuinfo, const char *key)
{
	char *line = NULL, *value = NULL;
	size_t size = 0, length = strlen(key);

	rewind(cpuinfo);
	while (!value && getline(&line, &size, cpuinfo) > 0) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, key, length) ||
		    strspn(line + length, " \t") != (size_t)(colon - line) -
		    length)
			continue;
		colon += 1 + strspn(colon + 1, " ");
		colon[strcspn(colon, "\n")] = '\0';
		value = text_of("%s", colon);
	}
	free(line);
	return value;
}

static enum fact read_cpu(const char *root)
{
	char *path = text_of("%s/proc/cpuinfo", root);
	FILE *cpuinfo = fopen(path, "re");
	char *vendor, *family;
	enum fact ret;

	free(path);
	if (!cpuinfo)
		return FACT_UNKNOWN;
	vendor = cpuinfo_value(cpuinfo, "vendor_id");
	family = cpuinfo_value(cpuinfo, "cpu family");
	ret = vendor && family && !strcmp(vendor, "AuthenticAMD") &&
	      atoi(family) >= ZEN_FAMILY;
	free(vendor);
	free(family);
	fclose(cpuinfo);
	return ret;
}

static void suppose(struct platform *platform, const char *text)
{
	enum p2p_host_bridge_error error;
	unsigned int bad;

	error = p2p_host_bridge_parse(text, &platform->declared, &bad);
	if (error)
		errx(CLI_TROUBLE,
		     "--host-bridges %s: entry %u: %s; expected vendor:device,... as lspci -n prints them",
		     text, bad + 1, p2p_host_bridge_strerror(error));
	platform->declared_counts = FACT_YES;
}

/* The kernel's own exports know no declarations, see module_exports(). */
static void read_declared(struct platform *platform, const char *root)
{
	char *text = sysfs_read("%s/sys/module/" MODULE_NAME
				"/parameters/host_bridges", root);
	unsigned int bad;

	/* "(null)" is what the kernel prints if the parameter was not given. */
	if (text && strcmp(text, "(null)"))
		p2p_host_bridge_parse(text, &platform->declared, &bad);
	if (platform->declared.nr)
		platform->declared_counts = module_exports(root);
	free(text);
}

void platform_read(struct platform *platform, const char *root,
		   const char *supposed)
{
	*platform = (struct platform) {
		.module_loaded = sysfs_size("%s/sys/module/" MODULE_NAME,
					    root) >= 0,
		.cpu_routes = read_cpu(root),
	};
	if (supposed)
		suppose(platform, supposed);
	else
		read_declared(platform, root);
}
