// SPDX-License-Identifier: GPL-2.0-only
/* The test importer itself, as far as that goes without a dma-buf. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "pattern.h"
#include "sysfs.h"
#include "tap.h"

#define EDU	"IMPORTER_EDU0"

static int setup(void **state)
{
	return module_ensure(MODULE_IMPORTER);
}

static void test_errnos(void **state)
{
	struct p2p_test_stat stat;
	struct importer imp;
	int null;

	assert_ok(importer_open(&imp, env_bdf_or_skip(EDU)));
	null = open("/dev/null", O_RDONLY);

	assert_errno(importer_attach(&imp, -1, P2P_TEST_DYNAMIC), EBADF);
	assert_errno(importer_attach(&imp, null, P2P_TEST_DYNAMIC), EINVAL);
	assert_errno(importer_attach(&imp, null, 99), EINVAL);
	assert_errno(importer_map(&imp, 1, 0), ENOENT);
	assert_errno(importer_unmap(&imp, 1), ENOENT);
	assert_errno(importer_detach(&imp, 1), ENOENT);
	assert_errno(importer_signal(&imp, 1), ENOENT);
	assert_errno(importer_stat(&imp, 1, &stat), ENOENT);
	assert_errno(importer_raw_read(&imp, 0, &stat, 0), EINVAL);
	assert_errno(importer_wait(&imp, ~0u, 10), ETIMEDOUT);

	close(null);
	importer_close(&imp);
}

/* Nothing is mapped at a DMA address nobody asked for: the IOMMU says no. */
static void test_raw_dma_ends(void **state)
{
	struct importer imp;
	char data[64];

	assert_ok(importer_open(&imp, env_bdf_or_skip(EDU)));
	pattern_fill(data, sizeof(data), 1, 0);
	assert_ok(importer_raw_write(&imp, 0x100000, data, sizeof(data)));
	assert_ok(importer_raw_read(&imp, 0x100000, data, sizeof(data)));
	assert_int_not_equal(pattern_check(data, sizeof(data), 1, 0),
			     sizeof(data));
	importer_close(&imp);
}

static void test_unbind_while_open(void **state)
{
	const char *bdf = env_bdf_or_skip(EDU);
	struct importer imp;

	assert_ok(importer_open(&imp, bdf));
	assert_ok(pci_unbind(bdf));
	assert_errno(importer_wait(&imp, ~0u, 0), ENODEV);
	assert_ok(pci_bind(bdf, MODULE_IMPORTER));
	assert_errno(importer_wait(&imp, ~0u, 0), ENODEV);
	importer_close(&imp);
}

static void test_nonpci(void **state)
{
	struct importer imp;

	assert_ok(importer_open_nonpci(&imp));
	assert_errno(importer_read(&imp, 1, 0, &imp, 1), EOPNOTSUPP);
	assert_errno(importer_raw_read(&imp, 0, &imp, 1), EOPNOTSUPP);
	importer_close(&imp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errnos),
		cmocka_unit_test(test_raw_dma_ends),
		cmocka_unit_test(test_unbind_while_open),
		cmocka_unit_test(test_nonpci),
	};

	return tap_run(tests, setup, NULL);
}
