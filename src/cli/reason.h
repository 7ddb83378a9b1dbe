/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a route is as it is, and what an operator can do about it. */
#ifndef CLI_REASON_H
#define CLI_REASON_H

#include "decide.h"

/**
 * struct case_in_hand - two devices and the answer about them
 * @machine: theirs
 * @platform: likewise
 * @exporter: whose BAR it is
 * @importer: who does the DMA
 * @answer: the answer, which may not be certain
 */
struct case_in_hand {
	const struct machine *machine;
	const struct platform *platform;
	const struct function *exporter;
	const struct function *importer;
	struct answer answer;
};

/* The rule that decided, a sentence; the caller frees it. */
char *reason_rule(const struct case_in_hand *c);

/**
 * typedef advice_fn - takes one piece of advice
 * @where: "kernel", "firmware", "slot", "module", "driver", "device" or
 *	"privileges"
 * @text: a sentence or two
 * @context: of whoever wants advice
 */
typedef void (*advice_fn)(const char *where, const char *text, void *context);

void reason_advice(const struct case_in_hand *c, advice_fn fn, void *context);

/* The lowest function on both paths, or NULL */
const struct function *common_function(const struct function *exporter,
				       const struct function *importer);

/* The host bridge that decides: that of EXPORTER or of IMPORTER; else NULL */
const struct function *deciding_end(const struct case_in_hand *c);

#endif /* CLI_REASON_H */
