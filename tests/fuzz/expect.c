// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expect.h"
#include "report.h"

static const char *answer_name(int answer)
{
	return answer < 0 ? strerrorname_np(-answer) ?: "?" : "success";
}

void answer_check(const struct expect *expect, long ret, const char *format,
		  ...)
{
	char what[200], wanted[128] = "";
	va_list args;
	unsigned int i;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	report("%s: %s (%ld)", what, answer_name(ret), ret);
	if (expect_has(expect, ret))
		return;

	for (i = 0; i < expect->nr; i++)
		snprintf(wanted + strlen(wanted),
			 sizeof(wanted) - strlen(wanted), "%s%s",
			 i ? " or " : "", answer_name(expect->answers[i]));
	bug("%s (%ld), expected %s", answer_name(ret), ret, wanted);
}
