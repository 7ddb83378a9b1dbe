// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "area.h"
#include "tap.h"
#include "world.h"

#define AREA_SIZE	(AREA_PAGES * PAGE)

static int open_faults(const struct area *area)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (uintptr_t)area->base, AREA_SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	assert_int_equal(ioctl(fd, UFFDIO_API, &api), 0);
	assert_int_equal(ioctl(fd, UFFDIO_REGISTER, &range), 0);
	return fd;
}

void area_open(struct area *area, bool faults)
{
	area->base = mmap(NULL, AREA_SIZE + PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_ptr_not_equal(area->base, MAP_FAILED);
	assert_int_equal(mprotect(area->base + AREA_SIZE, PAGE, PROT_NONE), 0);
	area->content = area->base;
	area->fault_fd = -1;
	if (!faults)
		return;
	area->content = calloc(AREA_PAGES, PAGE);
	assert_non_null(area->content);
	area->fault_fd = open_faults(area);
}

bool area_has_faults(const struct area *area)
{
	return area->fault_fd >= 0;
}

void area_take_away(struct area *area)
{
	madvise(area->base, AREA_SIZE, MADV_DONTNEED);
	memset(area->present, 0, sizeof(area->present));
}

void *area_place(struct area *area, const void *bytes, size_t size)
{
	if (area_has_faults(area))
		area_take_away(area);
	memcpy(area->content + AREA_SIZE - size, bytes, size);
	return area->base + AREA_SIZE - size;
}

void area_protect(struct area *area, int protection)
{
	mprotect(area->base, AREA_SIZE, protection);
}

void area_write(struct area *area, void *at, unsigned int value)
{
	size_t offset = (char *)at - area->base;

	memcpy(area->content + offset, &value, sizeof(value));
	/* A word can lie in two pages. */
	if (area_has_faults(area) && area->present[offset / PAGE] &&
	    area->present[(offset + sizeof(value) - 1) / PAGE])
		*(volatile unsigned int *)at = value;
}

bool area_serve_fault(struct area *area)
{
	struct uffdio_copy copy = { .len = PAGE };
	struct uffd_msg msg;
	size_t page;

	if (read(area->fault_fd, &msg, sizeof(msg)) != sizeof(msg))
		return false;
	page = (msg.arg.pagefault.address - (uintptr_t)area->base) / PAGE;
	copy.dst = (uintptr_t)area->base + page * PAGE;
	copy.src = (uintptr_t)area->content + page * PAGE;
	area->present[page] = true;
	ioctl(area->fault_fd, UFFDIO_COPY, &copy);
	return true;
}
