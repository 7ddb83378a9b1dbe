// SPDX-License-Identifier: GPL-2.0-only
/*
 * "vfio-p2p list", "matrix" and "explain": what they make of sysfs is what the
 * module says by ROUTE, and does by EXPORT.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "p2p.h"
#include "served.h"
#include "tap.h"
#include "tool.h"

#define PAGE		4096
#define MAX_FUNCTIONS	64
#define NR_BARS		6
#define NOBODY		65534

/* Those of all topologies that vfio-pci can have */
static const char *const exporter_names[] = {
	"EXPORTER_NVME", "EXPORTER_IVSHMEM", "EXPORTER_ACS", "SLOT_NVME",
	"ERRNO_TESTDEV",
};

static const char *const route_names[] = {
	[VFIO_P2P_ROUTE_IMPOSSIBLE] = "impossible",
	[VFIO_P2P_ROUTE_BUS_ADDR] = "bus-address",
	[VFIO_P2P_ROUTE_HOST_BRIDGE] = "host-bridge",
};

static const char *const reason_names[] = {
	[VFIO_P2P_REASON_COMMON_UPSTREAM] = "common-upstream",
	[VFIO_P2P_REASON_SAME_FUNCTION] = "same-function",
	[VFIO_P2P_REASON_ACS_REDIRECT] = "acs-redirect",
	[VFIO_P2P_REASON_NO_COMMON_UPSTREAM] = "no-common-upstream",
	[VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN] = "host-bridge-unknown",
	[VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY] = "host-bridge-same-only",
	[VFIO_P2P_REASON_NOT_PCI] = "not-pci",
	[VFIO_P2P_REASON_DMA_MASK] = "dma-mask",
};

/* All PCI functions of the machine, and the module's answers about them */
static char *functions[MAX_FUNCTIONS];
static struct vfio_p2p_route routes[MAX_FUNCTIONS];
static int nr_functions;
static int control;

/* One importer has a driver, so that its DMA and its mask are known. */
static struct importer imp;

static void find_functions(void)
{
	DIR *dir = opendir("/sys/bus/pci/devices");
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		assert_in_range(nr_functions, 0, MAX_FUNCTIONS - 1);
		functions[nr_functions++] = strdup(entry->d_name);
	}
	closedir(dir);
}

/* Bind and open, ask about everybody; the caller closes it. */
static void open_and_ask(struct vfio_dev *dev, const char *name)
{
	int i;

	served_open(dev, name);
	for (i = 0; i < nr_functions; i++)
		assert_ok(p2p_route(control, dev->fd, functions[i],
				    &routes[i]));
}

/* The route from one to the other in the JSON of matrix, to be freed */
static char *find_answer(const char *json, const char *exporter,
			 const char *importer)
{
	char key[128];
	const char *begin, *end;

	snprintf(key, sizeof(key),
		 "\"exporter\":\"%s\",\n      \"importer\":\"%s\"", exporter,
		 importer);
	begin = strstr(json, key);
	if (!begin)
		fail_msg("nothing about %s and %s", exporter, importer);
	end = strstr(begin, "\n    }");
	assert_non_null(end);
	return strndup(begin, end - begin);
}

static void expect_field(const char *answer, const char *key,
			 const char *value)
{
	char text[128];

	snprintf(text, sizeof(text), "\"%s\":%s", key, value);
	if (!strstr(answer, text))
		fail_msg("no %s in %s", text, answer);
}

static void expect_text(const char *answer, const char *key, const char *value)
{
	char text[64];

	snprintf(text, sizeof(text), "\"%s\"", value);
	expect_field(answer, key, text);
}

/* Without the fact there is none; 0000:00:00.0 may be one. */
static void expect_bdf(const char *answer, const char *key, bool fact,
		       const struct vfio_p2p_bdf *bdf)
{
	char text[16];

	if (fact)
		expect_text(answer, key, p2p_bdf_format(bdf, text));
	else
		expect_field(answer, key, "null");
}

static const char *bool_text(bool value)
{
	return value ? "true" : "false";
}

static void expect_route(const char *answer,
			 const struct vfio_p2p_route *route)
{
	char distance[16];

	snprintf(distance, sizeof(distance), "%d,", route->distance);
	expect_text(answer, "route", route_names[route->route]);
	expect_text(answer, "reason", reason_names[route->reason]);
	expect_field(answer, "distance", distance);
}

