// SPDX-License-Identifier: GPL-2.0-only
/* The list of known host bridges and the parser of host_bridges= */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host_bridges.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* the list */

/* Written down a second time, so that a slip in the list shows up */
static const __u16 intel_same_only[] = { 0x2f00, 0x2f01, 0x3c00, 0x3c01 };
static const __u16 intel_any[] = {
	0x09a2, 0x0b25, 0x0cfe, 0x11fb, 0x1212, 0x1216, 0x2020, 0x2030,
	0x2031, 0x2032, 0x2033, 0x4940, 0x4942, 0x4944, 0x4946, 0x4948,
};

static const __u16 nvidia_any[] = { 0x2f95, 0x2f96, 0x2f97, 0x2f98 };

static bool contains(const __u16 *ids, size_t nr, __u16 id)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (ids[i] == id)
			return true;
	}
	return false;
}

static enum p2p_host_bridge_kind expected_kind(unsigned int vendor, __u16 id)
{
	switch (vendor) {
	case 0x8086:
		if (contains(intel_same_only, ARRAY_SIZE(intel_same_only), id))
			return P2P_HOST_BRIDGE_SAME_ONLY;
		if (contains(intel_any, ARRAY_SIZE(intel_any), id))
			return P2P_HOST_BRIDGE_ANY;
		break;
	case 0x10de:
		if (contains(nvidia_any, ARRAY_SIZE(nvidia_any), id))
			return P2P_HOST_BRIDGE_ANY;
		break;
	case 0x1ae0:
		return P2P_HOST_BRIDGE_ANY;
	}
	return P2P_HOST_BRIDGE_UNKNOWN;
}

/* Every device ID of some vendors, the listed ones among them */
static void test_lookup_every_device(void **state)
{
	static const __u16 vendors[] = {
		0x0000, 0x0001, 0x1022, 0x10de, 0x1ae0, 0x1d94, 0x8086, 0xffff,
	};
	unsigned int i, id;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(vendors); i++) {
		for (id = 0; id <= 0xffff; id++) {
			if (p2p_host_bridge_lookup(vendors[i], id) !=
			    expected_kind(vendors[i], id))
				fail_msg("%04x:%04x", vendors[i], id);
		}
	}
}

/* A listed device ID of every vendor: only the right vendor counts. */
static void test_lookup_every_vendor(void **state)
{
	unsigned int vendor;

	(void)state;
	for (vendor = 0; vendor <= 0xffff; vendor++) {
		if (p2p_host_bridge_lookup(vendor, 0x2030) !=
		    expected_kind(vendor, 0x2030))
			fail_msg("%04x:2030", vendor);
	}
}

/* the parser */

static struct p2p_host_bridge_list list;

static void expect_entry(unsigned int index, __u16 vendor, __u16 device)
{
	assert_true(index < list.nr);
	assert_int_equal(list.entries[index].vendor, vendor);
	assert_int_equal(list.entries[index].device, device);
}

/*
 * Parses a copy that ends where the text does, for the address sanitizer to see
 * a look behind it, into a list with something in it.
 */
static enum p2p_host_bridge_error parse(const char *text, unsigned int *bad)
{
	enum p2p_host_bridge_error error;
	char *copy = strdup(text);

	assert_non_null(copy);
	memset(&list, 0x5a, sizeof(list));
	*bad = 99;
	error = p2p_host_bridge_parse(copy, &list, bad);
	free(copy);
	return error;
}

static void expect_ok(const char *text, unsigned int nr)
{
	unsigned int bad;

	assert_int_equal(parse(text, &bad), P2P_HOST_BRIDGE_OK);
	assert_int_equal(bad, 0);
	assert_int_equal(list.nr, nr);
}

static void test_parse_empty(void **state)
{
	(void)state;
	expect_ok("", 0);
	expect_ok("\n", 0);
}

static void test_parse_entries(void **state)
{
	(void)state;
	expect_ok("8086:29c0", 1);
	expect_entry(0, 0x8086, 0x29c0);
	expect_ok("8086:29c0,1022:1234,ABCD:ef01\n", 3);
	expect_entry(0, 0x8086, 0x29c0);
	expect_entry(1, 0x1022, 0x1234);
	expect_entry(2, 0xabcd, 0xef01);
	expect_ok("0000:ffff,FFFF:0000", 2);
	expect_entry(0, 0x0000, 0xffff);
	expect_entry(1, 0xffff, 0x0000);
}

/* All digits, and each one in each place */
static void test_parse_digits(void **state)
{
	(void)state;
	expect_ok("0123:4567,89ab:cdef,89AB:CDEF", 3);
	expect_entry(0, 0x0123, 0x4567);
	expect_entry(1, 0x89ab, 0xcdef);
	expect_entry(2, 0x89ab, 0xcdef);
}

