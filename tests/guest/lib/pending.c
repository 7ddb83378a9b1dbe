// SPDX-License-Identifier: GPL-2.0-only
/* Calls that block, made in threads of their own. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "pending.h"
#include "tap.h"

/* How long vfio may take to ask the owner to close the device */
#define REQUEST_MS	20000

static void *pending_main(void *arg)
{
	struct pending *call = arg;

	call->ret = call->fn(call->arg);

	return NULL;
}

void pending_start(struct pending *call, int (*fn)(const char *arg),
		   const char *arg)
{
	assert_false(call->started);
	call->fn = fn;
	call->arg = arg;
	assert_false(pthread_create(&call->thread, NULL, pending_main, call));
	call->started = true;
}

int pending_wait(struct pending *call, long long ms)
{
	struct timespec end;
	int ret;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += ms / 1000;
	ret = pthread_timedjoin_np(call->thread, NULL, &end);
	if (ret)
		return -ret;
	call->started = false;

	return call->ret;
}

void pending_finish(struct pending *call)
{
	if (!call->started)
		return;

	pthread_join(call->thread, NULL);
	call->started = false;
}

int pending_call(struct pending *call, int (*fn)(const char *arg),
		 const char *arg, long long ms)
{
	pending_start(call, fn, arg);

	return pending_wait(call, ms);
}

/* An eventfd that is signalled when vfio wants the device back */
static int request_event(const struct vfio_dev *dev)
{
	char arg[sizeof(struct vfio_irq_set) + sizeof(int)] = {};
	struct vfio_irq_set *set = (struct vfio_irq_set *)arg;
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_true(fd >= 0);
	set->argsz = sizeof(arg);
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	set->index = VFIO_PCI_REQ_IRQ_INDEX;
	set->count = 1;
	memcpy(set->data, &fd, sizeof(fd));
	assert_false(ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, set));

	return fd;
}

void pending_start_unbind(struct pending *call, int (*fn)(const char *bdf),
			  const struct vfio_dev *dev)
{
	struct pollfd pfd = { .events = POLLIN };

	pfd.fd = request_event(dev);
	pending_start(call, fn, dev->bdf);
	assert_int_equal(poll(&pfd, 1, REQUEST_MS), 1);
	/* vfio keeps its own reference. */
	close(pfd.fd);
}
