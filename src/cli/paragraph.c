// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "paragraph.h"

#define WIDTH	79

void paragraph(const char *head, const char *text)
{
	int indent = strlen(head), column = indent;

	fputs(head, stdout);
	while (*text) {
		int length = strcspn(text, " ");

		if (column > indent && column + 1 + length > WIDTH) {
			printf("\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		printf("%.*s", length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	putchar('\n');
}
