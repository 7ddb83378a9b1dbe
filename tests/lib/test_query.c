// SPDX-License-Identifier: GPL-2.0-only
/* Questions: the module, paths between devices, who made a dma-buf */
#include <stdio.h>

#include "check.h"

static struct vfio_p2p_error error;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_load_module();
	memset(&error, 0x5a, sizeof(error));
	return 0;
}

static void test_module(void **state)
{
	uint64_t capabilities = 0;

	(void)state;
	assert_int_equal(vfio_p2p_module_abi(&capabilities, &error), 1);
	assert_int_equal(capabilities,
			 VFIO_P2P_CAP_EXPORT | VFIO_P2P_CAP_ROUTE);
	assert_int_equal(vfio_p2p_module_abi(NULL, NULL), 1);
	assert_int_equal(fake.opened, 0);

	fake.module_errno = ENOTTY;
	expect_error(vfio_p2p_module_abi(&capabilities, &error), &error, ENOTTY,
		     VFIO_P2P_CAUSE_OTHER, "VFIO_P2P_INFO");
	fake_reset();
	expect_error(vfio_p2p_module_abi(&capabilities, &error), &error, ENOENT,
		     VFIO_P2P_CAUSE_NO_MODULE, "modprobe vfio_p2p_dmabuf");
}

static void expect_peer(const char *text, uint32_t domain, unsigned int bus,
			unsigned int devfn, const char *full)
{
	struct vfio_p2p_path path;

	assert_int_equal(vfio_p2p_find_path(FAKE_DEVICE, text, &path, &error),
			 0);
	assert_int_equal(fake.peer.domain, domain);
	assert_int_equal(fake.peer.bus, bus);
	assert_int_equal(fake.peer.devfn, devfn);
	assert_string_equal(path.peer, full);
	assert_int_equal(fake.opened, 0);
}

static void test_peers(void **state)
{
	(void)state;
	expect_peer("0000:04:00.0", 0, 4, 0, "0000:04:00.0");
	expect_peer("04:1f.7", 0, 4, 0xff, "0000:04:1f.7");
	expect_peer("abcd:EF:0a.3", 0xabcd, 0xef, 0x53, "abcd:ef:0a.3");
	expect_peer("10000:e1:0.0", 0x10000, 0xe1, 0, "10000:e1:00.0");
	expect_peer("ffffffff:ff:1f.7", 0xffffffff, 0xff, 0xff,
		    "ffffffff:ff:1f.7");
}

static void expect_bad_peer(const char *peer)
{
	struct vfio_p2p_path path;

	expect_error(vfio_p2p_find_path(FAKE_DEVICE, peer, &path, &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
		     "expected one as 0000:04:00.0");
}

static void test_bad_peers(void **state)
{
	static const char *const peers[] = {
		"", ":", ".", "04", "04:00", "04:00.", "04:00.8", "04:20.0",
		"100:00.0", ":04:00.0", "0000::00.0", "0000:04:.0", " 04:00.0",
		"04:00.0 ", "04:00.00", "0x4:00.0", "04-00.0", "-4:00.0",
		"0000:0000:04:00.0", "100000000:04:00.0", "0000:04:00.0\n",
		"g:00.0",
	};
	char too_long[2 * VFIO_P2P_ERROR_SIZE] = "";
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(peers); i++)
		expect_bad_peer(peers[i]);
	memset(too_long, '.', sizeof(too_long) - 1);
	expect_bad_peer(too_long);
}

static void test_path_errors(void **state)
{
	struct vfio_p2p_path path;

	(void)state;
	fake.route_errno = ENODEV;
	expect_error(vfio_p2p_find_path(FAKE_DEVICE, "04:00.0", &path, &error),
		     &error, ENODEV, VFIO_P2P_CAUSE_NO_PEER,
		     "no PCI function 04:00.0");
	fake.route_errno = ENOTTY;
	expect_error(vfio_p2p_find_path(FAKE_DEVICE, "04:00.0", &path, &error),
		     &error, EOPNOTSUPP, VFIO_P2P_CAUSE_NOT_SERVED, "vfio-pci");
	fake.route_errno = EINVAL;
	fake.info_errno = ENOTTY;
	expect_error(vfio_p2p_find_path(FAKE_DEVICE, "04:00.0", &path, &error),
		     &error, EINVAL, VFIO_P2P_CAUSE_NO_DEVICE, "vfio device");
	fake_reset();
	fake.feature_errno = 0;
	expect_error(vfio_p2p_find_path(FAKE_DEVICE, "04:00.0", &path, &error),
		     &error, ENOENT, VFIO_P2P_CAUSE_NO_MODULE, "modprobe");
}

