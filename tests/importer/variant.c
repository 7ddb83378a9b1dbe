// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vfio-pci variant driver: built on vfio-pci-core, with an ioctl callback of
 * its own.  It tells whether anyone exchanged its vfio_device_ops.
 *
 * Bind a function to it by driver_override.  What it tells is in the sysfs
 * directory of the function, p2p_test_variant/, and, as the answer to
 * P2P_TEST_VARIANT_OWN_OPS, on the device fd:
 *   own_ops	1 if the device has the driver's own ops, else 0
 *   calls	how many ioctls reached the driver
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

#include "compat.h"
#include "p2p_test_importer.h"

struct variant_device {
	struct vfio_pci_core_device core;
	atomic_t calls;
};

static const struct vfio_device_ops variant_ops;

static struct variant_device *to_variant(struct vfio_device *vdev)
{
	return container_of(vdev, struct variant_device, core.vdev);
}

static bool variant_has_own_ops(struct variant_device *dev)
{
	return READ_ONCE(dev->core.vdev.ops) == &variant_ops;
}

static int variant_open_device(struct vfio_device *vdev)
{
	struct variant_device *dev = to_variant(vdev);
	int ret;

	ret = vfio_pci_core_enable(&dev->core);
	if (ret)
		return ret;

	vfio_pci_core_finish_enable(&dev->core);

	return 0;
}

static long variant_ioctl(struct vfio_device *vdev, unsigned int cmd,
			  unsigned long arg)
{
	struct variant_device *dev = to_variant(vdev);

	atomic_inc(&dev->calls);
	if (cmd == P2P_TEST_VARIANT_OWN_OPS)
		return variant_has_own_ops(dev);

	return vfio_pci_core_ioctl(vdev, cmd, arg);
}

#if defined(HAVE_GET_REGION_INFO_CAPS)
/* An ioctl of user space, too, that vfio core hands over in another way. */
static int variant_get_region_info_caps(struct vfio_device *vdev,
					struct vfio_region_info *info,
					struct vfio_info_cap *caps)
{
	atomic_inc(&to_variant(vdev)->calls);
	return vfio_pci_ioctl_get_region_info(vdev, info, caps);
}
#endif

static const struct vfio_device_ops variant_ops = {
	.name = "p2p-test-variant",
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.open_device = variant_open_device,
	.close_device = vfio_pci_core_close_device,
	.ioctl = variant_ioctl,
	.device_feature = vfio_pci_core_ioctl_feature,
	.read = vfio_pci_core_read,
	.write = vfio_pci_core_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
#if defined(HAVE_MATCH_TOKEN_UUID)
	.match_token_uuid = vfio_pci_core_match_token_uuid,
#endif
#if defined(HAVE_GET_REGION_INFO_CAPS)
	.get_region_info_caps = variant_get_region_info_caps,
#endif
#if IS_ENABLED(CONFIG_IOMMUFD)
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
#endif
};

static struct variant_device *variant_from_dev(struct device *dev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(dev);

	return container_of(core, struct variant_device, core);
}

static ssize_t own_ops_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  variant_has_own_ops(variant_from_dev(dev)));
}
static DEVICE_ATTR_RO(own_ops);

static ssize_t calls_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  atomic_read(&variant_from_dev(dev)->calls));
}
static DEVICE_ATTR_RO(calls);

static struct attribute *variant_attrs[] = {
	&dev_attr_own_ops.attr,
	&dev_attr_calls.attr,
	NULL
};

static const struct attribute_group variant_group = {
	.name = "p2p_test_variant",
	.attrs = variant_attrs,
};

static const struct attribute_group *variant_groups[] = {
	&variant_group,
	NULL
};

static int variant_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct variant_device *dev;
	int ret;

	dev = vfio_alloc_device(variant_device, core.vdev, &pdev->dev,
				&variant_ops);
	if (IS_ERR(dev))
		return PTR_ERR(dev);

	/* vfio-pci-core wants its own struct there. */
	dev_set_drvdata(&pdev->dev, &dev->core);
	ret = vfio_pci_core_register_device(&dev->core);
	if (ret)
		vfio_put_device(&dev->core.vdev);

	return ret;
}

static void variant_remove(struct pci_dev *pdev)
{
	struct variant_device *dev = variant_from_dev(&pdev->dev);

	vfio_pci_core_unregister_device(&dev->core);
	vfio_put_device(&dev->core.vdev);
}

static const struct pci_device_id variant_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) },
	{}
};
MODULE_DEVICE_TABLE(pci, variant_ids);

static struct pci_driver variant_driver = {
	.name = "p2p-test-variant",
	.id_table = variant_ids,
	.probe = variant_probe,
	.remove = variant_remove,
	.dev_groups = variant_groups,
	.err_handler = &vfio_pci_core_err_handlers,
	.driver_managed_dma = true,
};
module_pci_driver(variant_driver);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The vfio_p2p_dmabuf authors");
MODULE_DESCRIPTION("vfio-pci variant driver for tests");
