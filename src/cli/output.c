// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "output.h"

static void no_memory(void)
{
	errx(CLI_TROUBLE, "no memory");
}

bool output_is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb");
}

bool output_has_colors(void)
{
	const char *no_color = getenv("NO_COLOR");

	return output_is_terminal() && !(no_color && *no_color);
}

struct libscols_table *table_new(const char *const names[])
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		no_memory();
	scols_table_enable_colors(table, output_has_colors());
	for (; *names; names++) {
		int flags = names[1] ? 0 : SCOLS_FL_TRUNC;

		if (!scols_table_new_column(table, *names, 0, flags))
			no_memory();
	}
	return table;
}

struct libscols_line *table_line(struct libscols_table *table,
				 struct libscols_line *parent)
{
	struct libscols_line *line = scols_table_new_line(table, parent);

	if (!line)
		no_memory();
	return line;
}

void table_set(struct libscols_line *line, int column, const char *format, ...)
{
	va_list args;
	char *text;
	int ret;

	va_start(args, format);
	ret = vasprintf(&text, format, args);
	va_end(args);
	if (ret < 0 || scols_line_refer_data(line, column, text))
		no_memory();
}

void table_color(struct libscols_line *line, int column, const char *color)
{
	scols_cell_set_color(scols_line_get_cell(line, column), color);
}

/* Cells are padded, also where the rest of their line is empty. */
static void print_line(const char *line, int length)
{
	while (length && line[length - 1] == ' ')
		length--;
	printf("%.*s\n", length, line);
}

void table_end(struct libscols_table *table)
{
	char *text, *line;

	if (scols_print_table_to_string(table, &text))
		no_memory();
	for (line = text; *line; line += strspn(line, "\n")) {
		int length = strcspn(line, "\n");

		print_line(line, length);
		line += length;
	}
	free(text);
	scols_unref_table(table);
}

void json_add_text(struct json_object *object, const char *key,
		   const char *text)
{
	json_object_object_add(object, key,
			       text ? json_object_new_string(text) : NULL);
}

void json_add_int(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_add_hex(struct json_object *object, const char *key,
		  unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%04x", value);
	json_add_text(object, key, text);
}

static struct json_object *json_iommu(const struct function *function)
{
	struct json_object *object;

	if (function->group < 0)
		return NULL;
	object = json_object_new_object();
	json_add_int(object, "group", function->group);
	json_add_text(object, "type", function->group_type);
	return object;
}

struct json_object *json_function(const struct function *function)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "bdf", function->text);
	json_add_hex(object, "vendor", function->vendor);
	json_add_hex(object, "device", function->device);
	json_add_hex(object, "class", function->class);
	json_add_text(object, "name", function->name);
	json_add_text(object, "driver", function->driver);
	json_object_object_add(object, "iommu", json_iommu(function));
	return object;
}

void json_end(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
