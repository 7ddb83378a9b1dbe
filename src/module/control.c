// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vfio-p2p-dmabuf: INFO, EXPORT, ROUTE, REVOKE; REGISTER, UNREGISTER, ALLOC,
 * POOL.
 *
 * Anybody may open it, as /dev/vfio/vfio: what gives rights is the device fd
 * that comes with a call.
 */
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/vfio_p2p_dmabuf.h>

#include "compat/compat.h"
#include "compat/user_pages.h"
#include "compat/zone_pages.h"
#include "control.h"
#include "device.h"
#include "export.h"
#include "file_call.h"
#include "mapping.h"
#include "native.h"
#include "pages.h"
#include "register.h"
#include "revoke.h"
#include "topology.h"

#define P2P_OPEN_FLAGS	(O_ACCMODE | O_CLOEXEC | O_NONBLOCK)

/*
 * Every struct of the ABI begins like this.
 */
struct argument_head {
	u32 argsz;
	u32 flags;
};

/* Copy a struct in that may be older or newer than ours. */
static int copy_in_flags(void *kernel, size_t size, void __user *user,
			 u32 flags)
{
	struct argument_head *head = kernel;
	u32 argsz;
	int ret;

	if (get_user(argsz, (u32 __user *)user))
		return -EFAULT;
	if (argsz < size)
		return -EINVAL;
	if (argsz > PAGE_SIZE)
		return -E2BIG;

	ret = copy_struct_from_user(kernel, size, user, argsz);
	if (ret)
		return ret;

	/* It could have changed since we looked; what we checked counts. */
	head->argsz = argsz;
	return head->flags & ~flags ? -EINVAL : 0;
}

static int copy_in(void *kernel, size_t size, void __user *user)
{
	return copy_in_flags(kernel, size, user, 0);
}

static int copy_out(void __user *user, const void *kernel, size_t size)
{
	return copy_to_user(user, kernel, size) ? -EFAULT : 0;
}

/* What looks after the pages is there only where the dma-bufs are ours, too. */
static bool have_pages(void)
{
	return P2P_HAS_PAGES && !p2p_native_used();
}

static bool iommu_pages;
module_param(iommu_pages, bool, 0444);
MODULE_PARM_DESC(iommu_pages,
		 "Let the owner of a device have pages of its BARs for an IOMMU's mappings (default N). Not yet for machines that others than their administrator use, see SECURITY.md.");

static bool have_iommu_pages(void)
{
	return iommu_pages && P2P_HAS_NO_ACCESS && have_pages();
}

static bool have_write_combining(void)
{
	return P2P_HAS_INSERT_AS_IS && !p2p_native_used();
}

u64 p2p_control_capabilities(void)
{
	u64 capabilities = VFIO_P2P_CAP_EXPORT | VFIO_P2P_CAP_ROUTE;

	if (!p2p_native_used())
		capabilities |= VFIO_P2P_CAP_FEATURE |
				VFIO_P2P_CAP_SYSFS_RESET |
				VFIO_P2P_CAP_MMAP |
				VFIO_P2P_CAP_REVOKE;
	if (have_pages())
		capabilities |= VFIO_P2P_CAP_PAGES;
	if (have_iommu_pages())
		capabilities |= VFIO_P2P_CAP_IOMMU_PAGES;
	if (have_write_combining())
		capabilities |= VFIO_P2P_CAP_EXPORT_WC;
	if (P2P_KERNEL_HAS_FEATURE)
		capabilities |= VFIO_P2P_CAP_NATIVE;
	return capabilities;
}

static int control_info(void __user *user)
{
	struct vfio_p2p_info info;
	int ret;

	ret = copy_in(&info, sizeof(info), user);
	if (ret)
		return ret;

	info.abi_version = VFIO_P2P_ABI_VERSION;
	info.max_ranges = VFIO_P2P_MAX_RANGES;
	info.capabilities = p2p_control_capabilities();
	return copy_out(user, &info, sizeof(info));
}

/* MAPPING: where that of the device's file goes, for FN to use */
static int with_device_mapping(int fd, p2p_device_fn fn, void *context,
			       struct address_space **mapping)
{
	struct file *file = fget(fd);
	int ret;

