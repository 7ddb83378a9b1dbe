/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library's functions of which this object has others */
#ifndef PRELOAD_REAL_H
#define PRELOAD_REAL_H

#include <sys/types.h>

/* What went before stays in errno, but if they fail. */
int real_ioctl(int fd, unsigned long request, void *arg);
void *real_mmap(void *addr, size_t length, int prot, int flags, int fd,
		off_t offset);
void *real_mmap64(void *addr, size_t length, int prot, int flags, int fd,
		  off64_t offset);
int real_munmap(void *addr, size_t length);
void *real_mremap(void *addr, size_t old_length, size_t length, int flags,
		  void *new_addr);

/* Where the linker leads the library's calls to */
int __wrap_ioctl(int fd, unsigned long request, ...);
void *__wrap_mmap64(void *addr, size_t length, int prot, int flags, int fd,
		    off64_t offset);
int __wrap_munmap(void *addr, size_t length);

#endif /* PRELOAD_REAL_H */