#define BDF(b, d, f) { .bus = (b), .devfn = (d) << 3 | (f) }

static const struct {
	struct vfio_p2p_route route;
	const char *bridge;
	const char *redirect;
	const char *words;
} paths[] = {
	{ { .route = VFIO_P2P_ROUTE_BUS_ADDR, .distance = 4,
	    .reason = VFIO_P2P_REASON_COMMON_UPSTREAM,
	    .facts = VFIO_P2P_FACT_COMMON_UPSTREAM | VFIO_P2P_FACT_BRIDGE,
	    .bridge = BDF(1, 0, 0) },
	  "0000:01:00.0", "",
	  "0000:04:00.0 reaches the device directly, below bridge 0000:01:00.0, distance 4" },
	{ { .route = VFIO_P2P_ROUTE_BUS_ADDR,
	    .reason = VFIO_P2P_REASON_SAME_FUNCTION }, "", "",
	  "0000:04:00.0 reaches the device because it is the device" },
	{ { .route = VFIO_P2P_ROUTE_HOST_BRIDGE, .distance = 6,
	    .reason = VFIO_P2P_REASON_ACS_REDIRECT,
	    .facts = VFIO_P2P_FACT_ACS_REDIRECT | VFIO_P2P_FACT_BRIDGE,
	    .bridge = BDF(2, 1, 0),
	    .redirect = BDF(2, 1, 0) }, "0000:02:01.0", "0000:02:01.0",
	  "through the host bridge, as ACS at 0000:02:01.0 sends the traffic up, distance 6" },
	{ { .route = VFIO_P2P_ROUTE_HOST_BRIDGE, .distance = 4,
	    .reason = VFIO_P2P_REASON_NO_COMMON_UPSTREAM,
	    .facts = VFIO_P2P_FACT_BRIDGE },
	  "0000:00:00.0", "", "through the host bridge 0000:00:00.0, distance 4" },
	{ { .route = VFIO_P2P_ROUTE_IMPOSSIBLE, .distance = -1,
	    .reason = VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN,
	    .facts = VFIO_P2P_FACT_BRIDGE },
	  "0000:00:00.0", "",
	  "is not known to route between its ports; move both devices" },
	{ { .route = VFIO_P2P_ROUTE_IMPOSSIBLE, .distance = -1,
	    .reason = VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN,
	    .facts = VFIO_P2P_FACT_ACS_REDIRECT | VFIO_P2P_FACT_BRIDGE,
	    .redirect = BDF(2, 1, 0) }, "0000:00:00.0", "0000:02:01.0",
	  "pci=disable_acs_redir=0000:02:01.0" },
	{ { .route = VFIO_P2P_ROUTE_IMPOSSIBLE, .distance = -1,
	    .reason = VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY,
	    .facts = VFIO_P2P_FACT_BRIDGE, .bridge = BDF(0x80, 0, 0) }, "0000:80:00.0", "",
	  "host bridge 0000:80:00.0 routes between its own ports only" },
	{ { .route = VFIO_P2P_ROUTE_IMPOSSIBLE, .distance = -1,
	    .reason = VFIO_P2P_REASON_NOT_PCI }, "", "", "no PCI device" },
	{ { .route = VFIO_P2P_ROUTE_IMPOSSIBLE, .distance = -1,
	    .reason = VFIO_P2P_REASON_DMA_MASK }, "", "", "DMA mask" },
	/* of a later module */
	{ { .route = VFIO_P2P_ROUTE_IMPOSSIBLE, .distance = -1, .reason = 99 },
	  "", "", "rule 99" },
	{ { .route = VFIO_P2P_ROUTE_BUS_ADDR, .distance = 1, .reason = 99 },
	  "", "", "rule 99" },
};