	if (!file)
		return -EBADF;

	*mapping = file->f_mapping;
	ret = p2p_file_call(file, fn, context);
	fput(file);
	return ret;
}

static int with_device(int fd, p2p_device_fn fn, void *context)
{
	struct address_space *mapping;

	return with_device_mapping(fd, fn, context, &mapping);
}

static int export_from(struct p2p_device *dev, void *context)
{
	if (p2p_native_used())
		return p2p_native_export(dev, context);
	return p2p_export(dev, context);
}

static bool valid_open_flags(u32 flags)
{
	return !(flags & ~P2P_OPEN_FLAGS) &&
	       (flags & O_ACCMODE) != (O_WRONLY | O_RDWR);
}

/* Who pins pages takes them to be as the kernel's own mapping of them: uncached. */
static int check_export_flags(u32 flags)
{
	if ((flags & VFIO_P2P_EXPORT_PAGES) && (flags & VFIO_P2P_EXPORT_WC))
		return -EINVAL;
	if ((flags & VFIO_P2P_EXPORT_PAGES) && !have_pages())
		return -EOPNOTSUPP;
	if ((flags & VFIO_P2P_EXPORT_WC) && !have_write_combining())
		return -EOPNOTSUPP;
	return 0;
}

static int control_export(void __user *user)
{
	struct p2p_export_request req;
	struct vfio_p2p_export args;
	int ret;

	ret = copy_in_flags(&args, sizeof(args), user,
			    VFIO_P2P_EXPORT_PAGES | VFIO_P2P_EXPORT_WC);
	if (ret)
		return ret;
	if (!valid_open_flags(args.open_flags) || !args.nr_ranges)
		return -EINVAL;
	ret = check_export_flags(args.flags);
	if (ret)
		return ret;

	req = (struct p2p_export_request) {
		.flags = args.flags,
		.region_index = args.region_index,
		.open_flags = args.open_flags,
		.nr_ranges = args.nr_ranges,
		.ranges = u64_to_user_ptr(args.ranges),
	};
	return with_device(args.device_fd, export_from, &req);
}

static struct vfio_p2p_bdf user_bdf(struct p2p_bdf bdf)
{
	return (struct vfio_p2p_bdf) {
		.domain = bdf.domain,
		.bus = bdf.bus,
		.devfn = bdf.devfn,
	};
}

static bool all_bars_reachable(struct pci_dev *exporter, struct pci_dev *peer)
{
	unsigned int bar;

	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		if (!pci_resource_len(exporter, bar) ||
		    !(pci_resource_flags(exporter, bar) & IORESOURCE_MEM))
			continue;
		if (!p2p_dma_reaches(&peer->dev,
				     pci_resource_start(exporter, bar),
				     pci_resource_len(exporter, bar)))
			return false;
	}
	return true;
}

/*
 * A driver that leaves DMA to somebody else: vfio-pci, or a bridge's.  The
 * driver's memory can be read under RCU, although it may be unbound at any time:
 * free_module() waits for a grace period.
 */
static bool dma_is_the_drivers(struct pci_dev *peer)
{
	struct pci_driver *driver;
	bool ret;

	rcu_read_lock();
	driver = READ_ONCE(peer->driver);
	ret = driver && !driver->driver_managed_dma;
	rcu_read_unlock();
	return ret;
}

/**
 * struct peer_dma - what is known of how the peer does DMA
 * @translated: an IOMMU translates it
 * @short_mask: none does, and the BARs' addresses are beyond its DMA mask
 */
struct peer_dma {
	bool translated;
	bool short_mask;
};

/*
 * That can be said while a driver is bound that does DMA by the DMA API: it
 * keeps the IOMMU domain in place and has set the mask.  For a lock that is
 * taken nobody waits, it may be an unbind; and locks of bridges and of devices
 * that others drive by vfio are left alone, lest a reset fail to get them.
 */
static struct peer_dma read_peer_dma(struct pci_dev *exporter,
				     struct pci_dev *peer)
{
	struct peer_dma dma = {};

	if (!dma_is_the_drivers(peer) || !device_trylock(&peer->dev))
		return dma;

