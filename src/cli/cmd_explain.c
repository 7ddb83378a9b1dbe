// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-p2p explain: the path between two devices, the rule that decides, and what
 * can be changed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "json_route.h"
#include "output.h"
#include "paragraph.h"
#include "question.h"
#include "reason.h"
#include "sysfs.h"
#include "tree.h"
#include "words.h"

struct arguments {
	struct route_options options;
	const char *names[2];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->options;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= 2)
			argp_error(state, "two devices, not more");
		args->names[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "which two devices?");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { .argp = &route_argp }, {} };

static const struct argp argp = {
	.parser = parse,
	.args_doc = "EXPORTER IMPORTER",
	.doc = "Does the DMA of IMPORTER reach a BAR of EXPORTER, which way, and why?\n"
	       "What can be changed about it?\n"
	       "\vDevices are given as lspci prints them: 03:00.0 or 0000:03:00.0.  The exit\n"
	       "status is 0 if it does, 1 if not, 3 if that can't be known without root, 2\n"
	       "if something is wrong.",
	.children = children,
};

static char *outcome_text(const struct p2p_decision *decision)
{
	if (decision->route == VFIO_P2P_ROUTE_IMPOSSIBLE)
		return text_of("not at all");
	return text_of("%s, %d hops", route_text(decision->route),
		       decision->distance);
}

/* "by bus address, 4 hops, or not at all" */
static char *outcomes_text(const struct answer *answer)
{
	char *text = outcome_text(&answer->decisions[0]);
	unsigned int i;

	for (i = 1; i < answer->nr; i++) {
		char *one = outcome_text(&answer->decisions[i]);
		char *longer = text_of("%s, or %s", text, one);

		free(one);
		free(text);
		text = longer;
	}
	return text;
}

static char *verdict_text(const struct case_in_hand *c)
{
	char *outcomes, *text;

	if (c->answer.nr == 1 &&
	    c->answer.decisions[0].route == VFIO_P2P_ROUTE_IMPOSSIBLE)
		return text_of("The DMA of %s does not reach a BAR of %s.",
			       c->importer->text, c->exporter->text);
	outcomes = outcomes_text(&c->answer);
	text = text_of("The DMA of %s reaches a BAR of %s %s%s.",
		       c->importer->text, c->exporter->text, outcomes,
		       c->answer.nr == 1 ? "" : "; which one is not known");
	free(outcomes);
	return text;
}

static char *iommu_of(const struct function *function)
{
	if (function->group < 0)
		return text_of("%s", iommu_text(function));
	return text_of("group %d (%s), %s", function->group,
		       function->group_type ?: "type not known",
		       iommu_text(function));
}

static void print_iommu(const char *head, const struct function *function)
{
	char *iommu = iommu_of(function);
	char *text = text_of("%s: %s", function->text, iommu);

	paragraph(head, text);
	free(text);
	free(iommu);
}

static void print_one(const char *where, const char *text, void *context)
{
	bool *any = context;
	char *head = text_of("  %-10s ", where);

	if (!*any)
		puts("\nWhat can be changed:");
	*any = true;
	paragraph(head, text);
	free(head);
}

static void print_text(const struct case_in_hand *c)
{
	char *verdict = verdict_text(c), *rule = reason_rule(c);
	bool any = false;

	paragraph("", verdict);
	putchar('\n');
	tree_print(c);
	putchar('\n');
	paragraph("Rule:   ", rule);
	print_iommu("IOMMU:  ", c->exporter);
	print_iommu("        ", c->importer);
	paragraph("Source: ", c->answer.module ? "the module" :
		  c->platform->module_loaded ?
		  "sysfs, by the module's rules" :
		  "sysfs, by the module's rules; it is not loaded");
	reason_advice(c, print_one, &any);
	free(rule);
	free(verdict);
}

static struct json_object *json_acs(const struct config *config)
{
	struct json_object *object = json_object_new_object();
	char bits[32];

	acs_text(config, bits, sizeof(bits));
	json_add_text(object, "bits", bits);
	if (config->acs == ACS_UNKNOWN)
		json_add_text(object, "redirects", NULL);
	else
		json_add_bool(object, "redirects", config_redirects(config));
	return object;
}

static struct json_object *json_path(const struct function *function)
{
	struct json_object *path = json_object_new_array();

	for (; function; function = function->upstream) {
		struct json_object *node = json_object_new_object();

		json_add_text(node, "bdf", function->text);
		json_add_text(node, "kind", kind_text(function));
		json_object_object_add(node, "acs",
				       json_acs(&function->config));
		json_object_array_add(path, node);
	}
	return path;
}

static struct json_object *json_end_point(const struct case_in_hand *c,
					  const struct function *function)
{
	struct json_object *object = json_function(function);
	const struct function *first;
	enum fact known;
	char root[24];

	first = host_bridge_of(c->machine, function, &known);
	snprintf(root, sizeof(root), "pci%04x:%02x", function->root.domain,
		 function->root.bus);
	json_add_text(object, "host_bridge", root);
	json_add_text(object, "host_bridge_device",
		      known == FACT_YES ? first->text : NULL);
	json_object_object_add(object, "path", json_path(function));
	return object;
}

static void add_one(const char *where, const char *text, void *context)
{
	struct json_object *one = json_object_new_object();

	json_add_text(one, "where", where);
	json_add_text(one, "text", text);
	json_object_array_add(context, one);
}

static void print_json(const struct case_in_hand *c)
{
	struct json_object *top = json_object_new_object();
	struct json_object *advice = json_object_new_array();
	char *rule = reason_rule(c);

	json_add_platform(top, c->platform);
	json_object_object_add(top, "exporter",
			       json_end_point(c, c->exporter));
	json_object_object_add(top, "importer",
			       json_end_point(c, c->importer));
	json_object_object_add(top, "answer",
			       json_answer(c->exporter, c->importer,
					   &c->answer));
	json_add_text(top, "rule", rule);
	reason_advice(c, add_one, advice);
	json_object_object_add(top, "advice", advice);
	json_end(top);
	free(rule);
}

static enum cli_status status_of(const struct answer *answer)
{
	if (answer->nr > 1)
		return CLI_UNKNOWN;
	return answer->decisions[0].route == VFIO_P2P_ROUTE_IMPOSSIBLE ?
	       CLI_NO : CLI_OK;
}

static int run(int argc, char **argv)
{
	struct arguments args = {};
	struct question question;
	struct case_in_hand c;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	question_open(&question, &args.options);
	c = (struct case_in_hand) {
		.machine = question.machine,
		.platform = &question.platform,
		.exporter = machine_named(question.machine, args.names[0]),
		.importer = machine_named(question.machine, args.names[1]),
	};
	question_answer(&question, c.exporter, c.importer, &c.answer);
	if (args.options.common.json)
		print_json(&c);
	else
		print_text(&c);
	question_close(&question);
	return status_of(&c.answer);
}

const struct command explain_command = {
	.name = "explain",
	.summary = "the path between two devices, and the rule that decides",
	.run = run,
};