static void test_paths(void **state)
{
	struct vfio_p2p_path path;
	char text[400];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		fake.route = paths[i].route;
		memset(&path, 0x5a, sizeof(path));
		assert_int_equal(vfio_p2p_find_path(FAKE_DEVICE, "04:00.0",
						    &path, &error), 0);
		assert_int_equal(path.route, paths[i].route.route);
		assert_int_equal(path.reason, paths[i].route.reason);
		assert_int_equal(path.facts, paths[i].route.facts);
		assert_int_equal(path.distance, paths[i].route.distance);
		assert_string_equal(path.bridge, paths[i].bridge);
		assert_string_equal(path.redirect, paths[i].redirect);

		assert_in_range(vfio_p2p_describe_path(&path, text,
						       sizeof(text)),
				10, sizeof(text) - 1);
		if (!strstr(text, paths[i].words))
			fail_msg("\"%s\" has no \"%s\"", text, paths[i].words);
	}
}

static void test_no_host_bridge(void **state)
{
	struct vfio_p2p_path path;
	char text[400];

	(void)state;
	fake.route.reason = VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN;
	assert_int_equal(vfio_p2p_find_path(FAKE_DEVICE, "04:00.0", &path,
					    &error), 0);
	assert_string_equal(path.bridge, "");
	vfio_p2p_describe_path(&path, text, sizeof(text));
	assert_non_null(strstr(text, "no device stands for it"));
}

/* Any room is enough not to write beyond it. */
static void test_describe_in_little_room(void **state)
{
	const struct vfio_p2p_path path = {
		.reason = VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN,
		.peer = "0000:04:00.0",
		.bridge = "0000:00:00.0",
	};
	char whole[400], text[400];
	size_t length, size;

	(void)state;
	length = vfio_p2p_describe_path(&path, whole, sizeof(whole));
	assert_int_equal(length, strlen(whole));
	assert_int_equal(vfio_p2p_describe_path(&path, NULL, 0), length);
	for (size = 1; size < sizeof(text); size++) {
		memset(text, 0x5a, sizeof(text));
		assert_int_equal(vfio_p2p_describe_path(&path, text, size),
				 length);
		assert_int_equal(strlen(text),
				 size <= length ? size - 1 : length);
		assert_memory_equal(text, whole, strlen(text));
		assert_int_equal(text[size], 0x5a);
	}
}

static void expect_maker(const char *name, int maker)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "pos:\t0\nflags:\t02000002\nmnt_id:\t16\nino:\t9\nsize:\t4096\ncount:\t1\nexp_name:\t%s\n",
		 name);
	fake.fdinfo = text;
	assert_int_equal(vfio_p2p_made_by(FAKE_DMABUF, &error), maker);
	assert_int_equal(fake.opened, 0);
	fake.fdinfo = NULL;
}

static void test_maker(void **state)
{
	(void)state;
	expect_maker("vfio_pci_core", VFIO_P2P_MAKER_KERNEL);
	expect_maker("vfio_p2p_dmabuf", VFIO_P2P_MAKER_MODULE);
	expect_maker("i915", -EINVAL);
	expect_error(-EINVAL, &error, EINVAL, VFIO_P2P_CAUSE_FOREIGN_DMABUF,
		     "a dma-buf of i915");
	expect_maker("", -EINVAL);

	fake.fdinfo = "pos:\t0\nflags:\t02000002\nmnt_id:\t16\n";
	expect_error(vfio_p2p_made_by(FAKE_DMABUF, &error), &error, EINVAL,
		     VFIO_P2P_CAUSE_FOREIGN_DMABUF, "not a dma-buf");
	fake.read_errno = EIO;
	expect_error(vfio_p2p_made_by(FAKE_DMABUF, &error), &error, EIO,
		     VFIO_P2P_CAUSE_OTHER, "/proc/thread-self/fdinfo/1004");
	fake.fdinfo = NULL;
	fake.read_errno = EACCES;
	expect_error(vfio_p2p_made_by(FAKE_DMABUF, &error), &error, EACCES,
		     VFIO_P2P_CAUSE_OTHER, "denied");
	fake.read_errno = 0;
	expect_error(vfio_p2p_made_by(FAKE_DMABUF, &error), &error, EBADF,
		     VFIO_P2P_CAUSE_FOREIGN_DMABUF, "not open");
}

#define OF_MODULE	"pos:\t0\nexp_name:\tvfio_p2p_dmabuf\n"
#define OF_KERNEL	"pos:\t0\nexp_name:\tvfio_pci_core\n"
#define OF_NOBODY	"pos:\t0\n"