	if (dma_is_the_drivers(peer)) {
		dma.translated = p2p_dma_translated(&peer->dev);
		dma.short_mask = !dma.translated &&
				 !all_bars_reachable(exporter, peer);
	}
	device_unlock(&peer->dev);
	return dma;
}

static void fill_route(struct vfio_p2p_route *args,
		       const struct p2p_decision *decision,
		       struct peer_dma dma)
{
	args->route = decision->route;
	args->distance = decision->distance;
	args->reason = decision->reason;
	args->facts = decision->facts;
	args->bridge = user_bdf(decision->bridge);
	args->redirect = user_bdf(decision->redirect);

	if (decision->has_bridge)
		args->facts |= VFIO_P2P_FACT_BRIDGE;
	if (dma.translated)
		args->facts |= VFIO_P2P_FACT_PEER_TRANSLATED;
	if (args->route != VFIO_P2P_ROUTE_IMPOSSIBLE && dma.short_mask) {
		args->route = VFIO_P2P_ROUTE_IMPOSSIBLE;
		args->distance = -1;
		args->reason = VFIO_P2P_REASON_DMA_MASK;
		args->facts &= ~VFIO_P2P_FACT_BRIDGE;
		memset(&args->bridge, 0, sizeof(args->bridge));
	}
}

static int route_from(struct p2p_device *dev, void *context)
{
	struct vfio_p2p_route *args = context;
	struct p2p_decision decision;
	struct pci_dev *peer;
	int ret;

	peer = pci_get_domain_bus_and_slot(args->peer.domain, args->peer.bus,
					   args->peer.devfn);
	if (!peer)
		return -ENODEV;

	ret = p2p_route_find(dev->pdev, &peer->dev, &decision);
	if (!ret)
		fill_route(args, &decision, read_peer_dma(dev->pdev, peer));
	pci_dev_put(peer);
	return ret;
}

static int control_route(void __user *user)
{
	struct vfio_p2p_route args;
	int ret;

	ret = copy_in(&args, sizeof(args), user);
	if (ret)
		return ret;
	if (args.reserved || args.peer.reserved)
		return -EINVAL;

	ret = with_device(args.device_fd, route_from, &args);
	if (ret)
		return ret;
	return copy_out(user, &args, sizeof(args));
}

static int revoke_from(struct p2p_device *dev, void *context)
{
	return p2p_revoke(dev, context);
}

