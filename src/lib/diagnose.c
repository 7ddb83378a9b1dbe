// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "device.h"
#include "diagnose.h"
#include "error.h"
#include "module.h"

static int fail_range(struct vfio_p2p_error *error, int errnum, size_t index,
		      const char *what, __u64 value)
{
	return fail(error, errnum, VFIO_P2P_CAUSE_BAD_RANGE,
		    "range %zu: its %s, 0x%llx, is not a multiple of the page size, 0x%lx",
		    index, what, value, sysconf(_SC_PAGESIZE));
}

/* The first thing wrong with a range of a BAR of that size; 0 if nothing is */
static int check_range(const struct request *req, size_t i, __u64 bar_size,
		       int errnum, struct vfio_p2p_error *error)
{
	const struct vfio_p2p_range *range = &req->ranges[i];
	uint64_t rest = (uint64_t)sysconf(_SC_PAGESIZE) - 1;

	if (!range->length)
		return fail(error, errnum, VFIO_P2P_CAUSE_BAD_RANGE,
			    "range %zu is empty", i);
	if (range->offset & rest)
		return fail_range(error, errnum, i, "offset", range->offset);
	if (range->length & rest)
		return fail_range(error, errnum, i, "length", range->length);
	if (range->offset > bar_size ||
	    range->length > bar_size - range->offset)
		return fail(error, errnum, VFIO_P2P_CAUSE_BAD_RANGE,
			    "range %zu, 0x%llx bytes from 0x%llx on, is not within BAR %u, which has 0x%llx bytes",
			    i, range->length, range->offset, req->bar,
			    bar_size);
	return 0;
}

static int check_ranges(const struct request *req, int errnum,
			struct vfio_p2p_error *error)
{
	__u64 bar_size;
	size_t i;
	int ret;

	ret = device_bar_size(req->device_fd, req->bar, &bar_size, error);
	if (ret)
		return ret;

	if (bar_size < (uint64_t)sysconf(_SC_PAGESIZE))
		return fail(error, errnum, VFIO_P2P_CAUSE_BAD_RANGE,
			    "BAR %u has %llu bytes; less than a page can't be exported",
			    req->bar, bar_size);

	for (i = 0; i < req->nr_ranges; i++) {
		ret = check_range(req, i, bar_size, errnum, error);
		if (ret)
			return ret;
	}
	return 0;
}

/* BARs that are ports have that size as well, and nothing to map. */
static int diagnose_arguments(const struct request *req, int errnum,
			      struct vfio_p2p_error *error)
{
	int ret = check_ranges(req, errnum, error);

	if (ret)
		return ret;
	if (req->flags & VFIO_P2P_EXPORT_WC)
		return fail(error, errnum, VFIO_P2P_CAUSE_NO_WC,
			    "BAR %u is not prefetchable; only such memory can be write-combined",
			    req->bar);
	return fail(error, errnum, VFIO_P2P_CAUSE_NO_BAR,
		    "BAR %u can't be exported; is it an I/O BAR?  Only memory BARs can be",
		    req->bar);
}

int diagnose_bar(int device_fd, unsigned int bar, struct vfio_p2p_error *error)
{
	__u64 size;
	int ret;

	ret = device_bar_size(device_fd, bar, &size, error);
	if (ret)
		return ret;
	return fail(error, ENODEV, VFIO_P2P_CAUSE_BAR_BUSY,
		    "BAR %u can't be had; another driver has claimed it (see /proc/iomem), or the device is being unbound",
		    bar);
}

static int diagnose_use(const struct request *req, struct vfio_p2p_error *error)
{
	if (req->flags & VFIO_P2P_EXPORT_PAGES)
		return fail(error, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
			    "some of these ranges of BAR %u is part of a slice or of another dma-buf, or is named twice",
			    req->bar);
	return fail(error, EBUSY, VFIO_P2P_CAUSE_BAR_IN_USE,
		    "BAR %u is registered, and can then only be exported with its pages (VFIO_P2P_EXPORT_PAGES); or end the registration first",
		    req->bar);
}

static int diagnose_memory(const struct request *req,
			   struct vfio_p2p_error *error)
{
	if (req->nr_ranges > VFIO_P2P_MAX_RANGES)
		return fail(error, ENOMEM, VFIO_P2P_CAUSE_TOO_MANY_RANGES,
			    "%zu ranges are too many; one export has at most %d",
			    req->nr_ranges, VFIO_P2P_MAX_RANGES);
	return fail_errno(error, ENOMEM, "export of the BAR");
}

