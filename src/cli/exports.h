/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module says of live exports, in debugfs. */
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
 * All of it: the keys of the record "view" and an array "exports" of the keys of
 * those, each with arrays "ranges" and "importers".  Keys and kinds of record that
 * are new are kept or passed over.  NULL if it can't be read or is another
 * version's.
 */
struct json_object *exports_read(FILE *file);

/* A number, a text of a record; 0 and "-" if it has none or is empty. */
int64_t record_number(struct json_object *record, const char *key);
const char *record_text(struct json_object *record, const char *key);

#endif /* CLI_EXPORTS_H */