static int control_revoke(void __user *user)
{
	struct vfio_p2p_revoke args;
	struct dma_buf *dmabuf;
	int ret;

	ret = copy_in(&args, sizeof(args), user);
	if (ret)
		return ret;

	dmabuf = dma_buf_get(args.dmabuf_fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	ret = with_device(args.device_fd, revoke_from, dmabuf);
	dma_buf_put(dmabuf);
	return ret;
}

/**
 * struct registering - a call of REGISTER
 * @args: its argument
 * @mapping: of the file that proves ownership
 */
struct registering {
	struct vfio_p2p_register args;
	struct address_space *mapping;
};

static int register_from(struct p2p_device *dev, void *context)
{
	struct registering *call = context;

	return p2p_register(dev, &call->args, call->mapping);
}

static int check_register_flags(u32 flags)
{
	if (!flags)
		return 0;
	if (!(flags & VFIO_P2P_REGISTER_IOMMU))
		return -EINVAL;
	return have_iommu_pages() ? 0 : -EOPNOTSUPP;
}

/* The answer is given also if it is no. */
static int control_register(void __user *user)
{
	struct registering call;
	int ret;

	ret = copy_in_flags(&call.args, sizeof(call.args), user,
			    VFIO_P2P_REGISTER_IOMMU |
			    VFIO_P2P_REGISTER_REFUSE_RESET);
	if (ret)
		return ret;
	if (call.args.reserved)
		return -EINVAL;
	ret = check_register_flags(call.args.flags);
	if (ret)
		return ret;

	call.args.granule = 0;
	call.args.reason = 0;
	call.args.bridge = (struct vfio_p2p_bdf) {};
	ret = with_device_mapping(call.args.device_fd, register_from, &call,
				  &call.mapping);
	/* There was nobody to ask. */
	if (ret == -EBADF)
		return ret;
	if (copy_out(user, &call.args, sizeof(call.args)) && !ret)
		return -EFAULT;
	return ret;
}

/**
 * struct unregistering - a call of UNREGISTER
 * @args: its argument
 * @mapping: of the file that proves ownership
 */
struct unregistering {
	struct vfio_p2p_unregister args;
	struct address_space *mapping;
};

static int unregister_from(struct p2p_device *dev, void *context)
{
	struct unregistering *call = context;

	return p2p_pages_remove(dev, call->args.region_index,
				call->args.offset, call->mapping);
}

static int control_unregister(void __user *user)
{
	struct unregistering call;
	int ret;

	ret = copy_in(&call.args, sizeof(call.args), user);
	if (ret)
		return ret;

	return with_device_mapping(call.args.device_fd, unregister_from, &call,
				   &call.mapping);
}

/* Without read access it could not even be mapped. */
static bool valid_slice_flags(u32 flags)
{
	u32 mode = flags & ~O_CLOEXEC;

	return mode == O_RDONLY || mode == O_RDWR;
}

/**
 * struct allocating - a call of ALLOC
 * @args: its argument
 * @file: the slice
 */
struct allocating {
	struct vfio_p2p_alloc args;
	struct file *file;
};

static int alloc_from(struct p2p_device *dev, void *context)
{
	struct allocating *call = context;

	call->file = p2p_alloc(dev, &call->args);
	return PTR_ERR_OR_ZERO(call->file);
}

/* Nobody else knows of the file before all has been told. */
static int alloc_file(struct allocating *call, void __user *user)
{
	int ret;

	ret = with_device(call->args.device_fd, alloc_from, call);
	if (ret)
		return ret;
	ret = copy_out(user, &call->args, sizeof(call->args));
	if (ret)
		fput(call->file);
	return ret;
}

static int control_alloc(void __user *user)
{
	struct allocating call;
	int fd, ret;

	ret = copy_in_flags(&call.args, sizeof(call.args), user,
			    VFIO_P2P_ALLOC_IOMMU);
	if (ret)
		return ret;
	if (call.args.reserved || !valid_slice_flags(call.args.open_flags))
		return -EINVAL;
	if (call.args.flags && !have_iommu_pages())
		return -EOPNOTSUPP;

	fd = get_unused_fd_flags(call.args.open_flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	ret = alloc_file(&call, user);
	if (ret) {
		put_unused_fd(fd);
		return ret;
	}
	fd_install(fd, call.file);
	return fd;
}

static int pool_from(struct p2p_device *dev, void *context)
{
	return p2p_pool_info(dev, context);
}

static int control_pool(void __user *user)
{
	struct vfio_p2p_pool args;
	int ret;

	ret = copy_in(&args, sizeof(args), user);
	if (ret)
		return ret;

	ret = with_device(args.device_fd, pool_from, &args);
	return ret ? ret : copy_out(user, &args, sizeof(args));
}

static long control_pages(unsigned int cmd, void __user *user)
{
	if (!have_pages())
		return -EOPNOTSUPP;

	switch (cmd) {
	case VFIO_P2P_REGISTER:
		return control_register(user);
	case VFIO_P2P_UNREGISTER:
		return control_unregister(user);
	case VFIO_P2P_ALLOC:
		return control_alloc(user);
	default:
		return control_pool(user);
	}
}

static long control_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case VFIO_P2P_INFO:
		return control_info(user);
	case VFIO_P2P_EXPORT:
		return control_export(user);
	case VFIO_P2P_ROUTE:
		return control_route(user);
	case VFIO_P2P_REVOKE:
		return control_revoke(user);
	case VFIO_P2P_REGISTER:
	case VFIO_P2P_UNREGISTER:
	case VFIO_P2P_ALLOC:
	case VFIO_P2P_POOL:
		return control_pages(cmd, user);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice control_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = VFIO_P2P_DEVICE_NAME,
	.fops = &control_fops,
	.mode = 0666,
};

int p2p_control_start(void)
{
	return misc_register(&control_device);
}

void p2p_control_stop(void)
{
	misc_deregister(&control_device);
}
