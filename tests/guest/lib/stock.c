// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdio.h>

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

/* The last line has the total. */
static int count_dmabufs(void)
{
	FILE *file = fopen(BUFINFO, "re");
	char line[256];
	int nr = -1;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Total %d objects", &nr) == 1)
			break;
	fclose(file);
	assert_true(nr >= 0);

	return nr;
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
