// SPDX-License-Identifier: GPL-2.0-only
/* Devices on a root bus that is there later than pages of a BAR */
#include <errno.h>
#include <unistd.h>

#include "kmod.h"
#include "kmsg.h"
#include "p2p.h"
#include "pages.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"

#define BAR	2

/* All that is on the second root bus */
#define ROOT_PORT	"0000:80:00.0"

static struct vfio_dev dev;
static int control = -1;

static int setup(void **state)
{
	/* The first host bridge, of q35, routes; the other is not listed. */
	if (module_loaded(MODULE_UNDER_TEST))
		assert_ok(module_unload(MODULE_UNDER_TEST));
	assert_ok(module_load(MODULE_UNDER_TEST, "host_bridges=8086:29c0"));
	served_open(&dev, "EXPORTER_IVSHMEM");
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	vfio_dev_close(&dev);
	close(control);
	return module_unload(MODULE_UNDER_TEST);
}

static void test_refused(void **state)
{
	pages_skip(control);
	assert_true(pci_exists(ROOT_PORT));
	assert_errno(pages_register(control, dev.fd, BAR, 0, 0),
		     EHOSTUNREACH);
}

static void test_comes_later(void **state)
{
	int log = assert_ok(kmsg_open());

	pages_skip(control);
	assert_ok(pci_remove(ROOT_PORT));
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	assert_ok(pci_rescan());
	assert_true(pci_exists(ROOT_PORT));
	assert_true(kmsg_find(log, "has pages, but " ROOT_PORT));
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	assert_errno(pages_register(control, dev.fd, BAR, 0, 0),
		     EHOSTUNREACH);
	close(log);
}

/* Without pages there is nothing to say. */
static void test_no_pages(void **state)
{
	int log = assert_ok(kmsg_open());

	pages_skip(control);
	assert_ok(pci_remove(ROOT_PORT));
	assert_ok(pci_rescan());
	assert_true(pci_exists(ROOT_PORT));
	assert_false(kmsg_find(log, "has pages, but"));
	close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_comes_later),
		cmocka_unit_test(test_no_pages),
	};

	return tap_run(tests, setup, teardown);
}
