/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables, and JSON. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <json-c/json.h>
#include <libsmartcols.h>

#include "machine.h"

/* Is the output a terminal that knows escape sequences? */
bool output_is_terminal(void);

/* Also one of somebody who likes colours? */
bool output_has_colors(void);

/* A table with a column for each of the NULL-terminated NAMES */
struct libscols_table *table_new(const char *const names[]);

/* Without memory the program ends. */
struct libscols_line *table_line(struct libscols_table *table,
				 struct libscols_line *parent);
void table_set(struct libscols_line *line, int column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Colour of a cell, if the output is a terminal */
void table_color(struct libscols_line *line, int column, const char *color);

/* Print and free it. */
void table_end(struct libscols_table *table);

/* NULL becomes null. */
void json_add_text(struct json_object *object, const char *key,
		   const char *text);
void json_add_int(struct json_object *object, const char *key, int64_t value);
void json_add_bool(struct json_object *object, const char *key, bool value);
void json_add_hex(struct json_object *object, const char *key,
		  unsigned int value);

/* Address, IDs, name, driver, IOMMU group */
struct json_object *json_function(const struct function *function);

/* Print and free it. */
void json_end(struct json_object *object);

#endif /* CLI_OUTPUT_H */
