// SPDX-License-Identifier: GPL-2.0-only
/* The module's own account of its dma-bufs, in debugfs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "view.h"

#define ROOM	65536

static void append(struct view *view, int fd, size_t chunk)
{
	ssize_t n;

	do {
		view->text = realloc(view->text, view->size + chunk + 1);
		assert_non_null(view->text);
		n = read(fd, view->text + view->size, chunk);
		assert_true(n >= 0);
		view->size += n;
	} while (n);
	view->text[view->size] = '\0';
}

static void split(struct view *view)
{
	char *end;

	view->nr = 0;
	assert_true(view->size > 0);
	assert_int_equal(view->text[view->size - 1], '\n');
	for (end = view->text; (end = strchr(end, '\n')); view->nr++)
		*end++ = '\0';
}

void view_read(struct view *view, size_t chunk)
{
	int fd;

	view_free(view);
	fd = open(VIEW_FILE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s: %s", VIEW_FILE, strerror(errno));
	append(view, fd, chunk ?: ROOM);
	close(fd);
	split(view);
}

void view_free(struct view *view)
{
	free(view->text);
	*view = (struct view) { NULL };
}

/* Where the value of a key begins, and how long it is; NULL without the key */
static const char *find_value(const char *line, const char *key, size_t *length)
{
	const size_t key_length = strlen(key);
	const char *word = line;

	while ((word = strchr(word, ' '))) {
		word++;
		if (strncmp(word, key, key_length) || word[key_length] != '=')
			continue;
		word += key_length + 1;
		*length = strcspn(word, " ");
		return word;
	}

	return NULL;
}

static int matches(const char *line, const char *kind, const char *key,
		   const char *value)
{
	size_t length = strlen(kind);
	const char *found;

	if (strncmp(line, kind, length) || line[length] != ' ')
		return 0;
	if (!key)
		return 1;
	found = find_value(line, key, &length);

	return found && length == strlen(value) &&
	       !strncmp(found, value, length);
}

const char *view_line(const struct view *view, const char *kind,
		      const char *key, const char *value, size_t nr)
{
	const char *line = view->text;
	size_t i;

	for (i = 0; i < view->nr; i++, line += strlen(line) + 1)
		if (matches(line, kind, key, value) && !nr--)
			return line;

	return NULL;
}

size_t view_count(const struct view *view, const char *kind, const char *key,
		  const char *value)
{
	const char *line = view->text;
	size_t i, nr = 0;

	for (i = 0; i < view->nr; i++, line += strlen(line) + 1)
		nr += matches(line, kind, key, value);

	return nr;
}

const char *view_value(const char *line, const char *key, char *value)
{
	const char *found;
	size_t length;

	assert_non_null(line);
	found = find_value(line, key, &length);
	if (!found)
		fail_msg("no %s in \"%s\"", key, line);
	assert_true(length < VIEW_VALUE);
	memcpy(value, found, length);
	value[length] = '\0';

	return value;
}

unsigned long long view_number(const char *line, const char *key)
{
	char value[VIEW_VALUE], *end;
	unsigned long long number;

	view_value(line, key, value);
	number = strtoull(value, &end, 0);
	if (!*value || *end)
		fail_msg("%s is no number in \"%s\"", key, line);

	return number;
}

void view_expect(const char *line, const char *key, const char *expected)
{
	char value[VIEW_VALUE];

	if (strcmp(view_value(line, key, value), expected))
		fail_msg("%s is not %s in \"%s\"", key, expected, line);
}

const char *view_find(struct view *view, int dmabuf_fd)
{
	struct stat file;
	char inode[32];

	assert_int_equal(fstat(dmabuf_fd, &file), 0);
	snprintf(inode, sizeof(inode), "%lu", (unsigned long)file.st_ino);
	view_read(view, 0);

	return view_line(view, "export", "inode", inode, 0);
}

const char *view_export(struct view *view, int dmabuf_fd)
{
	const char *line = view_find(view, dmabuf_fd);

	assert_non_null(line);

	return line;
}

size_t view_importers(const struct view *view, const char *export_line)
{
	char id[VIEW_VALUE];

	return view_count(view, "importer", "export",
			  view_value(export_line, "id", id));
}

const char *view_importer(const struct view *view, const char *export_line,
			  const char *bdf)
{
	char id[VIEW_VALUE], device[VIEW_VALUE];
	const char *line;
	size_t nr = 0;

	view_value(export_line, "id", id);
	while ((line = view_line(view, "importer", "export", id, nr++)))
		if (!strcmp(view_value(line, "device", device), bdf))
			return line;
	fail_msg("%s is no importer of export %s", bdf, id);

	return NULL;
}
