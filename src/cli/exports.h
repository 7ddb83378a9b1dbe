/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module says of live exports and of BARs with pages, in debugfs. */
#ifndef CLI_EXPORTS_H
#define CLI_EXPORTS_H

#include <stdio.h>
#include <json-c/json.h>

/* The version of the format that is known; the head of src/module/view.c */
#define EXPORTS_VERSION	1

/*
 * Opens it; ROOT as for machine_read().  NULL, with a sentence in WHY that the
 * caller frees, and errno.
 */
FILE *exports_open(const char *root, char **why);

/*
 * All of it: the keys of the record "view", and arrays "pools" and "exports" of the
 * keys of those, each export with arrays "ranges" and "importers".  Keys and kinds
 * of record that are new are kept or passed over.  NULL if it can't be read or is
 * another version's.
 */
struct json_object *exports_read(FILE *file);

/* The same in one call; NULL, without a word, if there is nothing to be had. */
struct json_object *exports_quietly(const char *root);

/**
 * struct bar_pool - what of a BAR is registered
 * @size: in bytes; 0 if nothing is
 * @free: bytes that are no part of a slice
 * @longest: bytes of the longest slice that could be had
 * @slices: number of slices
 */
struct bar_pool {
	uint64_t size;
	uint64_t free;
	uint64_t longest;
	uint64_t slices;
};

/* ALL may be NULL. */
struct bar_pool exports_pool_of(struct json_object *all, const char *device,
				unsigned int bar);

/* A number, a text of a record; 0 and "-" if it has none or is empty. */
int64_t record_number(struct json_object *record, const char *key);
const char *record_text(struct json_object *record, const char *key);

#endif /* CLI_EXPORTS_H */