static void expect_answer(const char *answer,
			  const struct vfio_p2p_route *route)
{
	bool translated = strstr(answer, "\"importer_translated\":true");

	expect_route(answer, route);
	expect_bdf(answer, "bridge", route->facts & VFIO_P2P_FACT_BRIDGE,
		   &route->bridge);
	expect_bdf(answer, "redirect",
		   route->facts & VFIO_P2P_FACT_ACS_REDIRECT, &route->redirect);
	expect_field(answer, "host_bridges_used",
		     bool_text(route->facts & VFIO_P2P_FACT_HOST_BRIDGE_PARAM));
	assert_int_equal(translated,
			 !!(route->facts & VFIO_P2P_FACT_PEER_TRANSLATED));
}

/* All that matrix says of an exporter is what the module says. */
static void compare(const char *json, const char *exporter, const char *source)
{
	char *answer;
	int i;

	for (i = 0; i < nr_functions; i++) {
		if (!strcmp(functions[i], exporter))
			continue;
		answer = find_answer(json, exporter, functions[i]);
		expect_text(answer, "source", source);
		expect_answer(answer, &routes[i]);
		free(answer);
	}
}

static char *matrix(const char *option)
{
	char *json;

	assert_int_equal(tool_capture(TOOL_ARGS("matrix", "--all", "--json",
						option), &json), 0);
	return json;
}

static void test_sysfs(void **state)
{
	struct vfio_dev dev;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exporter_names); i++) {
		char *json;

		if (!env_bdf(exporter_names[i]))
			continue;
		open_and_ask(&dev, exporter_names[i]);
		json = matrix(NULL);
		compare(json, dev.bdf, "sysfs");
		free(json);
		vfio_dev_close(&dev);
	}
}

/* The tool opens the devices itself, those that are bound to vfio-pci by now. */
static void test_module(void **state)
{
	struct vfio_dev dev;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exporter_names); i++) {
		char *json;

		if (!env_bdf(exporter_names[i]))
			continue;
		open_and_ask(&dev, exporter_names[i]);
		vfio_dev_close(&dev);
		json = matrix("--module");
		compare(json, dev.bdf, "module");
		free(json);
	}
}

/* An exporter that somebody has open can't be asked about; sysfs will do. */
static void test_module_busy(void **state)
{
	struct vfio_dev dev;
	char *text;

	open_and_ask(&dev, "EXPORTER_NVME");
	text = matrix("--module");
	/* Messages come first; the rest is JSON. */
	print_message("| %.*s\n", (int)strcspn(text, "{"), text);
	assert_non_null(strstr(text, "in use by another program"));
	compare(text, dev.bdf, "sysfs");
	free(text);
	vfio_dev_close(&dev);
}

static void test_explain(void **state)
{
	struct vfio_dev dev;
	int i, status;
	char *text;

	open_and_ask(&dev, "EXPORTER_NVME");
	for (i = 0; i < nr_functions; i++) {
		status = tool_capture(TOOL_ARGS("explain", "--json", dev.bdf,
						functions[i]), &text);
		assert_int_equal(status, routes[i].route ==
				 VFIO_P2P_ROUTE_IMPOSSIBLE ? 1 : 0);
		expect_answer(strstr(text, "\"answer\""), &routes[i]);
		free(text);
	}
	vfio_dev_close(&dev);
}

/* What a user sees, for who reads the log and for the README */
static void test_show(void **state)
{
	const char *exporter = env_bdf_or_skip("EXPORTER_NVME");
	const char *importer = env_bdf_or_skip("IMPORTER_EDU0");
	const char *behind_acs = env_bdf_or_skip("EXPORTER_ACS");
	const char *other = env_bdf_or_skip("IMPORTER_ACS");

	assert_int_equal(tool_run(TOOL_ARGS("matrix", exporter, importer,
					    behind_acs, other)), 0);
	assert_in_range(tool_run(TOOL_ARGS("explain", behind_acs, other)), 0,
			1);
}

static void reload_importer(const char *params)
{
	importer_close(&imp);
	assert_ok(module_unload(MODULE_IMPORTER));
	assert_ok(module_load(MODULE_IMPORTER, params));
	assert_ok(importer_open(&imp, env_bdf_or_skip("IMPORTER_EDU0")));
}

