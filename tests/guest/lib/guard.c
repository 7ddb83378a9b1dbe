// SPDX-License-Identifier: GPL-2.0-only
/* Memory that ends where nobody may read or write. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guard.h"
#include "tap.h"

/* Whole pages for the accessible part: of no bytes, none. */
static size_t guard_pages(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

void *guard_alloc(size_t size)
{
	size_t pages = guard_pages(size);
	char *base;

	base = mmap(NULL, pages + sysconf(_SC_PAGESIZE), PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(base, MAP_FAILED);
	if (pages)
		assert_int_equal(mprotect(base, pages, PROT_READ | PROT_WRITE),
				 0);

	return base + pages - size;
}

void *guard_copy(const void *data, size_t size)
{
	void *addr = guard_alloc(size);

	memcpy(addr, data, size);

	return addr;
}

void guard_free(void *addr, size_t size)
{
	size_t pages = guard_pages(size);

	munmap((char *)addr + size - pages, pages + sysconf(_SC_PAGESIZE));
}
