// SPDX-License-Identifier: GPL-2.0-only
/*
 * fd_file(): the file of a struct fd, which had a member file before.
 *
 * Upstream: "introduce fd_file(), convert all accessors to it.", Linux 6.12
 * Absent: (implicit declaration of|call to undeclared) function 'fd_file'
 */
#include <linux/file.h>
#include <linux/module.h>

bool probe(struct fd f);
bool probe(struct fd f)
{
	return fd_file(f);
}

MODULE_LICENSE("GPL");
