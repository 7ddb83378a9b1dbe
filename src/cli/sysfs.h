/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files and links, of this machine or of one saved below a directory. */
#ifndef CLI_SYSFS_H
#define CLI_SYSFS_H

#include <stdarg.h>

/*
 * Each takes a path as printf does.  Strings returned are the caller's to free;
 * NULL and errno if there is none.
 */

/* First line of a file, without the newline */
char *sysfs_read(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Last component of where a link points; it need not exist */
char *sysfs_link(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Path with all links resolved */
char *sysfs_real(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Size of a file, -1 if there is none */
long sysfs_size(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As asprintf, but never fails: without memory the program ends. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *vtext_of(const char *format, va_list args);

#endif /* CLI_SYSFS_H */
