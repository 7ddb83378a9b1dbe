// SPDX-License-Identifier: GPL-2.0-only
/* Arguments of VFIO_DEVICE_FEATURE_DMA_BUF that may be wrong, byte by byte. */
#include <errno.h>
#include <sys/ioctl.h>

#include "feature_image.h"
#include "guard.h"

int feature_ioctl(int device_fd, void *arg)
{
	int ret = ioctl(device_fd, VFIO_DEVICE_FEATURE, arg);

	return ret < 0 ? -errno : ret;
}

int feature_image_call(int device_fd, const struct feature_image *image,
		       size_t readable)
{
	void *arg = guard_copy(image, readable);
	int ret = feature_ioctl(device_fd, arg);

	guard_free(arg, readable);

	return ret;
}
