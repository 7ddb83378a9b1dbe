// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "output.h"
#include "tree.h"
#include "words.h"

enum { DEVICE, WHAT, ACS, NAME };

static struct libscols_table *new_tree(void)
{
	static const char *const names[] = {
		"DEVICE", "WHAT", "ACS", "NAME", NULL
	};
	struct libscols_table *table = table_new(names);

	scols_column_set_flags(scols_table_get_column(table, DEVICE),
			       SCOLS_FL_TREE);
	return table;
}

static bool is_certain(const struct case_in_hand *c)
{
	return c->answer.nr == 1;
}

static void set_host_bridge(struct libscols_line *line,
			    const struct case_in_hand *c,
			    const struct function *end)
{
	const struct function *first;
	enum fact known;

	first = host_bridge_of(c->machine, end, &known);
	table_set(line, DEVICE, "pci%04x:%02x", end->root.domain,
		  end->root.bus);
	table_set(line, WHAT, "host bridge%s",
		  is_certain(c) && deciding_end(c) == end ? ", decides" : "");
	if (known == FACT_YES)
		table_set(line, NAME, "%04x:%04x %s", first->vendor,
			  first->device, first->name);
}

static const char *part_of(const struct case_in_hand *c,
			   const struct function *function)
{
	if (c->exporter == c->importer && function == c->exporter)
		return ", exporter and importer";
	if (function == c->exporter)
		return ", exporter";
	if (function == c->importer)
		return ", importer";
	return "";
}

static bool is_deciding(const struct case_in_hand *c,
			const struct function *function)
{
	const struct p2p_decision *decision = &c->answer.decisions[0];

	return is_certain(c) && !deciding_end(c) && decision->has_bridge &&
	       p2p_bdf_equal(&decision->bridge, &function->bdf);
}

static void set_function(struct libscols_line *line,
			 const struct case_in_hand *c,
			 const struct function *function)
{
	bool redirects = config_redirects(&function->config);
	char acs[32];

	acs_text(&function->config, acs, sizeof(acs));
	table_set(line, DEVICE, "%s", function->text);
	table_set(line, WHAT, "%s%s%s", kind_text(function),
		  part_of(c, function),
		  is_deciding(c, function) ? ", decides" : "");
	table_set(line, ACS, "%s%s", acs, redirects ? ": redirects" : "");
	table_set(line, NAME, "%s", function->name);
	if (redirects)
		table_color(line, ACS, "brown");
}

/* Draw the way from ABOVE, which is drawn already, down to FUNCTION. */
static struct libscols_line *add_path(struct libscols_table *table,
				      struct libscols_line *top,
				      const struct case_in_hand *c,
				      const struct function *function,
				      const struct function *above)
{
	struct libscols_line *line;

	if (function == above)
		return top;
	line = add_path(table, top, c, function->upstream, above);
	line = table_line(table, line);
	scols_line_set_userdata(line, (void *)function);
	set_function(line, c, function);
	return line;
}

static struct libscols_line *find_line(struct libscols_table *table,
				       const struct function *function)
{
	size_t i;

	for (i = 0; i < scols_table_get_nlines(table); i++) {
		struct libscols_line *line = scols_table_get_line(table, i);

		if (scols_line_get_userdata(line) == function)
			return line;
	}
	return NULL;
}

static struct libscols_line *add_host_bridge(struct libscols_table *table,
					     struct libscols_line *parent,
					     const struct case_in_hand *c,
					     const struct function *end)
{
	struct libscols_line *line = table_line(table, parent);

	set_host_bridge(line, c, end);
	add_path(table, line, c, end, NULL);
	return line;
}

static void add_one_root(struct libscols_table *table,
			 const struct case_in_hand *c)
{
	const struct function *common = common_function(c->exporter,
							c->importer);
	struct libscols_line *root = add_host_bridge(table, NULL, c,
						     c->exporter);

	add_path(table, common ? find_line(table, common) : root, c,
		 c->importer, common);
}

static void add_two_roots(struct libscols_table *table,
			  const struct case_in_hand *c)
{
	struct libscols_line *top = table_line(table, NULL);

	table_set(top, DEVICE, "CPU");
	add_host_bridge(table, top, c, c->exporter);
	add_host_bridge(table, top, c, c->importer);
}

void tree_print(const struct case_in_hand *c)
{
	struct libscols_table *table = new_tree();

	if (bdf_compare(&c->exporter->root, &c->importer->root))
		add_two_roots(table, c);
	else
		add_one_root(table, c);
	table_end(table);
}
