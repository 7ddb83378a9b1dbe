// SPDX-License-Identifier: GPL-2.0-only
/* The C library's functions of which this object has others */
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "real.h"

static struct {
	int (*ioctl)(int fd, unsigned long request, ...);
	void *(*mmap)(void *addr, size_t length, int prot, int flags, int fd,
		      off_t offset);
	void *(*mmap64)(void *addr, size_t length, int prot, int flags, int fd,
			off64_t offset);
	int (*munmap)(void *addr, size_t length);
	void *(*mremap)(void *addr, size_t old_length, size_t length, int flags,
			...);
} real;

/* Other objects' constructors may come before ours: then it is done by who needs it. */
__attribute__((constructor))
static void find(void)
{
	real.ioctl = dlsym(RTLD_NEXT, "ioctl");
	real.mmap = dlsym(RTLD_NEXT, "mmap");
	real.mmap64 = dlsym(RTLD_NEXT, "mmap64");
	real.munmap = dlsym(RTLD_NEXT, "munmap");
	real.mremap = dlsym(RTLD_NEXT, "mremap");
}

int real_ioctl(int fd, unsigned long request, void *arg)
{
	if (!real.ioctl)
		find();
	return real.ioctl(fd, request, arg);
}

void *real_mmap(void *addr, size_t length, int prot, int flags, int fd,
		off_t offset)
{
	if (!real.mmap)
		find();
	return real.mmap(addr, length, prot, flags, fd, offset);
}

void *real_mmap64(void *addr, size_t length, int prot, int flags, int fd,
		  off64_t offset)
{
	if (!real.mmap64)
		find();
	return real.mmap64(addr, length, prot, flags, fd, offset);
}

int real_munmap(void *addr, size_t length)
{
	if (!real.munmap)
		find();
	return real.munmap(addr, length);
}

void *real_mremap(void *addr, size_t old_length, size_t length, int flags,
		  void *new_addr)
{
	if (!real.mremap)
		find();
	return real.mremap(addr, old_length, length, flags, new_addr);
}

/*
 * The library's objects are linked into this one, see the Makefile: what they call must
 * not come back to us.
 */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return real_ioctl(fd, request, arg);
}

void *__wrap_mmap64(void *addr, size_t length, int prot, int flags, int fd,
		    off64_t offset)
{
	return real_mmap64(addr, length, prot, flags, fd, offset);
}

int __wrap_munmap(void *addr, size_t length)
{
	return real_munmap(addr, length);
}
