// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "stall.h"
#include "tap.h"

#define PAGE	4096ul

static int watch(struct stall *stall)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (uintptr_t)stall->base, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (ioctl(stall->fd, UFFDIO_API, &api) ||
	    ioctl(stall->fd, UFFDIO_REGISTER, &range))
		return -errno;
	return 0;
}

int stall_open(struct stall *stall)
{
	int ret;

	stall->fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (stall->fd < 0)
		return -errno;
	stall->base = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(stall->base, MAP_FAILED);
	ret = watch(stall);
	if (ret)
		stall_close(stall);
	return ret;
}

void stall_close(struct stall *stall)
{
	close(stall->fd);
	munmap(stall->base, 2 * PAGE);
}

void stall_wait(struct stall *stall)
{
	struct uffd_msg msg;

	assert_int_equal(read(stall->fd, &msg, sizeof(msg)), sizeof(msg));
}

void stall_release(struct stall *stall)
{
	struct uffdio_zeropage page = {
		.range = { (uintptr_t)stall->base, PAGE },
	};

	assert_ok(ioctl(stall->fd, UFFDIO_ZEROPAGE, &page));
}
