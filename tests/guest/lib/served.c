// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>

#include "env.h"
#include "kmod.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"

void served_open(struct vfio_dev *dev, const char *name)
{
	const char *bdf = env_bdf_or_skip(name);

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open(dev, bdf));
	assert_ok(vfio_config_set_memory(dev, true));
}

void served_close(struct vfio_dev *dev, int control)
{
	vfio_dev_close(dev);
	close(control);
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
}
