// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exports.h"
#include "platform.h"
#include "sysfs.h"

#define DEBUGFS	"/sys/kernel/debug"
#define EXPORTS	DEBUGFS "/" MODULE_NAME "/exports"

static char *why_not(const char *root, int error)
{
	char *loaded = sysfs_real("%s/sys/module/" MODULE_NAME, root);
	char *why;

	free(loaded);
	if (!loaded)
		why = text_of("the module is not loaded; load it: modprobe " MODULE_NAME);
	else if (error == EACCES || error == EPERM)
		why = text_of("only root may see what others export");
	else
		why = text_of("there is no %s; if debugfs is not mounted: mount -t debugfs none %s",
			      EXPORTS, DEBUGFS);
	return why;
}

FILE *exports_open(const char *root, char **why)
{
	char *path = text_of("%s" EXPORTS, root);
	FILE *file = fopen(path, "re");
	int error = errno;

	free(path);
	if (!file) {
		*why = why_not(root, error);
		errno = error;
	}
	return file;
}

/* \ooo is what could not be printed there; those who print it here see to that. */
static void unescape(char *text)
{
	char *to = text, *from = text;

	while (*from) {
		if (*from == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to++ = (char)((from[1] - '0') << 6 |
				       (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* These are names, even if one is 123. */
static bool is_name(const char *key)
{
	static const char *const keys[] = { "comm", "device", "driver", NULL };
	const char *const *pos;

	for (pos = keys; *pos; pos++) {
		if (!strcmp(*pos, key))
			return true;
	}
	return false;
}

/* A number if all of it is one */
static struct json_object *number_of(const char *text)
{
	struct json_object *value;
	char *end;

	errno = 0;
	if (*text == '-')
		value = json_object_new_int64(strtoll(text, &end, 0));
	else
		value = json_object_new_uint64(strtoull(text, &end, 0));
	if (*text && !*end && !errno)
		return value;
	json_object_put(value);
	return NULL;
}

static struct json_object *value_of(const char *key, char *text)
{
	struct json_object *value = is_name(key) ? NULL : number_of(text);

	if (value)
		return value;
	unescape(text);
	return json_object_new_string(text);
}

/* What follows the kind of a record: key=value, with one blank in between */
static struct json_object *record_of(char *rest)
{
	struct json_object *record = json_object_new_object();
	char *pair, *value;

	while ((pair = strsep(&rest, " "))) {
		value = strchr(pair, '=');
		if (!value)
			continue;
		*value++ = '\0';
		json_object_object_add(record, pair, value_of(pair, value));
	}
	return record;
}

static struct json_object *last_of(struct json_object *array)
{
	size_t length = json_object_array_length(array);

	return length ? json_object_array_get_idx(array, length - 1) : NULL;
}

/* Ranges and importers follow their export. */
static void add_part(struct json_object *all, const char *array,
		     struct json_object *record)
{
	struct json_object *export, *parts;

	export = last_of(json_object_object_get(all, "exports"));
	if (!export || record_number(export, "id") !=
		       record_number(record, "export")) {
		json_object_put(record);
		return;
	}
	json_object_object_del(record, "export");
	parts = json_object_object_get(export, array);
	json_object_array_add(parts, record);
}

static void add_export(struct json_object *all, struct json_object *record)
{
	json_object_object_add(record, "ranges", json_object_new_array());
	json_object_object_add(record, "importers", json_object_new_array());
	json_object_array_add(json_object_object_get(all, "exports"), record);
}

static void add_line(struct json_object *all, char *line)
{
	const char *kind = strsep(&line, " ");

	if (!strcmp(kind, "export"))
		add_export(all, record_of(line));
	else if (!strcmp(kind, "pool"))
		json_object_array_add(json_object_object_get(all, "pools"),
				      record_of(line));
	else if (!strcmp(kind, "range"))
		add_part(all, "ranges", record_of(line));
	else if (!strcmp(kind, "importer"))
		add_part(all, "importers", record_of(line));
}

struct json_object *exports_read(FILE *file)
{
	struct json_object *all = NULL;
	char *line = NULL, *rest;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (all) {
			add_line(all, line);
			continue;
		}
		rest = line;
		if (strcmp(strsep(&rest, " "), "view"))
			break;
		all = record_of(rest);
		if (record_number(all, "version") != EXPORTS_VERSION)
			break;
		json_object_object_add(all, "pools", json_object_new_array());
		json_object_object_add(all, "exports", json_object_new_array());
	}
	free(line);
	if (all && !json_object_object_get(all, "exports")) {
		json_object_put(all);
		all = NULL;
	}
	return all;
}

struct json_object *exports_quietly(const char *root)
{
	struct json_object *all = NULL;
	FILE *file;
	char *why;

	file = exports_open(root, &why);
	if (!file) {
		free(why);
		return NULL;
	}
	all = exports_read(file);
	fclose(file);
	return all;
}

static bool is_pool_of(struct json_object *pool, const char *device,
		       unsigned int bar)
{
	return !strcmp(record_text(pool, "device"), device) &&
	       record_number(pool, "region") == bar;
}

/* A BAR may have several. */
static void add_pool(struct bar_pool *sum, struct json_object *pool)
{
	uint64_t longest = record_number(pool, "longest");

	sum->size += record_number(pool, "length");
	sum->free += record_number(pool, "free");
	sum->slices += record_number(pool, "slices");
	if (sum->longest < longest)
		sum->longest = longest;
}

struct bar_pool exports_pool_of(struct json_object *all, const char *device,
				unsigned int bar)
{
	struct json_object *pools, *pool;
	struct bar_pool sum = {};
	size_t i;

	pools = json_object_object_get(all, "pools");
	for (i = 0; pools && i < json_object_array_length(pools); i++) {
		pool = json_object_array_get_idx(pools, i);
		if (is_pool_of(pool, device, bar))
			add_pool(&sum, pool);
	}
	return sum;
}

int64_t record_number(struct json_object *record, const char *key)
{
	return json_object_get_int64(json_object_object_get(record, key));
}

const char *record_text(struct json_object *record, const char *key)
{
	struct json_object *value = json_object_object_get(record, key);

	const char *text = value ? json_object_get_string(value) : "";

	return *text ? text : "-";
}
