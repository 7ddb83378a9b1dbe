// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pages.h"
#include "slice.h"
#include "tap.h"
#include "touch.h"

char *slice_map(int control, int device_fd, __u32 region, size_t size)
{
	int fd = assert_ok(pages_alloc(control, device_fd, region, size, NULL));
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);

	assert_ptr_not_equal(addr, MAP_FAILED);
	close(fd);
	return addr;
}

void slice_expect_there(char *addr)
{
	__u32 value;

	assert_ok(touch_write(addr, 0x5eed));
	assert_ok(touch_read(addr, &value));
	assert_int_equal(value, 0x5eed);
}

void slice_expect_taken(char *addr)
{
	struct pin pin;
	__u32 value;

	assert_errno(touch_read(addr, &value), EFAULT);
	assert_errno(touch_write(addr, 0), EFAULT);
	assert_errno(pin_page(&pin, addr), EFAULT);
}
