// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "device.h"
#include "diagnose.h"
#include "error.h"
#include "feature.h"
#include "module.h"
#include "request.h"

/* The module of another kernel, or an older one, may not know the flags. */
static int diagnose_by_module(int fd, const struct request *req, int errnum,
			      struct vfio_p2p_error *error)
{
	int ret = 0;

	if (errnum == EINVAL || errnum == EOPNOTSUPP) {
		if (req->flags & VFIO_P2P_EXPORT_PAGES)
			ret = diagnose_capability(fd, VFIO_P2P_CAP_PAGES,
						  error);
		else if (req->flags & VFIO_P2P_EXPORT_WC)
			ret = diagnose_capability(fd, VFIO_P2P_CAP_EXPORT_WC,
						  error);
	}
	return ret ? ret : diagnose_export(req, errnum, error);
}

/* FEATURE_FAILED: the device's fd was asked before, and knows nothing of it. */
static int export_by_module(const struct request *req, bool feature_failed,
			    struct vfio_p2p_error *error)
{
	struct vfio_p2p_error opening;
	int fd, ret;

	fd = module_open(feature_failed ? &opening : error);
	if (fd < 0)
		return feature_failed ?
		       diagnose_no_exporter(req->device_fd, &opening, error) :
		       fd;

	ret = module_export(fd, req);
	if (ret < 0)
		ret = diagnose_by_module(fd, req, -ret, error);
	close(fd);
	return ret;
}

static int export_by(enum vfio_p2p_backend backend, const struct request *req,
		     struct vfio_p2p_error *error)
{
	int ret;

	if (backend == VFIO_P2P_BACKEND_MODULE)
		return export_by_module(req, false, error);

	ret = feature_export(req);
	if (ret >= 0)
		return ret;
	if (ret != -ENOTTY)
		return diagnose_export(req, -ret, error);
	if (backend == VFIO_P2P_BACKEND_FEATURE)
		return diagnose_no_feature(req->device_fd, error);
	return export_by_module(req, true, error);
}

static int check_arguments(const struct request *req,
			   enum vfio_p2p_backend backend,
			   struct vfio_p2p_error *error)
{
	int mode = req->open_flags & ~O_CLOEXEC;

	if (!req->nr_ranges || !req->ranges)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_RANGE,
			    "there is no range to export");
	if (mode != O_RDONLY && mode != O_WRONLY && mode != O_RDWR)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
			    "open flags 0x%x: expected O_RDONLY, O_WRONLY or O_RDWR",
			    (unsigned int)req->open_flags);
	if (backend != VFIO_P2P_BACKEND_ANY &&
	    backend != VFIO_P2P_BACKEND_FEATURE &&
	    backend != VFIO_P2P_BACKEND_MODULE)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
			    "there is no backend %u", (unsigned int)backend);
	return 0;
}

int vfio_p2p_export_slices(int device_fd, unsigned int bar,
			   const struct vfio_p2p_range *ranges,
			   size_t nr_ranges, int open_flags,
			   enum vfio_p2p_backend backend,
			   struct vfio_p2p_error *error)
{
	const struct request req = {
		.device_fd = device_fd,
		.bar = bar,
		.open_flags = open_flags | O_CLOEXEC,
		.ranges = ranges,
		.nr_ranges = nr_ranges,
	};
	int ret = check_arguments(&req, backend, error);

	return ret ? ret : export_by(backend, &req, error);
}

static int check_flags(uint32_t flags, struct vfio_p2p_error *error)
{
	if (!(flags & ~(VFIO_P2P_EXPORT_PAGES | VFIO_P2P_EXPORT_WC)) &&
	    flags != (VFIO_P2P_EXPORT_PAGES | VFIO_P2P_EXPORT_WC))
		return 0;
	return fail(error, EINVAL, VFIO_P2P_CAUSE_BAD_ARGUMENT,
		    "export flags 0x%x: expected VFIO_P2P_EXPORT_PAGES or VFIO_P2P_EXPORT_WC, or none",
		    flags);
}

int vfio_p2p_export_with_flags(int device_fd, unsigned int bar,
			       const struct vfio_p2p_range *ranges,
			       size_t nr_ranges, int open_flags, uint32_t flags,
			       struct vfio_p2p_error *error)
{
	const struct request req = {
		.device_fd = device_fd,
		.bar = bar,
		.open_flags = open_flags | O_CLOEXEC,
		.ranges = ranges,
		.nr_ranges = nr_ranges,
		.flags = flags,
	};
	int ret;

	ret = check_arguments(&req, VFIO_P2P_BACKEND_MODULE, error);
	if (!ret)
		ret = check_flags(flags, error);
	return ret ? ret : export_by_module(&req, false, error);
}

int vfio_p2p_export_slice(int device_fd, unsigned int bar, uint64_t offset,
			  uint64_t length, struct vfio_p2p_error *error)
{
	const struct vfio_p2p_range range = {
		.offset = offset,
		.length = length,
	};

	return vfio_p2p_export_slices(device_fd, bar, &range, 1, O_RDWR,
				      VFIO_P2P_BACKEND_ANY, error);
}

int vfio_p2p_export_bar(int device_fd, unsigned int bar,
			struct vfio_p2p_error *error)
{
	__u64 size;
	int ret;

	ret = device_bar_size(device_fd, bar, &size, error);
	return ret ? ret :
		     vfio_p2p_export_slice(device_fd, bar, 0, size, error);
}

static int probe_module(int device_fd, struct vfio_p2p_error *error)
{
	struct vfio_p2p_error opening;
	int fd, ret;

	fd = module_open(&opening);
	if (fd < 0)
		return diagnose_no_exporter(device_fd, &opening, error);

	ret = module_probe(fd, device_fd);
	close(fd);
	if (ret)
		return diagnose_device(device_fd, -ret, "probe of the device",
				       error);
	return VFIO_P2P_BACKEND_MODULE;
}

int vfio_p2p_probe(int device_fd, struct vfio_p2p_error *error)
{
	int ret = feature_probe(device_fd);

	if (ret == -ENOTTY)
		return probe_module(device_fd, error);
	if (ret)
		return diagnose_device(device_fd, -ret, "probe of the device",
				       error);
	return VFIO_P2P_BACKEND_FEATURE;
}
