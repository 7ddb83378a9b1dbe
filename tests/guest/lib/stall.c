// SPDX-License-Identifier: GPL-2.0-only
/* A write to config space that is held up half way. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/userfaultfd.h>
#include <linux/vfio.h>

#include "stall.h"
#include "tap.h"
#include "vfio_region.h"

#define PAGE	4096ul

/* Bytes before PCI_COMMAND: vendor and device, which can't be changed */
#define BEFORE	4

/* Long enough for what does not wait, less than the kernel waits when it touches */
#define MOMENT_US	200000

static void make_memory(struct stall *stall)
{
	void *addr = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(addr, MAP_FAILED);
	stall->memory = addr;
}

/* Who reads the page that has no memory waits. */
static void watch_memory(struct stall *stall)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)stall->missing, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	stall->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	assert_true(stall->uffd >= 0);
	assert_int_equal(ioctl(stall->uffd, UFFDIO_API, &api), 0);
	assert_int_equal(ioctl(stall->uffd, UFFDIO_REGISTER, &reg), 0);
}

static int write_it(void *context)
{
	struct stall *stall = context;

	return vfio_region_write(stall->dev, VFIO_PCI_CONFIG_REGION_INDEX,
				 stall->pos, stall->from, stall->size);
}

static void begin(struct stall *stall)
{
	struct uffd_msg msg;

	watch_memory(stall);
	job_start(&stall->job, write_it, stall);
	assert_int_equal(read(stall->uffd, &msg, sizeof(msg)), sizeof(msg));
	assert_int_equal(msg.event, UFFD_EVENT_PAGEFAULT);
}

void stall_begin(struct stall *stall, const struct vfio_dev *dev,
		 __u16 command)
{
	stall->dev = dev;
	make_memory(stall);
	stall->missing = stall->memory;
	stall->pos = PCI_COMMAND - BEFORE;
	stall->from = stall->memory + PAGE - BEFORE;
	stall->size = BEFORE + sizeof(command);
	memcpy(stall->memory + PAGE, &command, sizeof(command));
	begin(stall);
}

void stall_begin_within(struct stall *stall, const struct vfio_dev *dev,
			__u8 command)
{
	stall->dev = dev;
	make_memory(stall);
	stall->missing = stall->memory + PAGE;
	stall->pos = PCI_COMMAND;
	stall->from = stall->memory + PAGE - 1;
	stall->size = 2;
	*stall->from = command;
	begin(stall);
}

void stall_change(struct stall *stall, __u16 command)
{
	memcpy(stall->memory + PAGE, &command, sizeof(command));
}

void stall_resume(struct stall *stall)
{
	struct uffdio_zeropage zero = {
		.range = { (uintptr_t)stall->missing, PAGE },
	};

	assert_int_equal(ioctl(stall->uffd, UFFDIO_ZEROPAGE, &zero), 0);
}

int stall_join(struct stall *stall)
{
	int ret = job_join(&stall->job);

	close(stall->uffd);
	stall->uffd = -1;
	munmap(stall->memory, 2 * PAGE);
	return ret;
}

int stall_end(struct stall *stall)
{
	stall_resume(stall);
	return stall_join(stall);
}

int stall_meanwhile(struct stall *stall, int (*fn)(void *context),
		    void *context)
{
	struct job job;

	job_start(&job, fn, context);
	usleep(MOMENT_US);
	assert_false(job_done(&job));
	assert_ok(stall_end(stall));
	return job_join(&job);
}

void stall_drop(struct stall *stall)
{
	if (stall->uffd < 0)
		return;
	/* Who waits for it finds memory without it. */
	close(stall->uffd);
	stall->uffd = -1;
	job_join(&stall->job);
	munmap(stall->memory, 2 * PAGE);
}
