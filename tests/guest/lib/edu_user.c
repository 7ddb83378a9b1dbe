// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu_user.h"
#include "vfio_config.h"
#include "vfio_region.h"

#define REGS_SIZE	4096
#define REG_SRC		0x80
#define REG_DST		0x88
#define REG_COUNT	0x90
#define REG_CMD		0x98
#define CMD_RUN		1ull
#define CMD_TO_HOST	2ull

/* The device's view of its buffer */
#define EDU_BUFFER	0x40000

/* A command takes QEMU 100 ms; the rest is for a machine under load. */
#define POLL_US		1000
#define POLLS		20000

static volatile __u64 *reg(struct edu_user *edu, unsigned int offset)
{
	return (volatile __u64 *)(edu->regs + offset);
}

int edu_user_open(struct edu_user *edu, const struct vfio_dev *dev)
{
	void *regs;
	int ret;

	edu->regs = NULL;
	ret = vfio_config_set_memory(dev, true);
	if (!ret)
		ret = vfio_config_set_master(dev, true);
	if (!ret)
		ret = vfio_region_mmap(dev, 0, 0, REGS_SIZE, &regs);
	if (!ret)
		edu->regs = regs;
	return ret;
}

void edu_user_close(struct edu_user *edu)
{
	if (edu->regs)
		munmap((void *)edu->regs, REGS_SIZE);
	edu->regs = NULL;
}

static int command(struct edu_user *edu, __u64 src, __u64 dst, size_t size,
		   __u64 cmd)
{
	unsigned int polls;

	*reg(edu, REG_SRC) = src;
	*reg(edu, REG_DST) = dst;
	*reg(edu, REG_COUNT) = size;
	*reg(edu, REG_CMD) = cmd | CMD_RUN;
	for (polls = 0; polls < POLLS; polls++) {
		if (!(*reg(edu, REG_CMD) & CMD_RUN))
			return 0;
		usleep(POLL_US);
	}
	return -ETIMEDOUT;
}

int edu_user_copy(struct edu_user *edu, __u64 from, __u64 to, size_t size)
{
	int ret;

	if (size > EDU_USER_CHUNK)
		return -EINVAL;
	ret = command(edu, from, EDU_BUFFER, size, 0);
	return ret ? ret : command(edu, EDU_BUFFER, to, size, CMD_TO_HOST);
}
