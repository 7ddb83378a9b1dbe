/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module itself says, by /dev/vfio-p2p-dmabuf. */
#ifndef CLI_MODULE_H
#define CLI_MODULE_H

#include "decide.h"

/* Does the module make the dma-bufs, and not the kernel? */
enum fact module_exports(const char *root);

/**
 * struct module_answers - the module's answers about one exporter
 * @exporter: which, NULL if none was asked about yet
 * @valid: it could be asked
 * @answers: about the importers, in the order of the machine's functions
 */
struct module_answers {
	const struct function *exporter;
	bool valid;
	struct answer *answers;
};

/*
 * Ask about an exporter and all other functions.  It is opened for that, and thus
 * reset; if that fails a sentence on stderr says why.
 */
void module_ask(struct module_answers *answers, const struct machine *machine,
		const struct function *exporter);
void module_answers_free(struct module_answers *answers);

#endif /* CLI_MODULE_H */
