/* SPDX-License-Identifier: GPL-2.0-only */
/* Sentences, broken into lines. */
#ifndef CLI_PARAGRAPH_H
#define CLI_PARAGRAPH_H

/* Print TEXT after HEAD; further lines are indented by the length of HEAD. */
void paragraph(const char *head, const char *text);

#endif /* CLI_PARAGRAPH_H */
