/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers as JSON. */
#ifndef CLI_JSON_ROUTE_H
#define CLI_JSON_ROUTE_H

#include "output.h"
#include "question.h"

/* The route from IMPORTER to a BAR of EXPORTER */
struct json_object *json_answer(const struct function *exporter,
				const struct function *importer,
				const struct answer *answer);

/* What does not depend on the two devices */
void json_add_platform(struct json_object *object,
		       const struct platform *platform);

#endif /* CLI_JSON_ROUTE_H */