int diagnose_device(int device_fd, int errnum, const char *what,
		    struct vfio_p2p_error *error)
{
	int ret;

	switch (errnum) {
	case EBADF:
	case EINVAL:
	case EIO:
	case ENOTTY:
	case EOPNOTSUPP:
		ret = device_check(device_fd, error);
		if (ret)
			return ret;
		break;
	}

	switch (errnum) {
	case EIO:
		return fail(error, EIO, VFIO_P2P_CAUSE_ASLEEP,
			    "the device can't be woken up; the kernel log may say why");
	case ENOTTY:
	case EOPNOTSUPP:
		return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NOT_SERVED,
			    "BARs of this device can't be exported: its driver does not do it, nor does the module vfio_p2p_dmabuf for it; bind the device to vfio-pci itself");
	default:
		return fail_errno(error, errnum, what);
	}
}

int diagnose_export(const struct request *req, int errnum,
		    struct vfio_p2p_error *error)
{
	switch (errnum) {
	case EINVAL:
	case EOVERFLOW:
		return diagnose_arguments(req, errnum, error);
	case ENODEV:
		return diagnose_bar(req->device_fd, req->bar, error);
	case ENOMEM:
		return diagnose_memory(req, error);
	case EBUSY:
		return diagnose_use(req, error);
	case ENOENT:
		return fail(error, ENOENT, VFIO_P2P_CAUSE_NOT_REGISTERED,
			    "not all of these ranges of BAR %u is registered; vfio_p2p_register() does that",
			    req->bar);
	case EFAULT:
		return fail(error, EFAULT, VFIO_P2P_CAUSE_BAD_ARGUMENT,
			    "the pointer to the ranges leads nowhere");
	default:
		return diagnose_device(req->device_fd, errnum,
				       "export of the BAR", error);
	}
}

static int fail_no_wc(bool native, struct vfio_p2p_error *error)
{
	if (native)
		return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_WC,
			    "this kernel makes the dma-bufs itself, and has write-combined ones only where the module does: modprobe vfio_p2p_dmabuf exporter=own");
	return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_WC,
		    "the module that is loaded makes no write-combined dma-bufs; is it older than this library?");
}

static int fail_no_pages(bool native, bool iommu, struct vfio_p2p_error *error)
{
	if (native)
		return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES,
			    "this kernel makes the dma-bufs itself, and has BARs with pages only where the module does: modprobe vfio_p2p_dmabuf exporter=own");
	if (iommu)
		return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES,
			    "the module gives BARs no pages for an IOMMU; it does on x86-64 from Linux 6.6 on, if it is loaded with iommu_pages=1 (but see SECURITY.md) and not older than this library");
	return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_PAGES,
		    "the module gives no pages to BARs on this kernel; it does on x86-64, with CONFIG_ZONE_DEVICE and CONFIG_FS_DAX");
}

int diagnose_capability(int fd, uint64_t capability,
			struct vfio_p2p_error *error)
{
	struct vfio_p2p_info info;
	bool native;

	if (module_info(fd, &info) || info.capabilities & capability)
		return 0;
	native = !(info.capabilities & VFIO_P2P_CAP_FEATURE);
	if (capability == VFIO_P2P_CAP_EXPORT_WC)
		return fail_no_wc(native, error);
	return fail_no_pages(native, capability == VFIO_P2P_CAP_IOMMU_PAGES,
			     error);
}

int diagnose_no_feature(int device_fd, struct vfio_p2p_error *error)
{
	int ret = device_check(device_fd, error);

	if (ret)
		return ret;
	return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_EXPORTER,
		    "the device's fd does not know VFIO_DEVICE_FEATURE_DMA_BUF; it does from Linux 6.19 on, or with the module: modprobe vfio_p2p_dmabuf");
}

int diagnose_no_exporter(int device_fd, const struct vfio_p2p_error *opening,
			 struct vfio_p2p_error *error)
{
	int ret = device_check(device_fd, error);

	if (ret)
		return ret;
	if (opening->cause != VFIO_P2P_CAUSE_NO_MODULE)
		return fail(error, opening->errnum, opening->cause, "%s",
			    opening->text);
	return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_EXPORTER,
		    "this kernel does not export BARs itself, and %s",
		    opening->text);
}
