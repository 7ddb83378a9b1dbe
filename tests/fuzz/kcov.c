// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/types.h>

#include "kcov.h"

/* From include/uapi/linux/kcov.h, which is not in the C library's headers */
#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_DISABLE	_IO('c', 101)
#define KCOV_TRACE_PC	0

/* Of one program; what does not fit is not seen. */
#define WORDS		(256 << 10)

/* Bits of a hash of an edge; few enough edges that collisions are rare */
#define EDGE_BITS	20

static int fd = -1;
static unsigned long *words;
static unsigned char seen[1 << EDGE_BITS];
static unsigned int edges;

bool kcov_open(void)
{
	if (fd >= 0)
		return true;
	fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (ioctl(fd, KCOV_INIT_TRACE, WORDS))
		goto err_close;
	words = mmap(NULL, WORDS * sizeof(*words), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (words != MAP_FAILED)
		return true;

err_close:
	close(fd);
	fd = -1;
	return false;
}

void kcov_begin(void)
{
	if (fd < 0)
		return;
	ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
	__atomic_store_n(&words[0], 0, __ATOMIC_RELAXED);
}

static unsigned int hash(unsigned long from, unsigned long to)
{
	__u64 mixed = (from * 31 + to) * 0x9e3779b97f4a7c15ull;

	return mixed >> (64 - EDGE_BITS);
}

unsigned int kcov_end(void)
{
	unsigned long nr, i, last = 0;
	unsigned int before = edges;

	if (fd < 0)
		return 0;
	nr = __atomic_load_n(&words[0], __ATOMIC_RELAXED);
	ioctl(fd, KCOV_DISABLE, 0);
	for (i = 1; i <= nr; i++) {
		unsigned int edge = hash(last, words[i]);

		if (!seen[edge])
			edges++;
		seen[edge] = 1;
		last = words[i];
	}
	return edges - before;
}

unsigned int kcov_edges(void)
{
	return edges;
}
