// SPDX-License-Identifier: GPL-2.0-only
/* The test importer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "importer.h"
#include "p2p.h"

int importer_open(struct importer *imp, const char *bdf)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/" P2P_TEST_DEVICE_PREFIX "%s", bdf);
	imp->pending = 0;
	imp->fd = open(path, O_RDWR | O_CLOEXEC);

	return imp->fd < 0 ? -errno : 0;
}

int importer_open_nonpci(struct importer *imp)
{
	return importer_open(imp, "nonpci");
}

void importer_close(struct importer *imp)
{
	if (imp->fd >= 0)
		close(imp->fd);
	imp->fd = -1;
}

static int importer_ioctl(struct importer *imp, unsigned long cmd, void *arg)
{
	return ioctl(imp->fd, cmd, arg) < 0 ? -errno : 0;
}

static int importer_do_attach(struct importer *imp, struct p2p_test_attach *arg)
{
	int ret = importer_ioctl(imp, P2P_TEST_ATTACH, arg);

	return ret ?: (int)arg->handle;
}

int importer_attach(struct importer *imp, int dmabuf_fd,
		    enum p2p_test_flavour flavour)
{
	struct p2p_test_attach arg = {
		.dmabuf_fd = dmabuf_fd,
		.flavour = flavour,
	};

	return importer_do_attach(imp, &arg);
}

int importer_attach_late(struct importer *imp, int dmabuf_fd, __u32 late_ms)
{
	struct p2p_test_attach arg = {
		.dmabuf_fd = dmabuf_fd,
		.flavour = P2P_TEST_LATE,
		.late_ms = late_ms,
	};

	return importer_do_attach(imp, &arg);
}

static int importer_handle(struct importer *imp, unsigned long cmd, int handle)
{
	struct p2p_test_handle arg = { .handle = handle };

	return importer_ioctl(imp, cmd, &arg);
}

int importer_detach(struct importer *imp, int handle)
{
	return importer_handle(imp, P2P_TEST_DETACH, handle);
}

int importer_map(struct importer *imp, int handle,
		 enum p2p_test_direction direction)
{
	struct p2p_test_map arg = {
		.handle = handle,
		.direction = direction,
	};

	return importer_ioctl(imp, P2P_TEST_MAP, &arg);
}

int importer_unmap(struct importer *imp, int handle)
{
	return importer_handle(imp, P2P_TEST_UNMAP, handle);
}

int importer_signal(struct importer *imp, int handle)
{
	return importer_handle(imp, P2P_TEST_SIGNAL, handle);
}

/* One call moves P2P_TEST_DMA_MAX bytes at most. */
static int importer_dma(struct importer *imp, int handle, __u32 flags,
			__u64 offset, uintptr_t user, size_t size)
{
	struct p2p_test_dma arg = { .handle = handle, .flags = flags };
	size_t done;
	int ret;

	for (done = 0; done < size; done += arg.length) {
		arg.offset = offset + done;
		arg.user = user + done;
		arg.length = size - done;
		if (arg.length > P2P_TEST_DMA_MAX)
			arg.length = P2P_TEST_DMA_MAX;
		ret = importer_ioctl(imp, P2P_TEST_DMA, &arg);
		if (ret)
			return ret;
	}

	return 0;
}

int importer_write(struct importer *imp, int handle, __u64 offset,
		   const void *buf, size_t size)
{
	return importer_dma(imp, handle, P2P_TEST_DMA_WRITE, offset,
			    (uintptr_t)buf, size);
}

int importer_read(struct importer *imp, int handle, __u64 offset, void *buf,
		  size_t size)
{
	return importer_dma(imp, handle, 0, offset, (uintptr_t)buf, size);
}

static int importer_raw_dma(struct importer *imp, __u32 flags, __u64 address,
			    uintptr_t user, size_t size)
{
	struct p2p_test_raw_dma arg = {
		.address = address,
		.length = size,
		.user = user,
		.flags = flags,
	};

	return importer_ioctl(imp, P2P_TEST_RAW_DMA, &arg);
}

