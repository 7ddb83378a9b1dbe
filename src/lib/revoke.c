// SPDX-License-Identifier: GPL-2.0-only
/* Taking one dma-buf back. */
#include <errno.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "diagnose.h"
#include "error.h"
#include "module.h"

/* 0 if the module made it: then that was not the reason. */
static int check_dmabuf(int dmabuf_fd, struct vfio_p2p_error *error)
{
	int ret = vfio_p2p_made_by(dmabuf_fd, error);

	if (ret != VFIO_P2P_MAKER_KERNEL)
		return ret < 0 ? ret : 0;
	return fail(error, EOPNOTSUPP, VFIO_P2P_CAUSE_NO_REVOKE,
		    "the kernel made this dma-buf, and takes back all of a device at once; reset or close the device");
}

static int diagnose(int device_fd, int dmabuf_fd, int errnum,
		    struct vfio_p2p_error *error)
{
	int ret;

	if (errnum == EPERM)
		return fail(error, EPERM, VFIO_P2P_CAUSE_NOT_OWNER,
			    "this dma-buf is not one of that device; give the vfio device it was made of");
	if (errnum == EBUSY)
		return fail(error, EBUSY, VFIO_P2P_CAUSE_PINNED,
			    "pages of this dma-buf are still pinned, by I/O or in a pipe or a socket; end that first");
	if (errnum == EBADF || errnum == EINVAL) {
		ret = check_dmabuf(dmabuf_fd, error);
		if (ret)
			return ret;
	}
	return diagnose_device(device_fd, errnum, "revoke of the dma-buf",
			       error);
}

int vfio_p2p_revoke(int device_fd, int dmabuf_fd, struct vfio_p2p_error *error)
{
	struct vfio_p2p_error opening;
	int fd, ret;

	fd = module_open(&opening);
	if (fd < 0) {
		/* With the module it would be no better for some. */
		ret = check_dmabuf(dmabuf_fd, error);
		return ret ? ret : fail(error, opening.errnum, opening.cause,
					"%s", opening.text);
	}

	ret = module_revoke(fd, device_fd, dmabuf_fd);
	close(fd);
	return ret < 0 ? diagnose(device_fd, dmabuf_fd, -ret, error) : 0;
}
