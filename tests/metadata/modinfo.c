// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "modinfo.h"

void modinfo_each(const struct kmod_list *info, const char *key,
		  void (*fn)(const char *value, void *context), void *context)
{
	const struct kmod_list *pos;

	kmod_list_foreach(pos, info)
		if (!strcmp(kmod_module_info_get_key(pos), key))
			fn(kmod_module_info_get_value(pos), context);
}

struct only {
	const char *value;
	int nr;
};

static void count(const char *value, void *context)
{
	struct only *only = context;

	only->value = value;
	only->nr++;
}

const char *modinfo_value(const struct kmod_list *info, const char *key)
{
	struct only only = {};

	modinfo_each(info, key, count, &only);
	return only.nr == 1 ? only.value : NULL;
}

struct search {
	const char *wanted;
	const char *found;
};

static void same_value(const char *value, void *context)
{
	struct search *search = context;

	if (!strcmp(value, search->wanted))
		search->found = value;
}

int modinfo_has(const struct kmod_list *info, const char *key,
		const char *value)
{
	struct search search = { .wanted = value };

	modinfo_each(info, key, same_value, &search);
	return !!search.found;
}

static void same_name(const char *value, void *context)
{
	struct search *search = context;
	size_t length = strlen(search->wanted);

	if (!strncmp(value, search->wanted, length) && value[length] == ':')
		search->found = value + length + 1;
}

const char *modinfo_named(const struct kmod_list *info, const char *key,
			  const char *name)
{
	struct search search = { .wanted = name };

	modinfo_each(info, key, same_name, &search);
	return search.found;
}