int importer_raw_write(struct importer *imp, __u64 address, const void *buf,
		       size_t size)
{
	return importer_raw_dma(imp, P2P_TEST_DMA_WRITE, address,
				(uintptr_t)buf, size);
}

int importer_raw_read(struct importer *imp, __u64 address, void *buf,
		      size_t size)
{
	return importer_raw_dma(imp, 0, address, (uintptr_t)buf, size);
}

int importer_stat(struct importer *imp, int handle, struct p2p_test_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->handle = handle;

	return importer_ioctl(imp, P2P_TEST_STAT, stat);
}

int importer_sg(struct importer *imp, int handle,
		struct p2p_test_sg_entry *entries, __u32 room)
{
	struct p2p_test_sg arg = {
		.handle = handle,
		.nents = room,
		.entries = (uintptr_t)entries,
	};
	int ret = importer_ioctl(imp, P2P_TEST_SG, &arg);

	return ret ?: (int)arg.nents;
}

static int importer_take_events(struct importer *imp)
{
	struct p2p_test_events arg;
	int ret;

	ret = importer_ioctl(imp, P2P_TEST_EVENTS, &arg);
	if (ret)
		return ret;

	imp->pending |= arg.events;

	return 0;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int importer_wait(struct importer *imp, __u32 events, int timeout_ms)
{
	const long long end = now_ms() + timeout_ms;
	struct pollfd pfd = { .fd = imp->fd, .events = POLLIN };
	long long left;
	int happened, ret;

	for (;;) {
		ret = importer_take_events(imp);
		if (ret)
			return ret;

		happened = imp->pending & events;
		if (happened) {
			imp->pending &= ~events;
			return happened;
		}

		left = end - now_ms();
		if (left < 0)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, left) < 0 && errno != EINTR)
			return -errno;
	}
}

int importer_clear_events(struct importer *imp)
{
	int ret = importer_take_events(imp);

	imp->pending = 0;

	return ret;
}

int importer_keep_asleep(struct importer *imp, const char *bdf)
{
	struct p2p_test_sleep arg = { .asleep = 1 };
	struct vfio_p2p_bdf function;
	int ret = p2p_bdf_parse(bdf, &function);

	if (ret)
		return ret;
	arg.function = importer_function(&function);
	return importer_ioctl(imp, P2P_TEST_SLEEP, &arg);
}

int importer_let_wake(struct importer *imp)
{
	struct p2p_test_sleep arg = { .asleep = 0 };

	return importer_ioctl(imp, P2P_TEST_SLEEP, &arg);
}

int importer_memory_type(struct importer *imp, const void *page)
{
	struct p2p_test_memory arg = { .address = (uintptr_t)page };

	return importer_ioctl(imp, P2P_TEST_MEMORY, &arg) ?: (int)arg.type;
}

static int pin(struct importer *imp, unsigned long cmd, const void *addr,
	       size_t size)
{
	struct p2p_test_pin arg = {
		.address = (uintptr_t)addr,
		.length = size,
	};

	return importer_ioctl(imp, cmd, &arg);
}

int importer_pin_as_iommufd(struct importer *imp, const void *addr,
			    size_t size)
{
	return pin(imp, P2P_TEST_PIN_AS_IOMMUFD, addr, size);
}

int importer_pin(struct importer *imp, const void *addr, size_t size)
{
	return pin(imp, P2P_TEST_PIN_MEMORY, addr, size);
}

int importer_unpin(struct importer *imp)
{
	return importer_ioctl(imp, P2P_TEST_UNPIN, NULL);
}

int importer_page_ref(struct importer *imp, __u64 address, int change)
{
	struct p2p_test_page_ref arg = {
		.address = address,
		.change = change,
	};

	return importer_ioctl(imp, P2P_TEST_PAGE_REF, &arg);
}

struct p2p_test_function importer_function(const struct vfio_p2p_bdf *bdf)
{
	return (struct p2p_test_function) {
		.domain = bdf->domain,
		.bus = bdf->bus,
		.devfn = bdf->devfn,
	};
}
