/* SPDX-License-Identifier: GPL-2.0-only */
/* What modinfo prints of a module: a list of keys and values. */
#ifndef METADATA_MODINFO_H
#define METADATA_MODINFO_H

#include <libkmod.h>

/* The only value of KEY; NULL if there is none or several. */
const char *modinfo_value(const struct kmod_list *info, const char *key);

/* Is there a KEY with this VALUE? */
int modinfo_has(const struct kmod_list *info, const char *key,
		const char *value);

/* For values of the form NAME:REST: the REST of the one for NAME, or NULL. */
const char *modinfo_named(const struct kmod_list *info, const char *key,
			  const char *name);

/* Call FN with each value of KEY. */
void modinfo_each(const struct kmod_list *info, const char *key,
		  void (*fn)(const char *value, void *context), void *context);

#endif /* METADATA_MODINFO_H */
