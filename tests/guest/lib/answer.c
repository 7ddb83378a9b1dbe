// SPDX-License-Identifier: GPL-2.0-only
/* Questions to a kernel and its answers. */
#include <stdio.h>
#include <string.h>

#include "answer.h"

/* As many codes as one line may have */
#define CODES	8

static const char *kind;
static unsigned int count;

void answer_begin(const char *name)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	kind = name;
}

void answer_end(void)
{
	printf("# %s: %u answers\n", kind, count);
}

void answer(const char *question, const char *format, ...)
{
	va_list args;
	char text[256];

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("%s %03u %s: %s\n", kind, ++count, question, text);
}

const char *answer_code(long ret)
{
	static char codes[CODES][32];
	static unsigned int next;
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;
	char *code = codes[next++ % CODES];

	if (name)
		snprintf(code, sizeof(codes[0]), "-%s", name);
	else
		snprintf(code, sizeof(codes[0]), "%ld", ret);

	return code;
}
