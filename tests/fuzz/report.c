// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "kmsg.h"
#include "report.h"

#define STEPS		128
#define STEP_SIZE	256

bool report_all;

static char name[PROGRAM_NAME];
static char steps[STEPS][STEP_SIZE];
static unsigned int nr_steps;
static int kmsg_out = -1, kmsg_in = -1;

void report_open(void)
{
	int fd = open("/proc/sys/kernel/printk_devkmsg", O_WRONLY);

	/* Else what we write there is limited to a few lines. */
	if (fd >= 0) {
		if (write(fd, "on\n", 3) < 0)
			perror("printk_devkmsg");
		close(fd);
	}
	kmsg_out = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	kmsg_in = kmsg_open();
}

void report_begin(const struct program *program)
{
	char line[PROGRAM_NAME + 16];
	int size;

	program_name(program, name);
	nr_steps = 0;
	/* If the kernel dies it is the console that knows the name. */
	size = snprintf(line, sizeof(line), "<6>fuzz: %s\n", name);
	if (write(kmsg_out, line, size) < 0 && errno != EAGAIN)
		perror("/dev/kmsg");
	report("program %s", name);
}

void report(const char *format, ...)
{
	char *step = steps[nr_steps % STEPS];
	const char *last = steps[(nr_steps - 1) % STEPS];
	va_list args;

	va_start(args, format);
	vsnprintf(step, STEP_SIZE, format, args);
	va_end(args);
	/* Calls that are disturbed are made many times. */
	if (nr_steps && !strcmp(step, last))
		return;
	nr_steps++;
	if (report_all)
		printf("# %s\n", step);
}

static void print_steps(void)
{
	unsigned int i = nr_steps > STEPS ? nr_steps - STEPS : 0;

	for (; i < nr_steps; i++)
		printf("# %s\n", steps[i % STEPS]);
}

void bug(const char *format, ...)
{
	va_list args;

	if (!report_all)
		print_steps();
	printf("# BUG: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n# again: fuzz --seed %s\n", name);
	fflush(stdout);
	_exit(1);
}

/* tests/vm/guest/checks has more; what it finds has no program's name. */
void report_check_kernel(void)
{
	static const char * const complaints[] = {
		"WARNING:", "BUG:", "Oops", "UBSAN:", "KASAN:", "refcount_t:",
		"ODEBUG:", "DMA-API:", "cut here", "general protection",
		"INFO: task", "possible circular",
	};
	const char *line = kmsg_find_any(kmsg_in, complaints,
					 ARRAY_SIZE(complaints));

	if (line)
		bug("the kernel says: %s", line);
}