/* With a short mask it depends on the IOMMU. */
static void test_dma_mask(void **state)
{
	const char *importer = env_bdf_or_skip("IMPORTER_EDU0");
	bool identity = !strcmp(env_rig("topology"), "switch");
	struct vfio_p2p_route route;
	struct vfio_dev dev;
	char *json, *answer;

	reload_importer("dma_bits=28");
	served_open(&dev, "EXPORTER_NVME");
	assert_ok(p2p_route(control, dev.fd, importer, &route));
	assert_int_equal(route.reason == VFIO_P2P_REASON_DMA_MASK, identity);
	json = matrix(NULL);
	answer = find_answer(json, dev.bdf, importer);
	expect_route(answer, &route);
	free(answer);
	free(json);
	vfio_dev_close(&dev);
	reload_importer(NULL);
}

/* As a user who is not root sees it: what is said is right, or said to be open. */
static void test_not_root(void **state)
{
	int i, nr_unknown = 0, nr_known = 0;
	struct vfio_dev dev;
	char *json, *answer;

	open_and_ask(&dev, "EXPORTER_NVME");
	assert_ok(seteuid(NOBODY));
	json = matrix(NULL);
	assert_ok(seteuid(0));
	for (i = 0; i < nr_functions; i++) {
		if (!strcmp(functions[i], dev.bdf))
			continue;
		answer = find_answer(json, dev.bdf, functions[i]);
		/* One of the possible ones, if there are several */
		expect_route(answer, &routes[i]);
		if (strstr(answer, "\"route\":\"unknown\""))
			nr_unknown++;
		else
			nr_known++;
		/* Without a bridge in common ACS does not matter. */
		if (!(routes[i].facts & VFIO_P2P_FACT_COMMON_UPSTREAM))
			assert_null(strstr(answer,
					   "\"route\":\"unknown\""));
		free(answer);
	}
	print_message("%d known, %d not\n", nr_known, nr_unknown);
	assert_true(nr_known && nr_unknown);
	free(json);
	vfio_dev_close(&dev);
}

/* Does list say of a BAR that it can be exported?  Not of one it does not have */
static bool is_listed(const char *json, const char *bdf, int bar)
{
	const char *begin, *end, *found;
	char key[64];

	snprintf(key, sizeof(key), "\"bdf\":\"%s\"", bdf);
	begin = strstr(json, key);
	assert_non_null(begin);
	end = strstr(begin, "\n    }");
	assert_non_null(end);
	snprintf(key, sizeof(key), "\"index\":%d,", bar);
	found = strstr(begin, key);
	if (!found || found > end)
		return false;
	found = strstr(found, "\"exportable\":");
	assert_non_null(found);
	return !strncmp(found + strlen("\"exportable\":"), "true", 4);
}

static void test_list(void **state)
{
	int bar, fd, nr_listed = 0;
	struct vfio_dev dev;
	char *json;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exporter_names); i++) {
		if (!env_bdf(exporter_names[i]))
			continue;
		served_open(&dev, exporter_names[i]);
		assert_int_equal(tool_capture(TOOL_ARGS("list", "--json"),
					      &json), 0);
		for (bar = 0; bar < NR_BARS; bar++) {
			bool listed = is_listed(json, dev.bdf, bar);

			fd = p2p_export_range(control, dev.fd, bar, 0, PAGE);
			print_message("%s BAR %d: %s, export %d\n", dev.bdf,
				      bar, bool_text(listed), fd);
			assert_int_equal(listed, fd >= 0);
			if (fd >= 0)
				close(fd);
			nr_listed += listed;
		}
		free(json);
		vfio_dev_close(&dev);
	}
	assert_true(nr_listed > 0);
	tool_run(TOOL_ARGS("list"));
}

static int setup(void **state)
{
	struct vfio_dev dev;

	served_open(&dev, "EXPORTER_NVME");
	vfio_dev_close(&dev);
	control = assert_ok(p2p_open());
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(importer_open(&imp, env_bdf_or_skip("IMPORTER_EDU0")));
	find_functions();
	return 0;
}

static int teardown(void **state)
{
	importer_close(&imp);
	close(control);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sysfs),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_module_busy),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_dma_mask),
		cmocka_unit_test(test_not_root),
		cmocka_unit_test(test_list),
	};

	return tap_run(tests, setup, teardown);
}
