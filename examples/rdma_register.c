// SPDX-License-Identifier: GPL-2.0-only
/*
 * Let an RDMA NIC reach device memory, such as the controller memory buffer of an
 * NVMe drive: export it with libvfio-p2p, register it with ibv_reg_dmabuf_mr().
 * Build with cc rdma_register.c $(pkg-config --cflags --libs libvfio-p2p) -libverbs
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <infiniband/verbs.h>
#include <vfio-p2p.h>

/* Why the NIC did not take the dma-buf, in a sentence for the user */
static void explain(int device_fd, const char *nic, int err)
{
	struct vfio_p2p_path path;
	char text[400];

	switch (err) {
	case EOPNOTSUPP:
		fprintf(stderr, "%s can't register what may be taken back: its driver knows no dma-bufs, or pins them for good (mlx5 needs on-demand paging)\n",
			nic);
		return;
	case ENODEV:
		fprintf(stderr, "memory decode of the device is off, or it is being reset\n");
		return;
	}

	/* Only the module knows the path. */
	if (!vfio_p2p_find_path(device_fd, nic, &path, NULL) &&
	    path.route == VFIO_P2P_ROUTE_IMPOSSIBLE) {
		vfio_p2p_describe_path(&path, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		return;
	}
	fprintf(stderr, "ibv_reg_dmabuf_mr: %s\n", strerror(err));
}

/**
 * register_slice() - a memory region over a slice of a BAR
 * @pd: a protection domain of the NIC
 * @nic: the NIC's PCI function, as "0000:04:00.0"
 * @device_fd: an open vfio device
 * @bar: number of the BAR, 2 for the CMB of QEMU's NVMe drive
 * @offset: start of the slice in the BAR, a multiple of the page size
 * @length: a multiple of the page size
 *
 * Byte N of the slice has the RDMA address N.
 *
 * When the device is reset, or its memory decode is switched off, the NIC loses
 * its access before that happens.  Work requests that come meanwhile fail; later
 * ones find the memory again, with the same keys.  When the device is closed, the
 * region is dead for good and waits for ibv_dereg_mr().
 *
 * Return: the region, or NULL after a sentence for the user.
 */
struct ibv_mr *register_slice(struct ibv_pd *pd, const char *nic, int device_fd,
			      unsigned int bar, uint64_t offset,
			      uint64_t length)
{
	struct vfio_p2p_error error;
	struct ibv_mr *mr;
	int dmabuf;

	dmabuf = vfio_p2p_export_slice(device_fd, bar, offset, length, &error);
	if (dmabuf < 0) {
		fprintf(stderr, "%s\n", error.text);
		return NULL;
	}

	mr = ibv_reg_dmabuf_mr(pd, 0, length, 0, dmabuf,
			       IBV_ACCESS_LOCAL_WRITE |
			       IBV_ACCESS_REMOTE_READ |
			       IBV_ACCESS_REMOTE_WRITE);
	if (!mr)
		explain(device_fd, nic, errno);

	/* The region keeps the dma-buf. */
	close(dmabuf);

	return mr;
}
