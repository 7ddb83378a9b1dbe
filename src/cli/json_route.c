// SPDX-License-Identifier: GPL-2.0-only
#include "json_route.h"
#include "words.h"

static void json_add_fact(struct json_object *object, const char *key,
			  enum fact fact)
{
	if (fact == FACT_UNKNOWN)
		json_add_text(object, key, NULL);
	else
		json_add_bool(object, key, fact == FACT_YES);
}

static void json_add_bdf(struct json_object *object, const char *key,
			 bool is_set, const struct p2p_bdf *bdf)
{
	char text[BDF_TEXT_SIZE];

	bdf_format(bdf, text);
	json_add_text(object, key, is_set ? text : NULL);
}

static void json_add_decision(struct json_object *object,
			      const struct p2p_decision *decision)
{
	json_add_text(object, "route", route_name(decision->route));
	json_add_int(object, "distance", decision->distance);
	json_add_text(object, "reason", reason_name(decision->reason));
	json_add_bdf(object, "bridge", decision->has_bridge,
		     &decision->bridge);
	json_add_bdf(object, "redirect",
		     decision->facts & VFIO_P2P_FACT_ACS_REDIRECT,
		     &decision->redirect);
	json_add_bool(object, "host_bridges_used", decision->facts &
		      VFIO_P2P_FACT_HOST_BRIDGE_PARAM);
}

/* Of an answer that is not certain each possible one is listed. */
static void json_add_possible(struct json_object *object,
			      const struct answer *answer)
{
	struct json_object *possible = json_object_new_array();
	unsigned int i;

	json_add_text(object, "route", "unknown");
	json_add_text(object, "why_unknown", unknown_text(answer->unknown));
	for (i = 0; i < answer->nr; i++) {
		struct json_object *one = json_object_new_object();

		json_add_decision(one, &answer->decisions[i]);
		json_object_array_add(possible, one);
	}
	json_object_object_add(object, "possible", possible);
}

struct json_object *json_answer(const struct function *exporter,
				const struct function *importer,
				const struct answer *answer)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "exporter", exporter->text);
	json_add_text(object, "importer", importer->text);
	json_add_text(object, "source", answer->module ? "module" : "sysfs");
	json_add_fact(object, "importer_translated", answer->translated);
	if (answer->nr == 1)
		json_add_decision(object, &answer->decisions[0]);
	else
		json_add_possible(object, answer);
	return object;
}

void json_add_platform(struct json_object *object,
		       const struct platform *platform)
{
	json_add_bool(object, "module_loaded", platform->module_loaded);
	json_add_fact(object, "cpu_routes", platform->cpu_routes);
}
