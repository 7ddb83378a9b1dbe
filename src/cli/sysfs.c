// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "sysfs.h"

char *vtext_of(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		errx(CLI_TROUBLE, "no memory");
	return text;
}

char *text_of(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = vtext_of(format, args);
	va_end(args);
	return text;
}

static char *first_line(const char *path)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		return NULL;
	if (getline(&line, &size, file) < 0) {
		free(line);
		line = NULL;
	} else {
		line[strcspn(line, "\n")] = '\0';
	}
	fclose(file);
	return line;
}

char *sysfs_read(const char *format, ...)
{
	char *path, *line;
	va_list args;

	va_start(args, format);
	path = vtext_of(format, args);
	va_end(args);
	line = first_line(path);
	free(path);
	return line;
}

char *sysfs_link(const char *format, ...)
{
	char target[PATH_MAX];
	va_list args;
	ssize_t size;
	char *path;

	va_start(args, format);
	path = vtext_of(format, args);
	va_end(args);
	size = readlink(path, target, sizeof(target) - 1);
	free(path);
	if (size < 0)
		return NULL;
	target[size] = '\0';
	return text_of("%s", basename(target));
}

char *sysfs_real(const char *format, ...)
{
	va_list args;
	char *path, *real;

	va_start(args, format);
	path = vtext_of(format, args);
	va_end(args);
	real = realpath(path, NULL);
	free(path);
	return real;
}

long sysfs_size(const char *format, ...)
{
	struct stat info;
	va_list args;
	char *path;
	int ret;

	va_start(args, format);
	path = vtext_of(format, args);
	va_end(args);
	ret = stat(path, &info);
	free(path);
	return ret ? -1 : info.st_size;
}
