/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's own account of its dma-bufs, in debugfs. */
#ifndef TEST_VIEW_H
#define TEST_VIEW_H

#include <stddef.h>

#define VIEW_FILE	"/sys/kernel/debug/vfio_p2p_dmabuf/exports"
#define VIEW_VALUE	256

/**
 * struct view - the file as it was read
 * @text: all of it, its lines ended by 0
 * @size: of @text, in bytes
 * @nr: how many lines
 */
struct view {
	char *text;
	size_t size;
	size_t nr;
};

/* All functions fail the test if anything is not as they say. */

/* Read it, CHUNK bytes at a time or what there is (0); free what was read before. */
void view_read(struct view *view, size_t chunk);
void view_free(struct view *view);

/*
 * The line of that kind, counted from 0, of those that have KEY=VALUE; NULL if
 * there are not as many.  KEY may be NULL.
 */
const char *view_line(const struct view *view, const char *kind,
		      const char *key, const char *value, size_t nr);

/* How many there are */
size_t view_count(const struct view *view, const char *kind, const char *key,
		  const char *value);

/* The value of a key; VALUE has room for VIEW_VALUE bytes */
const char *view_value(const char *line, const char *key, char *value);
unsigned long long view_number(const char *line, const char *key);

/* It has that value. */
void view_expect(const char *line, const char *key, const char *expected);

/* Read the file and find the export of a dma-buf, by the inode; NULL */
const char *view_find(struct view *view, int dmabuf_fd);

/* The same, it has to be there */
const char *view_export(struct view *view, int dmabuf_fd);

/* How many importers an export has */
size_t view_importers(const struct view *view, const char *export_line);

/* That importer of an export; it has to be there */
const char *view_importer(const struct view *view, const char *export_line,
			  const char *bdf);

#endif /* TEST_VIEW_H */
