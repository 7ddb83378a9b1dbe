// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "kmod.h"
#include "stock.h"
#include "tap.h"

#define BUFINFO	"/sys/kernel/debug/dma_buf/bufinfo"

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int nr = 0;

	assert_non_null(dir);
	while (readdir(dir))
		nr++;
	closedir(dir);

	return nr;
}

/* "Total 3 objects, 12288 bytes"; of each there is "Total 1 devices attached" */
static int count_dmabufs(void)
{
	FILE *file = fopen(BUFINFO, "re");
	char line[256], what[16];
	int nr, found = -1;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Total %d %15[a-z]", &nr, what) == 2 &&
		    !strcmp(what, "objects"))
			found = nr;
	fclose(file);
	assert_true(found >= 0);

	return found;
}

void stock_take(struct stock *stock)
{
	stock->fds = count_fds();
	stock->refs = module_refcount(MODULE_UNDER_TEST);
	stock->dmabufs = count_dmabufs();
}

void stock_check(const struct stock *before, const char *what)
{
	struct stock now;

	stock_take(&now);
	if (now.fds == before->fds && now.refs == before->refs &&
	    now.dmabufs == before->dmabufs)
		return;

	print_error("%s: %d files, not %d; module references %d, not %d; dma-bufs %d, not %d\n",
		    what, now.fds, before->fds, now.refs, before->refs,
		    now.dmabufs, before->dmabufs);
	fail();
}
