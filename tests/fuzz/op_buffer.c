// SPDX-License-Identifier: GPL-2.0-only
/* What the holder of a dma-buf's fd does with it; attempts to unload. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "array.h"
#include "kmod.h"
#include "model.h"
#include "ops.h"
#include "report.h"
#include "touch.h"

void op_close_buffer(const __u32 *field)
{
	struct buffer *buf = buffer_pick(field[0]);

	if (!buf)
		return;
	report("close dma-buf %d", buf->fd);
	buffer_close(buf);
}

/* It would wait for a fence that only we can signal. */
static bool has_fence(const struct buffer *buf)
{
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++)
		if (world.attachments[i].handle &&
		    world.attachments[i].buffer == buf &&
		    world.attachments[i].flavour == P2P_TEST_FENCE)
			return true;
	return false;
}

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long sync_buffer(int fd, __u64 flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return result(ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync));
}

/* A page of it, if its file is for that; then a touch tells if there is access. */
static void map_buffer(const struct buffer *buf, const __u32 *field)
{
	unsigned long page = field[2] % (buf->size / PAGE);
	enum certain access = model_buffer_access(buf);
	__u32 value;
	void *addr;
	bool there;

	addr = mmap(NULL, PAGE, field[3] % 2 ? PROT_READ : PROT_WRITE,
		    MAP_SHARED, buf->fd, page * PAGE);
	if (addr == MAP_FAILED) {
		if (errno != EACCES)
			bug("mmap dma-buf %d: %d", buf->fd, errno);
		return;
	}
	there = !(field[3] % 2 ? touch_read(addr, &value) :
				 touch_write(addr, 0));
	munmap(addr, PAGE);
	if (access == (there ? NO : YES))
		bug("touch of dma-buf %d: %d", buf->fd, there);
}

static void use(const struct buffer *buf, const __u32 *field)
{
	struct expect refused = expect_one(-EINVAL);
	const struct expect good = expect_one(0);
	char byte = 0;

	switch (field[1] % 6) {
	case 0:
		map_buffer(buf, field);
		break;
	case 1:
		expect_add(&refused, -EBADF);
		answer_check(&refused, result(read(buf->fd, &byte, 1)),
			     "read dma-buf %d", buf->fd);
		break;
	case 2:
		answer_check(&good, result(ioctl(buf->fd, DMA_BUF_SET_NAME,
						 "[vfio-device]")),
			     "name dma-buf %d", buf->fd);
		break;
	case 3:
		answer_check(&refused, sync_buffer(buf->fd, ~7ull),
			     "bad sync of dma-buf %d", buf->fd);
		break;
	case 4:
		if (!has_fence(buf))
			answer_check(&good,
				     sync_buffer(buf->fd, DMA_BUF_SYNC_RW |
						 DMA_BUF_SYNC_START),
				     "sync of dma-buf %d", buf->fd);
		break;
	default:
		if (lseek(buf->fd, 0, SEEK_END) != (off_t)buf->size)
			bug("dma-buf %d has changed its size", buf->fd);
	}
}

void op_use_buffer(const __u32 *field)
{
	struct buffer *buf = buffer_pick(field[0]);

	if (buf)
		use(buf, field);
}

void op_unload(const __u32 *field)
{
	const struct expect expect = expect_one(-EWOULDBLOCK);

	answer_check(&expect, module_unload(MODULE_UNDER_TEST), "unload");
}
