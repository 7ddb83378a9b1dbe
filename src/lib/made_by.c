// SPDX-License-Identifier: GPL-2.0-only
/* Who made a dma-buf? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <vfio-p2p.h>

#include "error.h"

#define FDINFO_SIZE	1024

/* Not "self": that is the first thread, which may have ended. */
static int read_fdinfo(int fd, char *text, struct vfio_p2p_error *error)
{
	char path[64];
	ssize_t length;
	int info, ret;

	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0 && errno == ENOENT)
		return fail(error, EBADF, VFIO_P2P_CAUSE_FOREIGN_DMABUF,
			    "fd %d is not open, or /proc is not mounted", fd);
	if (info < 0)
		return fail_errno(error, errno, path);

	length = read(info, text, FDINFO_SIZE - 1);
	ret = length < 0 ? fail_errno(error, errno, path) : 0;
	close(info);
	text[ret ? 0 : length] = '\0';
	return ret;
}

int vfio_p2p_made_by(int dmabuf_fd, struct vfio_p2p_error *error)
{
	char text[FDINFO_SIZE], name[64] = "";
	const char *line;
	int ret;

	ret = read_fdinfo(dmabuf_fd, text, error);
	if (ret)
		return ret;

	line = strstr(text, "\nexp_name:");
	if (!line || sscanf(line, "\nexp_name: %63s", name) != 1)
		return fail(error, EINVAL, VFIO_P2P_CAUSE_FOREIGN_DMABUF,
			    "fd %d is not a dma-buf", dmabuf_fd);
	if (!strcmp(name, "vfio_pci_core"))
		return VFIO_P2P_MAKER_KERNEL;
	if (!strcmp(name, "vfio_p2p_dmabuf"))
		return VFIO_P2P_MAKER_MODULE;
	return fail(error, EINVAL, VFIO_P2P_CAUSE_FOREIGN_DMABUF,
		    "fd %d is a dma-buf of %s, not of a vfio device",
		    dmabuf_fd, name);
}