static int revoke(void)
{
	fake.revoked = 0;
	return vfio_p2p_revoke(FAKE_DEVICE, FAKE_DMABUF, &error);
}

static void test_revoke(void **state)
{
	const struct {
		int errnum;
		const char *fdinfo;
		int seen;
		enum vfio_p2p_cause cause;
		const char *words;
	} refusals[] = {
		{ EPERM, OF_MODULE, EPERM, VFIO_P2P_CAUSE_NOT_OWNER,
		  "not one of that device" },
		{ EINVAL, OF_KERNEL, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_REVOKE,
		  "reset or close" },
		{ EINVAL, OF_NOBODY, EINVAL, VFIO_P2P_CAUSE_FOREIGN_DMABUF,
		  "not a dma-buf" },
		{ EBADF, NULL, EBADF, VFIO_P2P_CAUSE_FOREIGN_DMABUF,
		  "not open" },
		{ ENOTTY, OF_MODULE, EOPNOTSUPP, VFIO_P2P_CAUSE_NOT_SERVED,
		  "bind the device" },
		{ EBUSY, OF_MODULE, EBUSY, VFIO_P2P_CAUSE_PINNED, "pinned" },
		{ EIO, OF_MODULE, EIO, VFIO_P2P_CAUSE_ASLEEP, "woken up" },
		{ EFAULT, OF_MODULE, EFAULT, VFIO_P2P_CAUSE_OTHER, "revoke" },
	};
	unsigned int i;

	(void)state;
	assert_int_equal(revoke(), 0);
	assert_int_equal(fake.revoked, FAKE_DMABUF);
	assert_int_equal(fake.opened, 0);
	assert_int_equal(vfio_p2p_revoke(FAKE_DEVICE, FAKE_DMABUF, NULL), 0);

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		fake.revoke_errno = refusals[i].errnum;
		fake.fdinfo = refusals[i].fdinfo;
		expect_error(revoke(), &error, refusals[i].seen,
			     refusals[i].cause, refusals[i].words);
	}
	/* The dma-buf is all right; is the device? */
	fake.revoke_errno = EINVAL;
	fake.fdinfo = OF_MODULE;
	fake.info_errno = ENOTTY;
	expect_error(revoke(), &error, EINVAL, VFIO_P2P_CAUSE_NO_DEVICE,
		     "vfio device");
}

static void test_revoke_without_module(void **state)
{
	(void)state;
	fake_reset();
	fake.fdinfo = OF_MODULE;
	expect_error(revoke(), &error, ENOENT, VFIO_P2P_CAUSE_NO_MODULE,
		     "modprobe vfio_p2p_dmabuf");
	fake.fdinfo = OF_KERNEL;
	expect_error(revoke(), &error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_REVOKE,
		     "reset or close");
}

static void test_names(void **state)
{
	enum vfio_p2p_cause a, b;

	(void)state;
	for (a = 0; a <= VFIO_P2P_CAUSE_MEMORY_OFF; a++) {
		assert_non_null(vfio_p2p_cause_name(a));
		for (b = 0; b < a; b++)
			assert_string_not_equal(vfio_p2p_cause_name(a),
						vfio_p2p_cause_name(b));
	}
	assert_string_equal(vfio_p2p_cause_name(a), "other");
	assert_string_equal(vfio_p2p_cause_name(-1), "other");
	assert_string_equal(vfio_p2p_backend_name(VFIO_P2P_BACKEND_ANY), "any");
	assert_string_equal(vfio_p2p_backend_name(VFIO_P2P_BACKEND_FEATURE),
			    "feature");
	assert_string_equal(vfio_p2p_backend_name(VFIO_P2P_BACKEND_MODULE),
			    "module");
	assert_string_equal(vfio_p2p_backend_name(99), "unknown");
	assert_string_equal(vfio_p2p_version(), EXPECTED_VERSION);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_module),
		TEST(test_peers),
		TEST(test_bad_peers),
		TEST(test_path_errors),
		TEST(test_paths),
		TEST(test_no_host_bridge),
		TEST(test_describe_in_little_room),
		TEST(test_maker),
		TEST(test_revoke),
		TEST(test_revoke_without_module),
		TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
