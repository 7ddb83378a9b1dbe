// SPDX-License-Identifier: GPL-2.0-only
/* Where this process has BARs of vfio devices mapped */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "bars.h"
#include "real.h"

#define NR_BARS		6

/* Ours are not in the way of who counts on the lowest number that is free. */
#define LOWEST_FD	100

/*
 * Locks: using -> list.
 *
 * A program's own malloc() may call mmap() and munmap() with locks that malloc() takes.
 * That comes to list only, which is held for a few instructions and asks for no memory;
 * the other it never needs, as what it maps is no BAR.  That one is recursive, as what is
 * called with it asks for memory.
 */
static pthread_mutex_t using = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t list = PTHREAD_MUTEX_INITIALIZER;
static struct bar *_Atomic bars;

void bars_lock(void)
{
	pthread_mutex_lock(&using);
}

void bars_unlock(void)
{
	pthread_mutex_unlock(&using);
}

/*
 * What is held belongs to threads of the parent: by its id also the one that goes on
 * here, which can't unlock what that has locked.  If another held the list, it was about
 * to take something out, or to add it, which the child goes without.
 */
static void in_child(void)
{
	using = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	list = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

__attribute__((constructor))
static void survive_fork(void)
{
	pthread_atfork(bars_lock, bars_unlock, in_child);
}

struct bar *bars_find_address(uintptr_t addr, uint64_t length)
{
	struct bar *bar;

	pthread_mutex_lock(&list);
	for (bar = bars; bar; bar = bar->next) {
		if (addr >= bar->addr && length <= bar->length &&
		    addr - bar->addr <= bar->length - length)
			break;
	}
	pthread_mutex_unlock(&list);
	return bar;
}

struct bar *bars_find_offset(dev_t device, unsigned int number, uint64_t offset,
			     uint64_t length)
{
	struct bar *bar;

	pthread_mutex_lock(&list);
	for (bar = bars; bar; bar = bar->next) {
		if (bar->device == device && bar->number == number &&
		    offset >= bar->offset && length <= bar->length &&
		    offset - bar->offset <= bar->length - length)
			break;
	}
	pthread_mutex_unlock(&list);
	return bar;
}

/*
 * By sysfs, as no other device must be asked what only vfio knows.  Devices of groups are
 * no matter: they are in no IOAS.
 */
int bars_is_device(int fd, dev_t *device)
{
	char path[64], target[PATH_MAX];
	struct stat stat;
	ssize_t length;

	if (fstat(fd, &stat) || !S_ISCHR(stat.st_mode))
		return 0;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u",
		 major(stat.st_rdev), minor(stat.st_rdev));
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return 0;
	target[length] = '\0';
	*device = stat.st_rdev;
	return !!strstr(target, "/vfio-dev/");
}

/* Which BAR is at that offset of the fd? */
static int find_region(struct bar *bar, uint64_t offset)
{
	struct vfio_region_info info;
	unsigned int i;

	for (i = 0; i < NR_BARS; i++) {
		info = (struct vfio_region_info) {
			.argsz = sizeof(info),
			.index = i,
		};
		if (real_ioctl(bar->device_fd, VFIO_DEVICE_GET_REGION_INFO,
			       &info) ||
		    offset < info.offset || offset - info.offset >= info.size)
			continue;
		bar->number = i;
		bar->offset = offset - info.offset;
		return 1;
	}
	return 0;
}

static void drop(struct bar *bar)
{
	if (bar->pages)
		real_munmap(bar->pages, bar->length);
	if (bar->device_fd >= 0)
		close(bar->device_fd);
	free(bar);
}

/* NULL if it is none, or there is no room for it: then all is as without us. */
static struct bar *make(size_t length, int fd, uint64_t offset)
{
	struct bar *bar;
	dev_t device;

	if (!bars_is_device(fd, &device))
		return NULL;
	bar = calloc(1, sizeof(*bar));
	if (!bar)
		return NULL;

	bar->length = length;
	bar->device = device;
	bar->device_fd = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
	if (bar->device_fd >= 0 && find_region(bar, offset))
		return bar;
	drop(bar);
	return NULL;
}

struct bar *bars_begin_mmap(size_t length, int flags, int fd, uint64_t offset)
{
	struct bar *bar;

	if (fd < 0 || flags & MAP_ANONYMOUS || !(flags & MAP_SHARED))
		return NULL;
	bar = make(length, fd, offset);
	if (!bar)
		return NULL;
	/*
	 * Who maps a BAR while it gets its pages is refused; but all come by here, and
	 * wait.  The program may not want it for an IOMMU, so that a failure is none yet.
	 */
	vfio_p2p_iova_prepare(bar->device_fd, bar->number, &bar->unprepared);
	return bar;
}

static void add(struct bar *bar, void *addr)
{
	bar->addr = (uintptr_t)addr;
	pthread_mutex_lock(&list);
	bar->next = bars;
	bars = bar;
	pthread_mutex_unlock(&list);
}

void bars_end_mmap(struct bar *bar, void *addr, size_t length)
{
	/* What was there, MAP_FIXED has replaced. */
	if (addr != MAP_FAILED)
		bars_forget(addr, length);
	if (!bar)
		return;
	if (addr == MAP_FAILED)
		drop(bar);
	else
		add(bar, addr);
}

/* Takes those out of the list that overlap; a list of their own */
static struct bar *take(uintptr_t start, uintptr_t end)
{
	struct bar *bar, *next, *kept = NULL, *taken = NULL;

	pthread_mutex_lock(&list);
	for (bar = bars; bar; bar = next) {
		next = bar->next;
		if (bar->addr < end && start < bar->addr + bar->length) {
			bar->next = taken;
			taken = bar;
		} else {
			bar->next = kept;
			kept = bar;
		}
	}
	bars = kept;
	pthread_mutex_unlock(&list);
	return taken;
}

/* A BAR that is unmapped in part is none for us any more. */
void bars_forget(void *addr, size_t length)
{
	const uintptr_t start = (uintptr_t)addr;
	struct bar *bar, *next;

	if (!bars)
		return;
	bar = take(start, start + length);
	if (!bar)
		return;
	/* Somebody may be using it. */
	bars_lock();
	for (; bar; bar = next) {
		next = bar->next;
		drop(bar);
	}
	bars_unlock();
}
