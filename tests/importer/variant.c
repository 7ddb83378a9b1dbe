// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vfio-pci variant driver: built on vfio-pci-core, with an ioctl callback of
 * its own, or what the parameter own= says.  It tells whether anyone exchanged
 * its vfio_device_ops.
 *
 * Bind a function to it by driver_override.  What it tells is in the sysfs
 * directory of the function, p2p_test_variant/, and, as the answer to
 * P2P_TEST_VARIANT_OWN_OPS, on the device fd:
 *   own_ops	1 if the device has the driver's own ops, else 0
 *   calls	how many ioctls reached the driver
 * What is written to hold there is a BAR that the driver claims, or -1 for none.
 *
 * With the parameter only= one function has what is the driver's own, and all others
 * have none of it.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

#include "compat.h"
#include "p2p_test_importer.h"

struct variant_device {
	struct vfio_pci_core_device core;
	atomic_t calls;
	int held;
};

static char *own = "ioctls";
module_param(own, charp, 0444);
MODULE_PARM_DESC(own, "What is the driver's own and not vfio-pci-core's: a callback of vfio_device_ops, ioctls (all that are one, default), err_handler or none");

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "Address of the one function that has it, as 0000:01:00.0 (default all)");

static struct vfio_device_ops variant_ops;

/* As variant_ops, with nothing of the driver's own */
static struct vfio_device_ops plain_ops;

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

static ssize_t variant_read(struct vfio_device *vdev, char __user *buf,
			    size_t count, loff_t *ppos)
{
	return vfio_pci_core_read(vdev, buf, count, ppos);
}

static ssize_t variant_write(struct vfio_device *vdev, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	return vfio_pci_core_write(vdev, buf, count, ppos);
}

static int variant_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	return vfio_pci_core_mmap(vdev, vma);
}

static int variant_device_feature(struct vfio_device *vdev, u32 flags,
				  void __user *arg, size_t argsz)
{
	return vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
}

static void variant_close_device(struct vfio_device *vdev)
{
	vfio_pci_core_close_device(vdev);
}

/* But for open_device, which each variant driver has to have, the core's */
static struct vfio_device_ops variant_ops = {
	.name = "p2p-test-variant",
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.open_device = variant_open_device,
	.close_device = vfio_pci_core_close_device,
	.ioctl = vfio_pci_core_ioctl,
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
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
#endif
#if IS_ENABLED(CONFIG_IOMMUFD)
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
#endif
};

/* All that the core has in its own, so that nothing but the address differs */
static struct pci_error_handlers variant_err_handlers;

static int own_region_info(void)
{
#if defined(HAVE_GET_REGION_INFO_CAPS)
	variant_ops.get_region_info_caps = variant_get_region_info_caps;
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

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

static void release_held(struct variant_device *dev)
{
	if (dev->held >= 0)
		pci_release_region(dev->core.pdev, dev->held);
	dev->held = -1;
}

static ssize_t hold_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	struct variant_device *variant = variant_from_dev(dev);
	int bar, ret;

	ret = kstrtoint(buf, 0, &bar);
	if (ret)
		return ret;
	if (bar >= PCI_STD_NUM_BARS)
		return -EINVAL;

	release_held(variant);
	if (bar < 0)
		return count;
	ret = pci_request_region(variant->core.pdev, bar, "p2p-test-variant");
	if (ret)
		return ret;
	variant->held = bar;

	return count;
}
static DEVICE_ATTR_WO(hold);

static struct attribute *variant_attrs[] = {
	&dev_attr_own_ops.attr,
	&dev_attr_calls.attr,
	&dev_attr_hold.attr,
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

static const struct vfio_device_ops *ops_for(struct pci_dev *pdev)
{
	return !*only || !strcmp(only, pci_name(pdev)) ? &variant_ops :
							 &plain_ops;
}

static int variant_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct variant_device *dev;
	int ret;

	dev = vfio_alloc_device(variant_device, core.vdev, &pdev->dev,
				ops_for(pdev));
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	dev->held = -1;

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
	release_held(dev);
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

static int make_own(const char *what)
{
	if (!strcmp(what, "ioctls")) {
		variant_ops.ioctl = variant_ioctl;
		own_region_info();
	} else if (!strcmp(what, "ioctl")) {
		variant_ops.ioctl = variant_ioctl;
	} else if (!strcmp(what, "get_region_info_caps")) {
		return own_region_info();
	} else if (!strcmp(what, "read")) {
		variant_ops.read = variant_read;
	} else if (!strcmp(what, "write")) {
		variant_ops.write = variant_write;
	} else if (!strcmp(what, "mmap")) {
		variant_ops.mmap = variant_mmap;
	} else if (!strcmp(what, "device_feature")) {
		variant_ops.device_feature = variant_device_feature;
	} else if (!strcmp(what, "close_device")) {
		variant_ops.close_device = variant_close_device;
	} else if (!strcmp(what, "err_handler")) {
		variant_err_handlers = vfio_pci_core_err_handlers;
		variant_driver.err_handler = &variant_err_handlers;
	} else if (strcmp(what, "none")) {
		return -EINVAL;
	}
	return 0;
}

static int __init variant_init(void)
{
	int ret;

	plain_ops = variant_ops;
	ret = make_own(own);

	return ret ?: pci_register_driver(&variant_driver);
}
module_init(variant_init);

static void __exit variant_exit(void)
{
	pci_unregister_driver(&variant_driver);
}
module_exit(variant_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The vfio_p2p_dmabuf authors");
MODULE_DESCRIPTION("vfio-pci variant driver for tests");