static void test_parse_errors(void **state)
{
	static const struct {
		const char *text;
		enum p2p_host_bridge_error error;
		unsigned int bad;
	} cases[] = {
		{ ",", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "*", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ " 8086:29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "0x8086:0x29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "808", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "808:29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "808g:29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "808G:29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "808@:29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "808`:29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "808/:29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "808::29c0", P2P_HOST_BRIDGE_BAD_VENDOR, 0 },
		{ "8086", P2P_HOST_BRIDGE_NO_COLON, 0 },
		{ "8086,29c0", P2P_HOST_BRIDGE_NO_COLON, 0 },
		{ "80861:29c0", P2P_HOST_BRIDGE_NO_COLON, 0 },
		{ "8086:", P2P_HOST_BRIDGE_BAD_DEVICE, 0 },
		{ "8086:*", P2P_HOST_BRIDGE_BAD_DEVICE, 0 },
		{ "8086:9c0", P2P_HOST_BRIDGE_BAD_DEVICE, 0 },
		{ "8086:9c0,1022:1234", P2P_HOST_BRIDGE_BAD_DEVICE, 0 },
		{ "8086:-9c0", P2P_HOST_BRIDGE_BAD_DEVICE, 0 },
		{ "8086:29c01", P2P_HOST_BRIDGE_TRAILING, 0 },
		{ "8086:29c0 ", P2P_HOST_BRIDGE_TRAILING, 0 },
		{ "8086:29c0;1022:1234", P2P_HOST_BRIDGE_TRAILING, 0 },
		{ "8086:29c0\n\n", P2P_HOST_BRIDGE_TRAILING, 0 },
		{ "8086:29c0\n,1022:1234", P2P_HOST_BRIDGE_TRAILING, 0 },
		{ "8086:29c0,", P2P_HOST_BRIDGE_BAD_VENDOR, 1 },
		{ "8086:29c0,\n", P2P_HOST_BRIDGE_BAD_VENDOR, 1 },
		{ "8086:29c0,,1022:1234", P2P_HOST_BRIDGE_BAD_VENDOR, 1 },
		{ "8086:29c0, 1022:1234", P2P_HOST_BRIDGE_BAD_VENDOR, 1 },
		{ "8086:29c0,1022:1234,10de", P2P_HOST_BRIDGE_NO_COLON, 2 },
	};
	enum p2p_host_bridge_error error;
	unsigned int i, bad;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		error = parse(cases[i].text, &bad);
		if (error != cases[i].error || bad != cases[i].bad)
			fail_msg("\"%s\": error %d in entry %u",
				 cases[i].text, error, bad);
		/* Nothing of a wrong list is believed. */
		assert_int_equal(list.nr, 0);
	}
}

/* @nr entries, 0000:0000, 0001:0001 and so on */
static char *many_entries(unsigned int nr)
{
	char *text = calloc(nr + 1, sizeof("0000:0000"));
	unsigned int i;

	assert_non_null(text);
	for (i = 0; i < nr; i++)
		sprintf(text + strlen(text), "%s%04x:%04x", i ? "," : "", i, i);
	return text;
}

static void test_parse_full_list(void **state)
{
	char *text = many_entries(P2P_HOST_BRIDGES_MAX);
	unsigned int i;

	(void)state;
	expect_ok(text, P2P_HOST_BRIDGES_MAX);
	for (i = 0; i < P2P_HOST_BRIDGES_MAX; i++)
		expect_entry(i, i, i);
	free(text);
}

static void test_parse_too_many(void **state)
{
	char *text = many_entries(P2P_HOST_BRIDGES_MAX + 1);
	unsigned int bad;

	(void)state;
	assert_int_equal(parse(text, &bad), P2P_HOST_BRIDGE_TOO_MANY);
	assert_int_equal(bad, P2P_HOST_BRIDGES_MAX);
	assert_int_equal(list.nr, 0);
	free(text);
}

static void test_strerror(void **state)
{
	enum p2p_host_bridge_error a, b;

	(void)state;
	for (a = P2P_HOST_BRIDGE_OK; a <= P2P_HOST_BRIDGE_TOO_MANY + 1; a++) {
		for (b = P2P_HOST_BRIDGE_OK; b < a; b++)
			assert_string_not_equal(p2p_host_bridge_strerror(a),
						p2p_host_bridge_strerror(b));
	}
}

static void test_declared(void **state)
{
	(void)state;
	expect_ok("", 0);
	assert_false(p2p_host_bridge_declared(&list, 0x5a5a, 0x5a5a));
	expect_ok("8086:29c0,1022:1234", 2);
	assert_true(p2p_host_bridge_declared(&list, 0x8086, 0x29c0));
	assert_true(p2p_host_bridge_declared(&list, 0x1022, 0x1234));
	assert_false(p2p_host_bridge_declared(&list, 0x8086, 0x1234));
	assert_false(p2p_host_bridge_declared(&list, 0x1022, 0x29c0));
	/* What was left in the unused part does not count. */
	assert_false(p2p_host_bridge_declared(&list, 0x5a5a, 0x5a5a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup_every_device),
		cmocka_unit_test(test_lookup_every_vendor),
		cmocka_unit_test(test_parse_empty),
		cmocka_unit_test(test_parse_entries),
		cmocka_unit_test(test_parse_digits),
		cmocka_unit_test(test_parse_errors),
		cmocka_unit_test(test_parse_full_list),
		cmocka_unit_test(test_parse_too_many),
		cmocka_unit_test(test_strerror),
		cmocka_unit_test(test_declared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
