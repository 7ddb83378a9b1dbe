// SPDX-License-Identifier: GPL-2.0-only
/*
 * Export a BAR through libvfio-p2p.  Build with
 * cc export_lib.c $(pkg-config --cflags --libs libvfio-p2p)
 */
#include <stdio.h>

#include <vfio-p2p.h>

/*
 * A dma-buf over a whole BAR of a vfio device, for a peer such as "0000:04:00.0".
 * Returns its fd, or -1 after a sentence for the user.
 */
int export_for_peer(int device_fd, unsigned int bar, const char *peer)
{
	struct vfio_p2p_error error;
	struct vfio_p2p_path path;
	char text[400];
	int dmabuf;

	/* Only the module knows; without it the mapping will tell. */
	if (!vfio_p2p_find_path(device_fd, peer, &path, &error) &&
	    path.route == VFIO_P2P_ROUTE_IMPOSSIBLE) {
		vfio_p2p_describe_path(&path, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		return -1;
	}

	dmabuf = vfio_p2p_export_bar(device_fd, bar, &error);
	if (dmabuf < 0) {
		fprintf(stderr, "%s\n", error.text);
		return -1;
	}
	return dmabuf;
}
