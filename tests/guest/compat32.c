// SPDX-License-Identifier: GPL-2.0-only
/*
 * The 32-bit side of test_abi_32bit.  It needs no C library, so that it can be
 * built where only the compiler for 64 bits is installed.
 */
#include <asm/unistd_32.h>

#include "compat32.h"

static long call3(long number, long a, const void *b, long c)
{
	long ret;

	asm volatile ("int $0x80" : "=a" (ret)
		      : "a" (number), "b" (a), "c" (b), "d" (c) : "memory");
	return ret;
}

/* A pipe may give a request in parts. */
static int read_all(void *buf, long size)
{
	char *pos = buf;
	long n;

	while (size) {
		n = call3(__NR_read, 0, pos, size);
		if (n <= 0)
			return 0;
		pos += n;
		size -= n;
	}
	return 1;
}

static void serve(struct compat32_request *request,
		  struct compat32_answer *answer)
{
	long argument = request->argument;
	unsigned int i;

	if (request->pointer) {
		__u64 *pointer = (void *)&request->data[request->pointer];

		*pointer = (unsigned long)&request->data[request->target];
	}
	if (!argument)
		argument = (long)request->data;

	answer->ret = call3(__NR_ioctl, request->fd, (void *)request->cmd,
			    argument);
	answer->pointer_size = sizeof(void *);
	for (i = 0; i < COMPAT32_ROOM; i++)
		answer->data[i] = request->data[i];
}

static struct compat32_request request;
static struct compat32_answer answer;

void _start(void)
{
	while (read_all(&request, sizeof(request))) {
		serve(&request, &answer);
		call3(__NR_write, 1, &answer, sizeof(answer));
	}
	call3(__NR_exit, 0, 0, 0);
}
